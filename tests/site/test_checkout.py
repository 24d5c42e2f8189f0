"""Checkouts that other backends' pages call: what they accept, keep and hand on (T-70 to T-82)."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import RawIOBase
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import EnvironBuilder

from headwater.client import Headwater
from headwater.client.checkout import Checkout, CheckoutRefused, accept, stripe_params
from tests.site.browser import Browser, Page
from tests.site.shops import Shop, running
from tests.site.standin import Standin, soon

APP = "https://app.shop.test"
PLACE = f"{APP}/customers/cloud-subscription-checkout"
WHOLE = {
    "ga_client_id": "12.34",
    "ga_session_id": "1700000000",
    "ga_session_number": "3",
    "im_ref": "X:y+z",
    "utm_source": "news",
    "utm_medium": "mail",
    "utm_campaign": "c",
    "utm_term": "t",
    "utm_content": "x",
    "gclid": "g",
    "gbraid": "b",
    "wbraid": "w",
    "rewardful_referral": "a-b-c",
    "platform_source": "cloud",
}


def user() -> str:
    return f"u{uuid4().hex}"


def bought(
    browser: Browser, who: str, body: bytes | None, tier: str = "", headers: dict | None = None
) -> Page:
    sent = {"Authorization": f"Bearer {who}" if who else "", "Content-Type": "application/json"}
    place = f"{PLACE}/{tier}" if tier else PLACE
    return browser.ask("POST", place, body=body, headers=sent | (headers or {}))


def kept(standin: Standin, who: str) -> list[dict]:
    calls = [call.json for call in standin.to("/checkout/attribution")]
    return [call for call in calls if call.get("customerExternalId") == who]


def test_the_whole_object_is_kept_before_the_buyer_leaves(
    browser: Browser, standin: Standin
) -> None:
    """T-73, T-78, T-79: the user is the token's; the visitor comes along."""
    who = user()
    browser.get(f"{APP}/")
    page = bought(browser, who, json.dumps(WHOLE | {"user_id": "someone-else"}).encode(), "pro")
    assert page.status == 201
    url = json.loads(page.body)["checkout_url"]
    call = kept(standin, who)[0]
    assert call["attribution"] == WHOLE
    assert call["visitorId"] == browser.value("hw_visitor")
    assert "someone-else" not in json.dumps(call)
    assert url.startswith(f"https://pay.test/{call['checkoutId']}?")
    assert "im_ref=X%3Ay%2Bz" in url, "the server's metadata went to the processor"


def test_no_body_ever_fails_a_purchase(browser: Browser, standin: Standin) -> None:
    """A-102, T-68, T-69, T-74, T-75."""
    for body in (
        None,
        b"",
        b"{}",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b'"x"',
        b'{"im_ref": 7, "n": {}}',
    ):
        who = user()
        page = bought(browser, who, body)
        assert page.status == 201, (body, page.body)
        assert kept(standin, who)[0].get("attribution", {}) == {}


def test_a_body_that_is_far_too_long_does_not_either(browser: Browser, standin: Standin) -> None:
    who = user()
    long = json.dumps({"im_ref": "x", "novelty": "y" * 200_000}).encode()
    assert bought(browser, who, long).status == 201


def test_tiers_by_the_month_and_by_the_year(every_shop: Shop, browser: Browser) -> None:
    chosen = []
    with _making(every_shop, lambda made: chosen.append((made.tier, made.cycle)) or "https://x"):
        for tier in ("", "standard", "pro", "pro-yearly"):
            assert bought(browser, user(), b"{}", tier).status == 201
    assert chosen == [
        (None, "monthly"),
        ("standard", "monthly"),
        ("pro", "monthly"),
        ("pro", "yearly"),
    ]


def test_who_is_refused_is_told_why(browser: Browser, standin: Standin) -> None:
    """T-70, T-77: before any attribution work."""
    before = len(standin.to("/checkout/attribution"))
    unknown = bought(browser, user(), json.dumps(WHOLE).encode(), "gold")
    assert (unknown.status, list(json.loads(unknown.body))) == (400, ["message"])
    nobody = bought(browser, "", b"{}", "pro")
    assert (nobody.status, list(json.loads(nobody.body))) == (401, ["message"])
    assert browser.get(PLACE).status == 405
    assert len(standin.to("/checkout/attribution")) == before


