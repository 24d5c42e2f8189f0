"""What takes a sale back in other ways than a refund of its charge, and shapes of earlier versions
of Stripe's API: pure, without a store.
"""

from typing import Any

import pytest

from headwater.billing import Amount, Policy, Reason
from headwater.billing.stripe.model import Paid
from headwater.billing.stripe.shape import Unreadable
from headwater.billing.stripe.translate import parts, reversal_calls, sale_calls
from headwater.kit.clock import SECOND_US
from headwater.kit.money import display
from tests.billing import shapes
from tests.billing.shapes import Json
from tests.billing.test_translate import AT, NET, PAID, TRIAL, invoice, reading

WORTH = Paid(sale="in_1", counted=2437, gross=2900, currency="usd")


def older_note(**fields: Any) -> Json:
    """As versions before 2025-03-31 tell of one: given before or after the payment, never both."""
    note = shapes.credit_note("cn_1", "in_1", 1000, customer_balance_transaction=None)
    for name in ("post_payment_amount", "pre_payment_amount", "refunds"):
        del note[name]
    return note | {"type": "post_payment", "refund": None} | fields


@pytest.mark.parametrize(
    ("fields", "policy", "amount"),
    [
        ({"customer_balance_transaction": "cbtxn_1"}, NET, 840),
        ({"out_of_band_amount": 1000}, NET, 840),
        ({"refund": "re_1"}, NET, None),  # the charge tells of it
        ({"refund": "re_1", "out_of_band_amount": 300}, NET, 252),
        ({"refund": {"id": "re_1", "amount": 600}, "customer_balance_transaction": "c"}, NET, 336),
        ({"refund": "re_1", "post_payment_amount": 1000}, NET, None),
        ({"type": "pre_payment"}, NET, None),
        ({"customer_balance_transaction": "cbtxn_1"}, PAID, None),
    ],
)
def test_a_credit_note_of_earlier_versions_gives_back_as_much(
    fields: Json, policy: Policy, amount: int | None
) -> None:
    found = reading("credit_note.created", older_note(**fields), policy)
    calls = reversal_calls(found, WORTH)
    assert [each.amount for each in calls] == ([] if amount is None else [amount])


def test_a_note_of_which_the_parts_are_not_told_is_not_guessed() -> None:
    both = older_note(refund="re_1", customer_balance_transaction="cbtxn_1")
    with pytest.raises(Unreadable):
        reading("credit_note.created", both)


def downgrade(total: int, *taken: tuple[str, int], older: bool = False) -> Json:
    """An invoice below zero: prorations of these invoices, and 100 for what is left of the time."""
    lines = []
    for earlier, amount in taken:
        line = shapes.line("price_year", -amount, proration=True)
        said = {"credited_items": {"invoice": earlier, "invoice_line_items": ["il_1"]}}
        place = line if older else line["parent"]["subscription_item_details"]
        place["proration_details"] = said
        lines.append(line)
    lines.append(shapes.line("price_month", 100, proration=True))
    return invoice(total) | {"lines": {"data": lines}}


@pytest.mark.parametrize("older", [False, True])
def test_what_an_invoice_below_zero_gives_to_a_balance_is_taken_off_the_invoices_it_was_paid_with(
    older: bool,
) -> None:
    """The balance pays the invoices that follow, and they count: the money would count twice."""
    own = downgrade(-1001, ("in_1", 600), ("in_2", 501), older=older) | {"id": "in_9"}
    found = reading("invoice.paid", own)
    credits_ = [each.credit for each in parts(found) if each.credit is not None]
    assert [(each.sale, each.key, each.amount) for each in credits_] == [
        ("in_1", "in_9:in_1", 546),
        ("in_2", "in_9:in_2", 455),
    ]
    calls = [call for each in parts(found) for call in reversal_calls(each, WORTH)]
    assert [call.at for call in calls] == [AT * SECOND_US] * 2
    assert sale_calls(found, "u_1", {}) == []


def test_below_zero_nothing_follows_where_only_money_counts_or_nothing_is_named() -> None:
    for own, policy in (
        (downgrade(-500, ("in_1", 600)), Policy(amount=Amount.PAID)),
        (downgrade(-500), NET),
    ):
        assert reading("invoice.paid", own, policy).quiet == Reason.NOTHING_PAID


def test_a35_a_running_subscription_that_is_given_free_time_has_no_trial() -> None:
    """A-38: as merchants do to move the day of payment."""
    moved = TRIAL | {"start_date": AT - 86_400 * 40}
    for status, kind in (("trialing", "updated"), ("active", "updated"), ("canceled", "deleted")):
        own = shapes.subscription("sub_1", "cus_1", status, **moved)
        found = reading(f"customer.subscription.{kind}", own).milestones
        started = [] if status == "canceled" else [("subscription_start", moved["start_date"])]
        assert [(each.kind, each.at // SECOND_US) for each in found] == started


def test_a_customer_who_is_an_account_is_known_by_its_id() -> None:
    """A guest of each of their invoices otherwise."""
    own = invoice(customer_account="acct_1") | {"customer": None}
    found = reading("invoice.paid", own).person
    assert found is not None
    assert (found.stripe_id, found.guest) == ("acct_1", None)


def test_a44_an_id_of_a_code_is_not_told_as_the_code() -> None:
    found = reading("invoice.paid", invoice(discounts=["di_1"]))
    (call,) = sale_calls(found, "u", {"di_1": "promo_1"})
    assert getattr(call, "promo_code", "") is None


def test_shillings_of_uganda_are_sent_in_hundredths() -> None:
    assert display(500, "ugx") == "5.00 UGX"
    assert display(500, "jpy") == "500 JPY"
    assert display(5120, "kwd") == "5.120 KWD"
