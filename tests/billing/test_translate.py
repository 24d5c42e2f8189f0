"""What each event means, in the pinned version and in those before: pure, without a store."""

from itertools import product
from typing import Any

import pytest

from headwater.billing import Amount, Policy, Reason, Taxes
from headwater.billing.stripe.model import Paid, Reading
from headwater.billing.stripe.shape import Unreadable
from headwater.billing.stripe.translate import (
    HANDLED,
    read,
    reversal_calls,
    sale_calls,
    unnamed,
)
from headwater.kit.clock import SECOND_US
from tests.billing import shapes
from tests.billing.shapes import Json

AT = 1_780_000_000
AT_US = AT * SECOND_US
NET, PAID = Policy(), Policy(amount=Amount.PAID)
GROSS = Policy(taxes=Taxes.INCLUDED)


def reading(kind: str, own: Json, policy: Policy = NET, before: Json | None = None) -> Reading:
    return read(shapes.event(kind, own, AT + 9, before=before), policy)


def invoice(total: int = 2900, **fields: Any) -> Json:
    return shapes.invoice("in_1", "cus_1", total, AT, subscription="sub_1", **fields)


def sale(kind: str, own: Json, policy: Policy = NET) -> Any:
    (call,) = sale_calls(reading(kind, own, policy), "u_1", {})
    return call


def test_an_invoice_is_a_sale_at_the_time_it_was_paid():
    own = invoice(customer_email="a@b.test", of_plan={"seats": "3", "hw_click": "c", "big": "x"})
    call = sale("invoice.paid", own)
    assert (call.at, call.customer_external_id, call.invoice_id) == (AT_US, "u_1", "in_1")
    assert (call.amount, call.currency, call.event_name) == (2900, "usd", "Invoice paid")
    assert (call.plan, call.subscription_id) == ("price_pro", "sub_1")
    assert call.payment_processor == "stripe"
    assert call.metadata == '{"seats":"3","big":"x"}', "what is ours is not theirs"
    assert sale("invoice.payment_succeeded", own) == call, "two names of one fact (A-32)"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"billing_reason": "subscription_create"}, "Subscription creation"),
        ({"billing_reason": "subscription_cycle"}, "Invoice paid"),
        ({"parent": None}, "Purchase"),
    ],
)
def test_a_sale_is_called_as_in_the_reference(fields, name):
    assert sale("invoice.paid", invoice() | fields).event_name == name


@pytest.mark.parametrize(
    ("fields", "policy", "amount"),
    [
        ({"total_excluding_tax": 2437}, NET, 2437),
        ({"total_excluding_tax": 2437}, GROSS, 2900),
        ({"total_excluding_tax": None, "total_taxes": [{"amount": 463}]}, NET, 2437),
        ({"total_excluding_tax": 2437, "amount_paid": 1450}, NET, 2437),  # a balance paid half
        ({"total_excluding_tax": 2437, "amount_paid": 1450}, PAID, 1219),
        ({"amount_paid": 0}, NET, 2900),  # pure credit
        ({"pre_payment_credit_notes_amount": 900}, NET, 2000),
        ({"amount_paid": 0, "amount_paid_off_stripe": 2900}, PAID, 2900),
    ],
)
def test_what_a_sale_counts(fields, policy, amount):
    """A-29, A-31: a period is its invoice and nothing else, whatever paid it."""
    assert sale("invoice.paid", invoice() | fields, policy).amount == amount


@pytest.mark.parametrize(
    ("total", "fields", "policy"),
    [
        (0, {}, NET),  # a discount of 100 % (A-30)
        (-500, {}, NET),  # a downgrade
        (2900, {"amount_paid": 0}, PAID),
        (2900, {"pre_payment_credit_notes_amount": 2900}, NET),
    ],
)
def test_a30_where_nothing_was_paid_there_is_no_sale(total, fields, policy):
    found = reading("invoice.paid", invoice(total) | fields, policy)
    assert (found.quiet, found.sale, found.paid) == (Reason.NOTHING_PAID, None, None)
    assert found.person is not None, "whose it is may be news all the same"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("payment_succeeded", "open"),
        ("payment_failed", "open"),
        ("voided", "void"),
        ("marked_uncollectible", "uncollectible"),
    ],
)
def test_a33_a_renewal_that_is_not_paid_or_was_given_up_is_no_sale(kind, status):
    found = reading(f"invoice.{kind}", invoice(status=status))
    assert (found.quiet, found.sale, found.milestones) == (Reason.NOT_PAID, None, ())


