"""What comes late, twice over, or corrected: applied to a store all the same, and once."""

import asyncio

import pytest
from structlog.testing import capture_logs

from headwater import billing, tracking
from headwater.billing import Reason, State
from headwater.kit.clock import DAY_US, SECOND_US
from headwater.kit.money import percentage
from headwater.runtime import App
from headwater.tracking import SaleCall
from headwater.worker.bill import bill
from headwater.worker.pace import Pace
from tests.billing import shapes
from tests.billing.deliver import Till, open_till
from tests.billing.shapes import Json
from tests.billing.test_apply import AT, NOW, came, invoice, sales, take
from tests.order.perform import sound

WHOSE = {"hw_customer": "u_1"}


@pytest.fixture
def till(app: App) -> Till:
    opened = open_till(app)
    came(opened, "u_1")
    return opened


def refunded(till: Till, before: int, after: int, now_us: int = NOW) -> billing.Event:
    own = shapes.charge("ch_1", "pi_1", 2900, after)
    said: Json = {"amount_refunded": before}
    found: billing.Event = take(
        till, "charge.refunded", own, now_us, before=said, number=f"{before}_{after}"
    )
    return found


def test_a_refund_that_was_given_up_counts_when_its_sale_comes_after_all(till: Till) -> None:
    """As after weeks in which the endpoint was switched off, or by a comparison that heals."""
    event = refunded(till, 0, 2900)
    late = NOW + 9 * DAY_US
    till.work(late)
    assert till.event({"id": event.id}).reason is Reason.NO_SALE
    take(till, "invoice_payment.paid", shapes.invoice_payment("in_1", "pi_1"), late)
    take(till, "invoice.paid", invoice(of_plan=WHOSE), late)
    till.work(late + SECOND_US)
    assert till.event({"id": event.id}).state is State.APPLIED
    assert till.books().refunds == [("in_1", 1, 2900, 2900, 290)]
    assert sound(till.app) == []


def test_a_refund_given_up_whose_body_was_deleted_says_so_and_stays_over(till: Till) -> None:
    event = refunded(till, 0, 2900)
    late = NOW + 99 * DAY_US
    till.work(late)
    till.app.db.write_now(billing.sweep, till.place.workspace_id, late)
    take(till, "invoice_payment.paid", shapes.invoice_payment("in_1", "pi_1"), late)
    take(till, "invoice.paid", invoice(of_plan=WHOSE), late)
    till.work(late + SECOND_US)
    after = till.event({"id": event.id})
    assert (after.state, after.reason, after.next_at) == (State.IGNORED, Reason.NO_SALE, None)


def test_a_refund_that_failed_and_was_made_anew_takes_no_more_than_there_was(till: Till) -> None:
    """Neither does one beside a credit note, and each stays what it was when it comes again."""
    take(till, "invoice.paid", invoice(of_plan=WHOSE))
    take(till, "invoice_payment.paid", shapes.invoice_payment("in_1", "pi_1"))
    refunded(till, 0, 900)
    again = refunded(till, 0, 2900)
    assert [kind for kind, _ in again.results] == ["refund"]
    assert till.books().refunds == [("in_1", 2, 2900, 2900, 290)]
    note = shapes.credit_note("cn_1", "in_1", 1000, created=AT)
    assert take(till, "credit_note.created", note).reason is Reason.NOTHING_LEFT
    ctx = till.place.ctx(NOW)
    till.app.db.write_now(billing.replay, ctx, again.id)
    till.work(NOW)
    assert till.event({"id": again.id}).state is State.APPLIED
    assert till.books().waiting == []
    assert sound(till.app) == []


def test_a_downgrade_takes_back_what_the_balance_pays_again(till: Till) -> None:
    take(till, "invoice.paid", invoice(of_plan=WHOSE))
    below = shapes.below_zero("in_2", "cus_1", "in_1", 2000, AT)
    event = take(till, "invoice.paid", below)
    assert [kind for kind, _ in event.results] == ["refund"]
    by_balance = invoice(3, of_plan=WHOSE) | {"amount_paid": 0, "starting_balance": -2000}
    take(till, "invoice.paid", by_balance)
    assert till.books().refunds == [("in_1", 1, 2000, 2000, 200)]
    assert sound(till.app) == []


def test_an_address_that_was_mistyped_first_is_found_when_it_is_put_right(till: Till) -> None:
    came(till, "u_2", email="kim@shop.test")
    take(till, "customer.created", shapes.customer("cus_1", email="kim@shpo.test"))
    assert take(till, "invoice.paid", invoice()).reason is Reason.UNKNOWN_CUSTOMER
    put_right = shapes.customer("cus_1", email="Kim@shop.test")
    till.take(shapes.event("customer.updated", put_right, AT + 60), NOW)
    till.work(NOW)
    assert [row[:2] for row in sales(till)] == [("u_2", "in_1")]


