"""One event after another on an opened store: whose it is, what it waits for, and how that ends."""

from dataclasses import replace
from typing import Any

import pytest

from headwater import billing, customers, erasure, inbox
from headwater.billing import Mode, Policy, Reason, State
from headwater.customers import Customer
from headwater.inbox import InboxFilter
from headwater.kit.clock import DAY_US, HOUR_US, SECOND_US
from headwater.runtime import App
from tests.billing import shapes
from tests.billing.deliver import Till, open_till
from tests.billing.shapes import Json
from tests.order.making import MAIN_ANN, MAIN_BOB, day, lead, visit
from tests.order.perform import click_id, perform, sound

AT = day(3) // SECOND_US
NOW = day(3) + HOUR_US


@pytest.fixture
def till(app: App) -> Till:
    return open_till(app)


def take(till: Till, kind: str, own: Json, now_us: int = NOW, **more: Any) -> Any:
    event = shapes.event(kind, own, AT, **more)
    till.take(event, now_us)
    return till.event(event)


def invoice(number: int = 1, **fields: Any) -> Json:
    return shapes.invoice(f"in_{number}", "cus_1", 2900, AT, subscription="sub_1", **fields)


def customer(till: Till, external_id: str) -> Customer | None:
    found: Customer | None = till.app.db.read_now(
        customers.by_external_id, till.place.workspace_id, external_id
    )
    return found


def came(till: Till, who: str = "u_1", link: int = MAIN_ANN, email: str | None = None) -> str:
    """They clicked, and the merchant's backend told us of their lead; the id of the click."""
    hit = visit(who, link, day(1))
    perform(till.place, hit)
    perform(till.place, lead(hit, "Sign up", day(1.5), email))
    return click_id(till.place, hit.click)


def clicked(till: Till, who: str = "v", link: int = MAIN_BOB) -> str:
    hit = visit(who, link, day(1))
    perform(till.place, hit)
    return click_id(till.place, hit.click)


def sales(till: Till) -> list[tuple[Any, ...]]:
    """Customer, invoice, key of the lead, key of the link."""
    return [row[:4] for row in till.books().sales]


def test_our_own_record_comes_before_metadata(till: Till) -> None:
    came(till, "u_1")
    known = customer(till, "u_1")
    assert known is not None
    till.app.db.write_now(customers.set_stripe_id, till.place.workspace_id, known.id, "cus_1")
    other = {"hw_customer": "u_2", "hw_click": clicked(till)}
    assert take(till, "invoice.paid", invoice(of_plan=other)).state is State.APPLIED
    assert sales(till) == [("u_1", "in_1", "sign-up", "k0")]


@pytest.mark.parametrize("how", ["metadata", "reference", "click", "email", "cus"])
def test_who_is_known_here_is_found_by_what_stripe_says(till: Till, how: str) -> None:
    click = came(till, "cus_1" if how == "cus" else "u_1", email="kim@shop.test")
    said: Json = {
        "metadata": {"metadata": {"dubCustomerExternalId": "u_1"}},
        "reference": {"client_reference_id": "u_1"},
        "click": {"client_reference_id": f"dub_id_{click}"},
        "email": {"customer_details": {"email": "kim@shop.test"}},
        "cus": {},
    }[how]
    own = shapes.session("cs_1", "cus_1", payment_intent="pi_1", **said)
    assert take(till, "checkout.session.completed", own).state is State.APPLIED
    who = "cus_1" if how == "cus" else "u_1"
    assert sales(till) == [(who, "pi_1", "sign-up", "k0")], "no second customer, no second lead"
    found = customer(till, who)
    assert found is not None
    assert found.stripe_customer_id == "cus_1"
    assert sound(till.app) == []


def test_an_address_of_two_customers_says_nothing(till: Till) -> None:
    for who in ("u_1", "u_2"):
        came(till, who, email="office@shop.test")
    event = take(till, "invoice.paid", invoice(customer_email="office@shop.test"))
    assert (event.state, event.reason) == (State.WAITING, Reason.UNKNOWN_CUSTOMER)