def test_a_currency_without_decimals_is_taken_as_it_is_sent():
    assert sale("invoice.paid", invoice(2900, currency="jpy")).amount == 2900


def test_the_plan_is_that_of_the_line_that_is_no_proration():
    lines = [shapes.line("price_old", -700, proration=True), shapes.line("price_new", 3600)]
    own = invoice(lines={"object": "list", "data": lines})
    assert sale("invoice.paid", own).plan == "price_new"


def test_an_invoice_of_earlier_versions_is_the_same_sale():
    """Before 2025-03-31: `subscription`, `subscription_details`, `charge`, `payment_intent`, `tax`
    and a price in the line stood at the invoice itself.
    """
    older = invoice() | {
        "parent": None,
        "subscription": "sub_1",
        "subscription_details": {"metadata": {"dubCustomerExternalId": "u_9"}},
        "charge": "ch_1",
        "payment_intent": {"id": "pi_1", "object": "payment_intent"},
        "total_excluding_tax": None,
        "total_taxes": None,
        "tax": 463,
        "lines": {"data": [{"price": {"id": "price_pro"}, "proration": False}]},
    }
    said = {"id": "evt", "type": "invoice.paid", "created": AT, "data": {"object": older}}
    found = read(said, NET)
    assert found.sale is not None
    assert found.person is not None
    assert (found.sale.amount, found.sale.subscription_id) == (2437, "sub_1")
    assert (found.sale.plan, found.person.external_id) == ("price_pro", "u_9")
    assert set(found.links) == {("ch_1", "in_1"), ("pi_1", "in_1")}


def test_metadata_of_the_lines_is_that_of_the_subscription_where_nothing_else_says_it():
    line = shapes.line("price_pro", 2900) | {"metadata": {"dubCustomerId": "u_7"}}
    found = reading("invoice.paid", invoice(lines={"data": [line]}) | {"parent": None})
    assert found.person is not None
    assert found.person.external_id == "u_7"


SESSION = {"payment_intent": "pi_1", "total_details": {"amount_tax": 463}}


def test_a_paid_session_without_an_invoice_is_a_sale_under_its_payment():
    own = shapes.session("cs_1", "cus_1", **SESSION)
    call = sale("checkout.session.completed", own)
    assert (call.invoice_id, call.amount, call.at) == ("pi_1", 2437, AT_US + 9 * SECOND_US)
    assert sale("checkout.session.completed", own, GROSS).amount == 2900


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"invoice": "in_1"}, Reason.COUNTED_BY_INVOICE),
        ({"invoice_creation": {"enabled": True}}, Reason.COUNTED_BY_INVOICE),
        ({"mode": "subscription", "invoice": "in_1"}, Reason.COUNTED_BY_INVOICE),
        ({"payment_status": "unpaid"}, Reason.NOT_PAID),
        ({"payment_status": "no_payment_required"}, Reason.NOT_PAID),
        ({"mode": "setup"}, Reason.NOT_PAID),
        ({"amount_total": 0, "total_details": {}}, Reason.NOTHING_PAID),
    ],
)
def test_other_sessions_are_no_sale(fields, reason):
    found = reading("checkout.session.completed", shapes.session("cs_1", "cus_1", **fields))
    assert (found.quiet, found.sale) == (reason, None)


def test_a_buyer_of_another_currency_paid_what_it_is_in_the_merchants():
    converted = {"amount_total": 2500, "source_currency": "usd"}
    own = shapes.session("cs_1", "cus_1", currency="eur", currency_conversion=converted, **SESSION)
    call = sale("checkout.session.completed", own)
    assert (call.amount, call.currency) == (2101, "usd")


@pytest.mark.parametrize(
    ("fields", "external_id", "references"),
    [
        ({"client_reference_id": "dub_id_abc"}, None, ("abc",)),
        ({"client_reference_id": "u_1", "metadata": {"hw_click": "c"}}, None, ("u_1", "c")),
        ({"metadata": {"dubCustomerId": "a", "dubCustomerExternalId": "b"}}, "b", ()),
        ({"metadata": {"hw_customer": "a", "dubCustomerExternalId": "b"}}, "a", ()),
        ({"metadata": {"dubClickId": "c", "referral": "r"}}, None, ("c", "r")),
        ({"metadata": {"hw_customer": "x" * 101}}, None, ()),
    ],
)
def test_whom_metadata_names(fields, external_id, references):
    found = reading("checkout.session.completed", shapes.session("cs_1", "cus_1", **fields))
    assert found.person is not None
    assert (found.person.external_id, found.person.references) == (external_id, references)