def test_a_double_click_is_one_checkout(browser: Browser, standin: Standin) -> None:
    """T-81, T-82: the same id, so one record; another tier is another."""
    who = user()
    pages = [bought(browser, who, b'{"im_ref": "X"}', "pro") for _ in range(2)]
    pages.append(bought(browser, who, b'{"im_ref": "Z"}', "standard"))
    ids = [call["checkoutId"] for call in kept(standin, who)]
    assert ids[0] == ids[1] != ids[2]
    assert pages[0].body == pages[1].body
    assert len({i for i in ids if i in standin.checkouts}) == 2


@pytest.mark.parametrize("how", ["ill", "slow"])
def test_a_server_in_trouble_neither_fails_nor_delays_a_purchase(
    visitor: Browser, standin: Standin, how: str
) -> None:
    """T-41, T-69: at most 0.6 s; what the server did not hear, it hears later."""
    who = user()
    standin.ill, standin.slow_s = (503, 0.0) if how == "ill" else (0, 2.0)
    begun = time.monotonic()
    page = bought(visitor, who, json.dumps(WHOLE).encode(), "pro")
    assert time.monotonic() - begun < 1.9, "the server takes two seconds"
    assert page.status == 201
    assert "im_ref=X%3Ay%2Bz" in json.loads(page.body)["checkout_url"], "what is known here"
    standin.ill, standin.slow_s = 0, 0.0
    soon(lambda: kept(standin, who)[-1]["checkoutId"] in standin.checkouts)


@pytest.mark.parametrize("answer", [b"[]", b"true", b"<html>", b'{"clientReferenceId": 7}'])
def test_what_stands_in_the_servers_place_fails_no_purchase(
    visitor: Browser, standin: Standin, answer: bytes, full_shop: Shop
) -> None:
    given = standin.given
    standin.given = lambda _: (200, answer, [])
    page = bought(visitor, user(), json.dumps(WHOLE).encode(), "pro")
    standin.given = given
    assert page.status == 201, page.body
    soon(lambda: len(full_shop.client._calls) == 0)


def test_a_body_without_an_end_takes_no_memory(shared: Standin) -> None:
    """In Flask, whoever asks: it is read before anybody is known."""
    with running("flask", shared) as shop:
        stream = Endless()
        environ = EnvironBuilder("/customers/cloud-subscription-checkout", method="POST")
        given = environ.get_environ() | {"wsgi.input": stream, "wsgi.input_terminated": True}
        given.pop("CONTENT_LENGTH", None)
        statuses: list[str] = []
        list(shop.module.app.wsgi_app(given, lambda status, *_: statuses.append(status)))
    assert statuses == ["401 UNAUTHORIZED"]
    assert stream.given < 1024 * 1024


class Endless(RawIOBase):
    given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        assert self.given < 64 * 1024 * 1024, "far too much was read"
        self.given += len(into)
        into[:] = bytes(len(into))
        return len(into)


def test_a_function_of_the_site_that_fails_says_so(every_shop: Shop, browser: Browser) -> None:
    """T-81: a 409 of the site's own comes through as it is."""
    with _making(every_shop, _refuses):
        page = bought(browser, user(), b"{}", "pro")
        assert (page.status, json.loads(page.body)) == (409, {"message": "Failed to find customer"})
    with _making(every_shop, _breaks):
        page = bought(browser, user(), b"{}", "pro")
        assert (page.status, list(json.loads(page.body))) == (500, ["message"])
        assert "secret detail" not in page.text
    with _making(every_shop, lambda _: ""):
        assert bought(browser, user(), b"{}", "pro").status == 502


@contextmanager
def _making(shop: Shop, create: Callable[[Checkout], str]) -> Iterator[None]:
    """Sessions are made by another function for a while."""
    desk = shop.module.desk
    before = desk._create
    desk._create = create
    yield
    desk._create = before


def _refuses(_: Checkout) -> str:
    raise CheckoutRefused(409, "Failed to find customer")