def test_a_click_in_metadata_is_a_backup_for_whom_we_know_nothing_of(till: Till) -> None:
    """And what is no click of ours is passed over, whatever it is."""
    odd = {"dubClickId": "dub_id_é\x00/%", "referral": "x" * 400}
    said = {"hw_customer": "u_1", "hw_click": clicked(till), **odd}
    event = take(till, "invoice.paid", invoice(of_plan=said))
    assert [kind for kind, _ in event.results] == ["lead", "sale"]
    assert sales(till) == [("u_1", "in_1", "sign-up", "k1")]
    take(till, "invoice.paid", invoice(2, of_plan=said))
    assert len(till.books().leads) == 1


def test_somebody_called_as_stripe_does_gets_their_name_when_it_is_said(till: Till) -> None:
    said = {"hw_click": clicked(till)}
    take(till, "invoice.paid", invoice(of_plan=said))
    assert sales(till) == [("cus_1", "in_1", "sign-up", "k1")]
    take(till, "customer.updated", shapes.customer("cus_1", metadata={"hw_customer": "u_1"}))
    take(till, "invoice.paid", invoice(2))
    assert [row[:2] for row in sales(till)] == [("u_1", "in_1"), ("u_1", "in_2")]
    assert sound(till.app) == []


def test_a_sale_nobody_claims_goes_into_the_inbox_with_a_reason(till: Till) -> None:
    event = take(till, "invoice.paid", invoice())
    assert event.reason is Reason.UNKNOWN_CUSTOMER
    till.work(NOW + DAY_US - 1)
    assert till.books().waiting == []
    till.work(NOW + DAY_US + 2 * HOUR_US)
    after = till.event({"id": event.id})
    assert (after.state, [kind for kind, _ in after.results]) == (State.APPLIED, ["inbox"])
    wanted = InboxFilter()
    (item,) = till.app.db.read_now(inbox.page, till.place.workspace_id, wanted)
    assert item.reason is inbox.Reason.UNKNOWN_CUSTOMER
    assert b'"cus_1"' in (item.body or b"")


def test_a96_a_refund_of_no_sale_of_ours_ends_after_a_week_without_a_trace(till: Till) -> None:
    own = shapes.charge("ch_1", "pi_1", 2900, 900)
    event = take(till, "charge.refunded", own, before={"amount_refunded": 0})
    assert (event.reason, event.waits_for) == (Reason.UNKNOWN_PAYMENT, "payment:pi_1")
    till.work(NOW + 8 * DAY_US)
    after = till.event({"id": event.id})
    assert (after.state, after.reason) == (State.IGNORED, Reason.NO_SALE)
    assert till.books().waiting == []
    without = take(till, "charge.dispute.created", shapes.dispute("dp_1", None, None))
    assert without.reason is Reason.NO_SALE


def test_a92_what_takes_back_waits_for_its_sale_whatever_is_missing(till: Till) -> None:
    """The refund first, then which payment is of which invoice, then the invoice, then whose."""
    own = shapes.charge("ch_1", "pi_1", 2900, 2900)
    refund = take(till, "charge.refunded", own, before={"amount_refunded": 0})
    take(till, "invoice_payment.paid", shapes.invoice_payment("in_1", "pi_1"))
    assert till.event({"id": refund.id}).waits_for == "sale:in_1"
    take(till, "invoice.paid", invoice())
    came(till, "u_1")
    said = {"metadata": {"hw_customer": "u_1"}, "invoice": "in_1", "mode": "subscription"}
    take(till, "checkout.session.completed", shapes.session("cs_1", "cus_1", **said))
    till.work(NOW)
    assert till.books().refunds == [("in_1", 1, 2900, 2900, 290)]
    assert till.books().waiting == []
    assert sound(till.app) == []


def test_a_dispute_and_a_trial_become_facts_a27_a87(till: Till) -> None:
    came(till, "u_1")
    take(till, "invoice.paid", invoice(of_plan={"hw_customer": "u_1"}))
    own = shapes.dispute("dp_1", "ch_1", "in_1", created=AT)
    dispute = take(till, "charge.dispute.created", own)
    trial = {"trial_start": AT, "trial_end": AT + 9}
    begun = shapes.subscription("sub_1", "cus_1", "trialing", **trial)
    started = take(till, "customer.subscription.created", begun)
    kinds = [[kind for kind, _ in event.results] for event in (dispute, started)]
    assert (kinds[0], set(kinds[1])) == (["dispute"], {"milestone"})
    assert {event.state for event in (dispute, started)} == {State.APPLIED}
    assert take(till, "charge.dispute.closed", own | {"status": "won"}).state is State.APPLIED
    assert sound(till.app) == []