def test_a_guest_is_called_by_their_address():
    details = {"email": "guest@shop.test", "name": "Kim"}
    own = shapes.session("cs_1", None, customer_details=details)
    found = reading("checkout.session.completed", own).person
    assert found is not None
    assert (found.own_name, found.name) == ("guest@shop.test", "Kim")


TRIAL = {"trial_start": AT, "trial_end": AT + 1000, "start_date": AT}


@pytest.mark.parametrize(
    ("status", "fields", "told"),
    [
        ("trialing", TRIAL, {"trial_start": AT}),
        ("active", TRIAL, {"trial_start": AT, "trial_end": AT + 1000, "subscription_start": 1000}),
        ("canceled", TRIAL | {"ended_at": AT + 10}, {"trial_start": AT, "trial_end": AT + 10}),
        ("canceled", TRIAL | {"ended_at": AT + 9999}, {"trial_start": AT, "trial_end": AT + 1000}),
        ("past_due", TRIAL, {"trial_start": AT, "trial_end": AT + 1000}),
        ("active", {"start_date": AT}, {"subscription_start": 0}),
        ("incomplete", {"start_date": AT}, {}),
        ("canceled", {"start_date": AT, "ended_at": AT + 10}, {}),
    ],
)
def test_a27_a28_a66_trials_and_beginnings_are_read_off_any_state(status, fields, told):
    """One trial, one end, whichever path ends it; and the same whichever event tells."""
    own = shapes.subscription("sub_1", "cus_1", status, metadata={"hw_scope": "x"}, **fields)
    found = [
        reading(f"customer.subscription.{each}", own).milestones for each in ("updated", "deleted")
    ]
    assert found[0] == found[1]
    start = told.get("subscription_start")
    expected = told if start is None else told | {"subscription_start": AT + start}
    assert {each.kind: each.at // SECOND_US for each in found[0]} == expected
    assert {each.entity for each in found[0]} <= {"sub_1"}


def test_a36_the_end_of_a_subscription_sells_nothing_and_takes_nothing_back():
    own = shapes.subscription("sub_1", "cus_1", "canceled", start_date=AT, ended_at=AT + 10)
    found = reading("customer.subscription.deleted", own)
    told = (found.sale, found.paid, found.refund, found.credit, found.credits, found.milestones)
    assert told == (None, None, None, None, (), ())
    assert found.subscription is not None, "only that it ended"


def test_a7_a35_metadata_marks_what_networks_do_not_hear_of():
    """A-38: also a trial that was given outside of the usual one."""
    marked = {"hw_scope": "Organization", "hw_administrative": "true"}
    call = sale("invoice.paid", invoice(of_plan=marked))
    assert (call.scope, call.administrative) == ("organization", True)
    own = shapes.subscription("sub_1", "cus_1", "trialing", metadata=marked, **TRIAL)
    (milestone,) = reading("customer.subscription.created", own).milestones
    assert (milestone.scope, milestone.administrative) == ("organization", True)


WORTH = Paid(sale="in_1", counted=2437, gross=2900, currency="usd")


def refund(before: int, after: int, total: int = 2900, **fields: Any) -> Any:
    own = shapes.charge("ch_1", "pi_1", total, after, **fields)
    said = {"amount_refunded": before}
    calls = reversal_calls(reading("charge.refunded", own, before=said), WORTH)
    return calls[0] if calls else None


def test_partial_refunds_are_shares_and_add_up_to_the_whole_sale():
    parts = [refund(0, 1), refund(1, 1000), refund(1000, 2899), refund(2899, 2900)]
    assert parts[0] is None, "less than the smallest coin"
    assert sum(each.amount for each in parts if each) == 2437
    assert len({each.key for each in parts if each}) == 3
    assert refund(0, 2900).amount == 2437
    assert refund(0, 2900).sale == "ext_in_1"


def test_a_charge_that_is_part_of_an_invoice_takes_back_its_part():
    first, second = refund(0, 1450, 1450), refund(0, 1450, 1450)
    assert first.amount == second.amount == 1218, "never more than there was"


def test_a_charge_in_another_currency_is_taken_back_by_its_own_share():
    assert refund(0, 1300, 2600, currency="eur").amount == 1218


def test_a_refund_that_does_not_say_what_was_before_is_not_guessed():
    with pytest.raises(Unreadable):
        reading("charge.refunded", shapes.charge("ch_1", "pi_1", 2900, 900))


@pytest.mark.parametrize(
    ("fields", "policy", "amount"),
    [
        ({}, NET, 840),
        ({"refunds": [{"amount_refunded": 600, "refund": "re_1"}]}, NET, 336),
        ({"refunds": [{"amount_refunded": 1000, "refund": "re_1"}]}, NET, None),
        ({}, PAID, None),  # it stays with the merchant, as a balance
        ({"out_of_band_amount": 1000}, PAID, 840),
        ({"post_payment_amount": 0, "pre_payment_amount": 1000}, NET, None),
        ({"status": "void"}, NET, None),
    ],
)
def test_a_credit_note_gives_back_what_no_refund_does(fields, policy, amount):
    note = shapes.credit_note("cn_1", "in_1", 1000, **fields)
    found = reading("credit_note.created", note, policy)
    calls = reversal_calls(found, WORTH)
    assert [each.amount for each in calls] == ([] if amount is None else [amount])


def test_a89_a_closed_dispute_was_opened_and_winning_restores_nothing():
    own = shapes.dispute("dp_1", "ch_1", "pi_1", created=AT)
    (opened,) = reversal_calls(reading("charge.dispute.created", own), WORTH)
    assert (opened.at, opened.key, opened.sale) == (AT_US, "dp_1", "ext_in_1")
    assert opened.state == "opened"
    for status in ("won", "lost"):
        calls = reversal_calls(reading("charge.dispute.closed", own | {"status": status}), WORTH)
        assert calls[0] == opened
        assert calls[1].state == status


@pytest.mark.parametrize("status", ["warning_needs_response", "warning_closed"])
def test_an_inquiry_is_no_dispute(status):
    own = shapes.dispute("dp_1", "ch_1", "pi_1", status=status)
    assert reading("charge.dispute.created", own).quiet == Reason.INQUIRY


def test_a_warning_takes_nothing_back():
    own = shapes.fraud_warning("ch_1", "pi_1")
    assert reading("radar.early_fraud_warning.created", own).quiet == Reason.FRAUD_WARNING


def test_a44_the_code_is_the_one_that_was_typed():
    found = reading("invoice.paid", invoice(discounts=["di_1"]))
    known = {"di_1": "promo_1", "promo_1": "SPRING"}
    assert sale_calls(found, "u", known)[0].promo_code == "SPRING"
    assert unnamed(found, {}) == "di_1"
    assert unnamed(found, {"di_1": "promo_1"}) == "promo_1"
    assert unnamed(found, known) is None
    assert sale_calls(found, "u", {"di_1": "co_1"})[0].promo_code == "co_1", "a bare coupon"
    assert unnamed(reading("invoice.paid", invoice()), {}) is None


WHOLE = {
    "invoice": invoice(),
    "session": shapes.session("cs_1", "cus_1", **SESSION),
    "customer": shapes.customer("cus_1", email="a@b.test"),
    "subscription": shapes.subscription("sub_1", "cus_1", "active", **TRIAL),
    "charge": shapes.charge("ch_1", "pi_1", 2900, 900),
    "dispute": shapes.dispute("dp_1", "ch_1", "pi_1"),
    "credit note": shapes.credit_note("cn_1", "in_1", 100),
    "discount": shapes.discount("di_1", "promo_1"),
}
ODD: list[Any] = [None, "", "\x00", -1, 10**30, 1.5, True, [], {}, [[]], {"id": 7}, "x" * 5000]


@pytest.mark.parametrize("shape", WHOLE)
def test_whatever_stands_in_an_object_it_is_read_or_said_to_be_unreadable(shape):
    """P6: no object, taken for any kind, with any field odd, ends otherwise."""
    own = WHOLE[shape]
    kinds = {reader: kind for kind, reader in HANDLED.items()}.values()
    for kind, field, odd in product(kinds, own, ODD):
        event = shapes.event(kind, own | {field: odd}, AT, before={"amount_refunded": odd})
        try:
            found = read(event, NET)
        except Unreadable:
            continue
        for call in [*sale_calls(found, "u", {}), *reversal_calls(found, WORTH)]:
            amount = getattr(call, "amount", None)
            assert amount is None or 0 < amount <= 10**12