def _breaks(_: Checkout) -> str:
    raise RuntimeError("secret detail")


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ({"im_ref": "x"}, {"im_ref": "x"}),
        ({"im_ref": ""}, {}),
        ({"im_ref": None}, {}),
        ({"im_ref": 7}, {}),
        ({"im_ref": ["x"]}, {}),
        ({"im_ref": {"a": 1}}, {}),
        ({"im_ref": True}, {}),
        ({"im_ref": "x" * 512}, {"im_ref": "x" * 512}),
        ({"im_ref": "x" * 513}, {}),
        ({"im_ref": " a\x00b "}, {"im_ref": "ab"}),
        ({"ga_session_id": 1700000000}, {"ga_session_id": "1700000000"}),
        ({"ga_client_id": 12.5}, {"ga_client_id": "12.5"}),
        ({"ga_session_number": True}, {}),
        ({"ga_session_number": float("nan")}, {}),
        ({"user_id": "x", "userId": "x", "customer": "x"}, {}),
        ({"mc_eid": "x", "password": "x"}, {}),
        ({"hw_id": "c"}, {"hw_id": "c"}),
        ({"gclid": "g", "im_ref": 7, "novelty": "n"}, {"gclid": "g"}),
    ],
    ids=str,
)
def test_fields_are_accepted_one_by_one(given: dict, accepted: dict) -> None:
    """T-73 to T-76."""
    assert accept(given) == accepted
    assert accept(json.dumps(given)) == accepted


def checkout(**fields: object) -> Checkout:
    blank = {"id": "i", "customer": "u", "tier": None, "cycle": "monthly", "attribution": {}}
    return Checkout(**(blank | {"metadata": {}} | fields))


def test_another_session_has_another_key_at_the_processor() -> None:
    """T-81, T-82: it refuses a key that comes with other values than before."""
    first = checkout(metadata={"im_ref": "X", "gclid": "G"})
    assert (
        first.idempotency_key
        == checkout(metadata=dict(reversed(first.metadata.items()))).idempotency_key
    )
    others = [
        checkout(metadata={"im_ref": "X"}),
        checkout(client_reference_id="c"),
        checkout(id="j"),
    ]
    assert len({each.idempotency_key for each in (first, *others)}) == 4
    assert first.idempotency_key.startswith("i_")


def test_the_slot_has_one_owner_and_is_never_empty() -> None:
    """T-80."""
    both = checkout(
        attribution={"rewardful_referral": "r-1"},
        metadata={"rewardful_referral": "r-1"},
        client_reference_id="hw_1",
    )
    assert stripe_params(both)["client_reference_id"] == "hw_1"
    assert stripe_params(both, owner="rewardful_referral")["client_reference_id"] == "r-1"
    assert stripe_params(both)["metadata"] == {"rewardful_referral": "r-1"}, "the rest: metadata"
    assert "client_reference_id" not in stripe_params(checkout())
    assert "client_reference_id" not in stripe_params(checkout(), owner="rewardful_referral")
    for bad in ("a b", "x" * 201, "ü", ""):
        assert "client_reference_id" not in stripe_params(checkout(client_reference_id=bad))


def test_metadata_stays_within_what_the_processor_takes() -> None:
    """T-79: 50 keys of 40 characters, values of 500; the site's own come first."""
    many = {f"k{n}": "v" for n in range(60)} | {"n" * 41: "v", "long": "v" * 501, "empty": ""}
    own = {"order": "7", "k1": "mine"}
    given = stripe_params(checkout(metadata=many), metadata=own)["metadata"]
    assert len(given) == 50
    assert (given["order"], given["k1"]) == ("7", "mine")
    assert not {"n" * 41, "long", "empty"} & set(given)


def test_a101_the_metadata_stands_where_later_events_carry_it() -> None:
    """A-101, A-102: a renewal knows its subscription, no session; nothing known, nothing said."""
    known = checkout(metadata={"im_ref": "X"})
    params = stripe_params(known, metadata={"order": "7"}, mode="subscription")
    assert params == {
        "mode": "subscription",
        "metadata": {"order": "7", "im_ref": "X"},
        "subscription_data": {"metadata": {"order": "7", "im_ref": "X"}},
    }
    paid = stripe_params(known, mode="payment")
    assert paid["payment_intent_data"] == {"metadata": {"im_ref": "X"}}
    assert "subscription_data" not in paid
    assert stripe_params(checkout(), mode="payment")["payment_intent_data"] == {"metadata": {}}


def test_a_client_alone_keeps_a_checkout(standin: Standin) -> None:
    client = Headwater(standin.url, "hw_sk_standin")
    first = client.checkout("o-1", attribution={"im_ref": "X"})
    again = client.checkout("o-1", attribution={"im_ref": "Z"})
    assert first == again