def test_the_last_subscription_that_ended_says_when(till: Till) -> None:
    came(till, "u_1")
    said = {"metadata": {"hw_customer": "u_1"}}
    over = {"ended_at": AT + 100}
    for name, status, more in (("a", "canceled", over), ("b", "active", {"start_date": AT})):
        own = shapes.subscription(f"sub_{name}", "cus_1", status, **said, **more)
        take(till, "customer.subscription.updated", own)
    found = customer(till, "u_1")
    assert found is not None
    assert found.subscription_canceled_at is None, "one is running"
    own = shapes.subscription("sub_b", "cus_1", "canceled", **said, ended_at=AT + 50)
    take(till, "customer.subscription.deleted", own)
    found = customer(till, "u_1")
    assert found is not None
    assert found.subscription_canceled_at == (AT + 100) * SECOND_US
    assert sales(till) == [], "A-36"


@pytest.mark.parametrize("shared", [False, True])
def test_a_person_who_was_erased_stays_forgotten(till: Till, shared: bool) -> None:
    """A-34: by their address too, under whichever id of Stripe's, unless somebody else has it."""
    email = "kim@shop.test"
    for who in ("u_1", "u_2")[: 1 + shared]:
        came(till, who, email=email)
    said = {"hw_customer": "u_1"}
    first = take(till, "invoice.paid", invoice(of_plan=said, customer_email=email))
    own = shapes.invoice("in_8", "cus_8", 100, AT, customer_email=email)
    by_address = take(till, "invoice.paid", own)
    known = customer(till, "u_1")
    assert known is not None
    till.app.db.write_now(erasure.erase_customer, till.place.ctx(NOW), known.id)
    kept = [
        till.app.db.read_now(billing.sql.body, till.place.workspace_id, event.id) is not None
        for event in (first, by_address)
    ]
    assert kept == [False, shared]
    again = take(till, "customer.updated", shapes.customer("cus_1", metadata=said))
    later = take(till, "invoice.paid", invoice(2, of_plan=said))
    assert {again.reason, later.reason} == {Reason.ERASED}
    assert customer(till, "u_1") is None
    own = shapes.charge("ch_1", "in_1", 2900, 2900)
    refund = take(till, "charge.refunded", own, before={"amount_refunded": 0})
    assert [kind for kind, _ in refund.results] == ["refund"], "the money stays right"
    assert sound(till.app) == []


def test_an_event_that_fails_unexpectedly_is_put_off_and_holds_up_no_other(till: Till) -> None:
    event = shapes.event("invoice.paid", invoice(), AT)
    ctx = till.place.ctx(NOW)
    body = shapes.encoded(event)
    write = till.app.db.write_now
    write(billing.receive, ctx, till.endpoint, billing.read_head(body), body.decode())
    write(billing.put_off, ctx, event["id"])
    after = till.event(event)
    assert (after.state, after.reason) == (State.WAITING, Reason.TRY_AGAIN)
    assert after.next_at is not None
    assert after.next_at > NOW
    till.work(after.next_at)
    assert till.event(event).reason is Reason.UNKNOWN_CUSTOMER


def test_bodies_of_what_is_done_go_after_a_while_and_ids_stay(till: Till) -> None:
    came(till, "u_1")
    done = take(till, "invoice.paid", invoice(of_plan={"hw_customer": "u_1"}))
    waits = take(till, "invoice.paid", shapes.invoice("in_9", "cus_9", 100, AT))
    sweep = till.app.db.write_now
    sweep(billing.sweep, till.place.workspace_id, NOW + 1)
    kept = {
        event.id: till.app.db.read_now(billing.sql.body, till.place.workspace_id, event.id)
        for event in (done, waits)
    }
    assert kept[done.id] is None
    assert kept[waits.id] is not None, "it is still to be applied"
    event = shapes.event("invoice.paid", invoice(), AT)
    till.take(event, NOW + DAY_US)
    assert till.event(event) == done, "P2: for ever"


def test_a_workspace_that_tried_the_other_mode_and_took_nothing_may_change(till: Till) -> None:
    ctx, write = till.place.ctx(NOW), till.app.db.write_now
    write(billing.delete_endpoint, ctx, till.endpoint.id)
    changed = write(billing.create_endpoint, ctx, Mode.TEST, Policy(), None)
    assert replace(changed, id="").mode is Mode.TEST
