"""What Stripe has against what is booked: missing, extra and different ones, and what heals."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import stripe

from headwater import billing
from headwater.billing import Mode, Policy
from headwater.config import Overrides, load
from headwater.kit.clock import DAY_US, SECOND_US
from headwater.runtime import App, open_app
from tests.billing import shapes
from tests.billing.deliver import Till, open_till
from tests.billing.shapes import Json, shaped
from tests.billing.test_apply import AT, NOW, came, take
from tests.cli import stripe_lists
from tests.cli.stripe_lists import Stripe, running
from tests.support import Store, initialise, run

WHOSE = {"hw_customer": "u_1"}


def invoice(number: int, total: int = 2900, at: int = AT) -> Json:
    own = shapes.invoice(
        f"in_{number}", "cus_1", total, at, subscription="sub_1", of_plan=WHOSE,
        total_excluding_tax=total - 400,
    )  # fmt: skip
    payment = shapes.invoice_payment(f"in_{number}", f"pi_{number}")
    return own | {"payments": {"data": [payment]}}


def refund(number: int, amount: int, name: str, at: int = AT, **more: Any) -> Json:
    values = {
        "id": f"re_{name}",
        "object": "refund",
        "charge": f"ch_{number}",
        "payment_intent": f"pi_{number}",
        "amount": amount,
        "currency": "usd",
        "created": at,
        "status": "succeeded",
    }
    return shaped(stripe.Refund, values | more)


def compared(till: Till, objects: list[Json]) -> list[tuple[Any, ...]]:
    told = billing.exported(objects, Mode.LIVE)
    workspace_id = till.place.workspace_id
    found = till.app.db.read_now(billing.compare, workspace_id, Policy(), told)
    return [(each.kind, each.what, each.id, each.stripe, each.booked) for each in found]


def healed(till: Till, objects: list[Json]) -> None:
    told = billing.exported(objects, Mode.LIVE)
    read, write = till.app.db.read_now, till.app.db.write_now
    for each in read(billing.compare, till.place.workspace_id, Policy(), told):
        if each.event is not None:
            ctx = till.place.ctx(NOW + DAY_US)
            args = (ctx, till.app.settings, till.endpoint, each.event, DAY_US)
            assert billing.is_healed(write(billing.heal, *args))


@pytest.fixture
def till(app: App) -> Till:
    opened = open_till(app)
    came(opened, "u_1")
    return opened


def test_books_that_are_right_have_no_differences(till: Till) -> None:
    take(till, "invoice.paid", invoice(1))
    charge = shapes.charge("ch_1", "pi_1", 2900, 900)
    take(till, "charge.refunded", charge, before={"amount_refunded": 0})
    failed = refund(1, 500, "b", status="failed")
    unpaid = invoice(9) | {"status": "open"}
    assert compared(till, [invoice(1), refund(1, 900, "a"), failed, unpaid]) == []
    assert compared(till, []) == []


def test_missing_different_and_extra_ones_are_told_apart(till: Till) -> None:
    for number, total in ((1, 2900), (2, 5000), (3, 2900)):
        take(till, "invoice.paid", invoice(number, total))
    told = [invoice(2), invoice(3), invoice(4), refund(3, 2900, "a")]
    assert compared(till, told) == [
        ("different", "sale", "in_2", 2500, 4600),
        ("missing", "sale", "in_4", 2500, None),
        ("missing", "refund", "ch_3:2900", 2500, None),
        ("extra", "sale", "in_1", None, 2500),
    ]


def test_what_was_missing_is_booked_as_its_own_event_would_have_and_once(till: Till) -> None:
    """Also where Stripe sends that event afterwards (P2)."""
    objects = [refund(1, 2000, "b", AT + 9), refund(1, 900, "a", AT + 5), invoice(1)]
    healed(till, objects)
    assert compared(till, objects) == []
    books = till.books()
    assert [row[8] for row in books.sales] == [AT * SECOND_US], "when it happened"
    take(till, "invoice.paid", invoice(1), number="2")
    for before, after in ((900, 2900), (0, 900)):
        own = shapes.charge("ch_1", "pi_1", 2900, after)
        take(till, "charge.refunded", own, number=str(after), before={"amount_refunded": before})
    assert books.differences(till.books()) == []
    assert books.refunds == [("in_1", 2, 2500, 2500, 250)]


def test_a_refund_of_no_sale_of_ours_is_no_difference(till: Till) -> None:
    assert compared(till, [refund(7, 900, "a")]) == []


def dispute(number: int, status: str, **more: Any) -> Json:
    return shapes.dispute(
        f"dp_{number}", f"ch_{number}", f"pi_{number}", status=status, **{"created": AT + 60} | more
    )


def disputed(till: Till, objects: list[Json]) -> list[tuple[Any, ...]]:
    told = billing.exported(objects, Mode.LIVE)
    found = till.app.db.read_now(billing.compare, till.place.workspace_id, Policy(), told)
    return [
        (each.kind, each.id, each.stripe_state, each.booked_state, each.event is not None)
        for each in found
    ]


def test_disputes_that_are_missing_extra_or_ended_otherwise_are_told_apart(till: Till) -> None:
    """A-87. Inquiries are none, and those of sales that nobody knows are not ours."""
    for number in range(1, 6):
        take(till, "invoice.paid", invoice(number))
    for number in (2, 3, 4, 5):
        take(till, "charge.dispute.created", dispute(number, "needs_response"))
    take(till, "charge.dispute.closed", dispute(3, "won"))
    invoices = [invoice(number) for number in range(1, 6)]
    listed = [
        dispute(1, "under_review"),
        dispute(2, "lost"),
        dispute(3, "lost"),
        dispute(4, "needs_response", amount=700),
        dispute(6, "warning_needs_response"),
        dispute(7, "needs_response"),
    ]
    assert disputed(till, [*listed, *invoices]) == [
        ("missing", "dp_1", "opened", None, True),
        ("different", "dp_2", "lost", "opened", True),
        ("different", "dp_3", "lost", "won", False),
        ("different", "dp_4", "opened", "opened", False),
        ("extra", "dp_5", None, "opened", False),
    ]


def test_disputes_heal_once_whenever_stripe_tells_of_them(till: Till) -> None:
    """P2. Opened first, then ended: each by the event that would have told of it."""
    for number in (1, 2):
        take(till, "invoice.paid", invoice(number))
    for status in ("needs_response", "lost"):
        objects = [invoice(1), dispute(1, status), invoice(2), dispute(2, "won")]
        healed(till, objects)
        assert disputed(till, objects) == []
    books = till.books()
    take(till, "charge.dispute.created", dispute(1, "needs_response"))
    take(till, "charge.dispute.closed", dispute(1, "lost"))
    assert books.differences(till.books()) == []
    assert disputed(till, [dispute(1, "lost"), dispute(2, "won")]) == []


def test_what_takes_back_heals_in_the_order_in_which_it_happened(till: Till) -> None:
    """P2. Each takes of the commission what the ones before left, as when Stripe told of them."""
    take(till, "invoice.paid", invoice(1))
    take(till, "invoice.paid", invoice(2))
    contested = [dispute(number, "lost", amount=1000) for number in (1, 2)]
    objects = [*contested, refund(1, 1160, "a", AT + 50), refund(2, 1160, "b", AT + 70)]
    healed(till, objects)
    assert compared(till, objects) == []
    assert till.books().refunds == [("in_1", 1, 1000, 1000, 100), ("in_2", 1, 1000, 1000, 0)]


def test_an_appeal_leaves_the_end_that_is_booked(till: Till) -> None:
    take(till, "invoice.paid", invoice(1))
    take(till, "charge.dispute.closed", dispute(1, "lost"))
    assert disputed(till, [dispute(1, "appeal_under_review")]) == []
    other = dispute(1, "appeal_under_review", amount=700)
    assert disputed(till, [other]) == [("different", "dp_1", "opened", "lost", False)]


def test_the_command_asks_heals_and_says_by_its_status_what_is_left(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    initialise(store)
    command = ["reconcile", "stripe", "--workspace", "acme", *store.arguments]
    guest = shapes.session(
        "cs_1", None, payment_intent="pi_1", created=int(time.time()) - 60, metadata=WHOSE,
        status="complete", total_details={"amount_tax": 400},
    )  # fmt: skip
    monkeypatch.setenv("STRIPE_API_KEY", stripe_lists.KEY)
    with running(Stripe({"/v1/checkout/sessions": [guest]})) as server:
        asked = [*command, "--api", "--api-url", server.url, "--days", "1"]
        assert "has no endpoint" in run(*asked).stderr
        _endpoint(store)
        done = run(*asked)
    assert (done.returncode, done.stderr) == (1, "")
    assert (
        "missing     sale     pi_1  25.00 USD | -\n1 compared, 1 differences, 0 healed"
        in done.stdout
    )
    file = tmp_path / "stripe.json"
    file.write_text(f"{json.dumps(guest)}\n\n")
    kept = run(*command, str(file), "--heal", "--json")
    assert kept.returncode == 1, "it waits in the inbox for its customer"
    assert [row["healed"] for row in json.loads(kept.stdout)] == [False]


def _endpoint(store: Store) -> None:
    app = open_app(load(Overrides(data=str(store.data), database=store.url)), owner=True)
    try:
        own = app.db.read_now(_acme)
        ctx = app.context(own)
        app.db.write_now(billing.create_endpoint, ctx, Mode.LIVE, Policy(), None)
    finally:
        app.close()


def _acme(tx: Any) -> Any:
    from headwater.workspace import workspace_by_slug

    found = workspace_by_slug(tx, "acme")
    assert found is not None
    return found