@pytest.mark.parametrize("tax", [0, 463])
def test_a_sale_that_came_by_another_way_under_stripes_id_is_taken_back_too(
    till: Till, tax: int
) -> None:
    """Reported by a backend, or moved here; a share of it, whatever taxes the charge had."""
    call = SaleCall(
        at=AT * SECOND_US, customer_external_id="u_1", amount=2900 - tax, currency="usd",
        event_name="Purchase", payment_processor="stripe", invoice_id="pi_1",
    )  # fmt: skip
    till.app.db.write_now(tracking.track, till.place.ctx(NOW), till.app.settings, call)
    assert refunded(till, 0, 1450).state is State.APPLIED
    refunded(till, 1450, 2900)
    (row,) = till.books().refunds
    assert row == ("pi_1", 2, 2900 - tax, 2900 - tax, percentage(2900 - tax, 1000))
    dispute = take(till, "charge.dispute.created", shapes.dispute("dp_1", "ch_1", "pi_1"))
    assert [kind for kind, _ in dispute.results] == ["dispute"]
    assert sound(till.app) == []


def test_a_sale_reported_with_its_taxes_is_taken_back_with_them(till: Till) -> None:
    """Its invoice says another amount: that is in the inbox, and the books stand."""
    own = invoice(of_plan=WHOSE, total_excluding_tax=2437)
    call = SaleCall(
        at=AT * SECOND_US, customer_external_id="u_1", amount=2900, currency="usd",
        event_name="Purchase", payment_processor="stripe", invoice_id="in_1",
    )  # fmt: skip
    till.app.db.write_now(tracking.track, till.place.ctx(NOW), till.app.settings, call)
    take(till, "invoice.paid", own)
    take(till, "invoice_payment.paid", shapes.invoice_payment("in_1", "pi_1"))
    refunded(till, 0, 2900)
    assert till.books().refunds == [("in_1", 1, 2900, 2900, 290)]


def test_what_went_into_the_inbox_under_stripes_id_leaves_it_when_their_name_is_said(
    till: Till,
) -> None:
    """The refund that waited for it, too."""
    take(till, "invoice.paid", invoice())
    take(till, "invoice_payment.paid", shapes.invoice_payment("in_1", "pi_1"))
    late = NOW + 2 * DAY_US
    till.work(late)
    refunded(till, 0, 2900, late)
    assert len(till.books().waiting) == 2
    said = shapes.customer("cus_1", metadata=WHOSE)
    take(till, "customer.updated", said, late)
    assert [row[:2] for row in sales(till)] == [("u_1", "in_1")]
    assert till.books().refunds == [("in_1", 1, 2900, 2900, 290)]
    assert till.books().waiting == []
    assert sound(till.app) == []


def test_a_guest_takes_nothing_that_waits_in_the_name_of_their_address(till: Till) -> None:
    """Anybody may type an address; merchants call customers by theirs."""
    call = SaleCall(
        at=AT * SECOND_US, customer_external_id="kim@shop.test", amount=100, currency="usd",
        event_name="Purchase", payment_processor="stripe", invoice_id="own_1",
    )  # fmt: skip
    till.app.db.write_now(tracking.track, till.place.ctx(NOW), till.app.settings, call)
    details = {"email": "kim@shop.test", "name": None}
    said = {"customer_details": details, "metadata": WHOSE, "payment_intent": "pi_1"}
    take(till, "checkout.session.completed", shapes.session("cs_1", None, **said))
    assert [row[:2] for row in sales(till)] == [("u_1", "pi_1")]
    assert len(till.books().waiting) == 1


def test_what_cannot_be_read_is_logged(till: Till) -> None:
    """It waits for nothing that comes by itself."""
    odd = shapes.event("invoice.paid", invoice(7) | {"currency": None}, AT)
    ctx, body = till.place.ctx(NOW), shapes.encoded(odd)
    head = billing.read_head(body)
    till.app.db.write_now(billing.receive, ctx, till.endpoint, head, body.decode())
    with capture_logs() as logs:
        asyncio.run(bill(Pace(till.app.clock), till.app))
    assert [(each["event"], each["event_id"]) for each in logs] == [
        ("billing_event_unreadable", odd["id"])
    ]
    assert till.event(odd).state is State.FAILED
