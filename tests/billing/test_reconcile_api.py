"""`headwater reconcile stripe --api`, over HTTP against a stand-in of Stripe's lists."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from headwater import billing
from headwater.billing import Mode
from headwater.billing.stripe.shape import API_VERSION
from headwater.cli.reconcile import KEY as VARIABLE
from headwater.cli.reconcile import Question, key_of, refuse_nothing
from headwater.cli.store import CannotStart
from headwater.cli.stripe_api import StripeApi, checked_url
from headwater.cli.stripe_files import objects
from headwater.kit.clock import SystemClock
from headwater.kit.egress import EgressClient
from tests.billing import shapes
from tests.billing.test_reconcile import invoice, refund
from tests.cli.stripe_lists import KEY, Stripe, running

Json = dict[str, Any]


def asked(stripe: Stripe, key: str, question: Question) -> list[Json]:
    async def ask() -> list[Json]:
        client = EgressClient(allow_private=True, timeout_s=5, max_response_bytes=2**20)
        async with client:
            return await question(StripeApi(client, stripe.url, key, SystemClock()))

    return asyncio.run(ask())


def listed(stripe: Stripe, key: str = KEY, since: int = 0) -> list[Json]:
    return asked(stripe, key, lambda api: api.objects(since, 10**10))


def charge(number: int, refunded: int) -> Json:
    return shapes.charge(f"ch_{number}", f"pi_{number}", 2900, refunded)


def test_every_page_of_every_list_is_read_and_only_read() -> None:
    invoices = [invoice(number) | {"created": number} for number in range(5, 0, -1)]
    session = shapes.session("cs_1", None, payment_intent="pi_9", created=1, status="complete")
    note = shapes.credit_note("cn_1", "in_1", 100, created=1)
    lists = {
        "/v1/invoices": [*invoices, invoice(6) | {"status": "open", "created": 1}],
        "/v1/checkout/sessions": [session],
        "/v1/credit_notes": [note],
    }
    with running(Stripe(lists)) as stripe:
        found = listed(stripe, since=2)
        assert [each["id"] for each in found] == ["in_5", "in_4", "in_3", "in_2"]
        assert [each["id"] for each in listed(stripe)][5:] == ["cs_1", "cn_1"]
    assert {version for _, version in stripe.asked} == {API_VERSION}
    assert not any(KEY in path for path, _ in stripe.asked)


def test_all_refunds_of_a_charge_come_along_and_which_invoice_it_paid() -> None:
    """The first was made before the time that is asked for, so its sum would be another."""
    early = refund(1, 300, "a", 10) | {"charge": charge(1, 800)}
    late = refund(1, 500, "b", 90) | {"charge": charge(1, 800)}
    failed = refund(2, 100, "c", 90, status="failed") | {"charge": charge(2, 0)}
    link = shapes.invoice_payment("in_1", "pi_1")
    disputed = shapes.dispute("dp_3", "ch_3", "pi_3", created=90)
    other = shapes.invoice_payment("in_3", "pi_3")
    lists = {
        "/v1/refunds": [failed, late, early],
        "/v1/disputes": [disputed],
        "/v1/invoice_payments": [link, other],
    }
    with running(Stripe(lists)) as stripe:
        found = listed(stripe, since=50)
    assert [each["id"] for each in found if each["object"] == "dispute"] == ["dp_3"]
    assert [each["invoice"] for each in found if "invoice" in each] == ["in_1", "in_3"]
    told = billing.exported(found, Mode.LIVE)
    sums = [
        (event["data"]["previous_attributes"]["amount_refunded"], event["data"]["object"]["id"])
        for event in told.events
        if event["type"] == "charge.refunded"
    ]
    assert sums == [(0, "ch_1"), (300, "ch_1")]
    assert told.charges == ()
    assert "invoice_payment.paid" in {event["type"] for event in told.events}


def test_what_was_made_before_the_time_and_paid_in_it_is_asked_for_by_its_name() -> None:
    """Its sale would be said to be nowhere at Stripe."""
    session = shapes.session("cs_1", None, payment_intent="pi_9", created=1)
    lists = {"/v1/invoices": [invoice(1)], "/v1/checkout/sessions": [session]}
    with running(Stripe(lists)) as stripe:
        ids = ["in_1", "in_9", "pi_9", "pi_8", "own/1"]
        found = asked(stripe, KEY, lambda api: api.named(ids))
    assert [each["id"] for each in found] == ["in_1", "cs_1"]


def test_it_waits_as_long_as_it_is_told_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    stripe = Stripe({"/v1/invoices": [invoice(1)]}, moods=[(429, "0"), (503, "0")])
    with running(stripe):
        assert [each["id"] for each in listed(stripe)] == ["in_1"]
    told = capsys.readouterr().err
    assert "GET /v1/invoices: 429 rate_limit; again in 0 s" in told
    assert "503" in told


def test_a_refusal_ends_it_without_the_words_that_hold_the_key() -> None:
    with running(Stripe({})) as stripe, pytest.raises(CannotStart) as caught:
        listed(stripe, key="sk_live_wrong")
    assert "401 invalid_request_error" in str(caught.value)
    assert "key" in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["http://api.stripe.com", "ftp://127.0.0.1", "https://a:b@stripe.test", "https://x?y", "x"],
)
def test_the_key_goes_nowhere_unsealed(url: str) -> None:
    with pytest.raises(CannotStart):
        checked_url(url)
    assert checked_url("http://127.0.0.1:1/") == "http://127.0.0.1:1"


def test_the_key_is_in_the_environment_or_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    monkeypatch.delenv(VARIABLE, raising=False)
    assert key_of(file) == KEY
    for said in ("", "whsec_x", "rk_live_\n_x"):
        monkeypatch.setenv(VARIABLE, said)
        with pytest.raises(CannotStart, match=f"no key of Stripe's in {VARIABLE}"):
            key_of(None)
    monkeypatch.setenv(VARIABLE, KEY)
    assert key_of(None) == KEY


def test_a_file_that_is_no_json_or_another_table_is_named(tmp_path: Path) -> None:
    for name, said, wrong in (
        ("stripe.json", b"no JSON", "is no JSON"),
        ("payments.csv", b"id,Amount", "has no column Amount Refunded"),
        ("payments.csv", b"\xff", "is no UTF-8"),
    ):
        file = tmp_path / name
        file.write_bytes(said)
        with pytest.raises(CannotStart, match=wrong):
            list(objects(file))
    with pytest.raises(CannotStart, match="cannot read"):
        list(objects(tmp_path / "none"))


def test_nothing_compared_is_not_nothing_different() -> None:
    others = billing.exported([shapes.customer("cus_1")], Mode.LIVE)
    with pytest.raises(CannotStart, match=r"nothing to compare with \(1 customer\)"):
        refuse_nothing(others, Mode.LIVE, asked=False)
    refuse_nothing(others, Mode.LIVE, asked=True)  # an account may have none
    test = billing.exported([invoice(1) | {"livemode": False}], Mode.LIVE)
    with pytest.raises(CannotStart, match="1 objects are not of live mode"):
        refuse_nothing(test, Mode.LIVE, asked=True)
