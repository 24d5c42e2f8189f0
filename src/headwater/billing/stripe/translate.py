"""What an event means: first what it says, then, with what is known besides, the calls it becomes.

Pure, so that the same events end in the same calls, however often and in whichever order they come.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from headwater.billing.model import Policy, Reason
from headwater.billing.stripe import charges, invoices, sessions, subscriptions
from headwater.billing.stripe.happened import Happened, happened
from headwater.billing.stripe.model import Credited, Disputed, Paid, Reading, Refunded
from headwater.tracking import DisputeCall, MilestoneCall, RefundCall, SaleCall

BillingCall = SaleCall | RefundCall | MilestoneCall | DisputeCall
EXTERNAL = "ext_"
PROMOTION = "promo_"  # how Stripe's ids of promotion codes begin
Reader = Callable[[Happened, Policy], Reading]

HANDLED: dict[str, Reader] = {
    "checkout.session.completed": sessions.completed,
    "checkout.session.async_payment_succeeded": sessions.completed,
    "checkout.session.async_payment_failed": sessions.failed,
    "customer.created": sessions.customer,
    "customer.updated": sessions.customer,
    "customer.deleted": sessions.customer,
    "customer.discount.created": sessions.discount,
    "customer.discount.updated": sessions.discount,
    "promotion_code.created": sessions.promotion_code,
    "promotion_code.updated": sessions.promotion_code,
    "customer.subscription.created": subscriptions.changed,
    "customer.subscription.updated": subscriptions.changed,
    "customer.subscription.deleted": subscriptions.changed,
    "customer.subscription.paused": subscriptions.changed,
    "customer.subscription.resumed": subscriptions.changed,
    "customer.subscription.trial_will_end": subscriptions.changed,
    "invoice.paid": invoices.paid,
    "invoice.payment_succeeded": invoices.paid,
    "invoice.payment_failed": invoices.unpaid,
    "invoice.voided": invoices.unpaid,
    "invoice.marked_uncollectible": invoices.unpaid,
    "invoice_payment.paid": invoices.payment,
    "payment_intent.succeeded": invoices.payment,
    "charge.succeeded": invoices.payment,
    "credit_note.created": invoices.credited,
    "charge.refunded": charges.refunded,
    "refund.failed": charges.refund_failed,
    "charge.dispute.created": charges.disputed,
    "charge.dispute.updated": charges.disputed,
    "charge.dispute.funds_withdrawn": charges.disputed,
    "charge.dispute.closed": charges.disputed,
    "radar.early_fraud_warning.created": charges.warned,
}


def read(event: Mapping[str, Any], policy: Policy) -> Reading:
    """Unreadable where the object lacks what its kind always has."""
    found = happened(event)
    reader = HANDLED.get(found.kind)
    return Reading(quiet=Reason.NOT_HANDLED) if reader is None else reader(found, policy)


def sale_calls(
    reading: Reading, external_id: str, codes: Mapping[str, str]
) -> list[SaleCall | MilestoneCall]:
    """Of this customer; `codes` is what discounts and promotion codes are called."""
    calls: list[SaleCall | MilestoneCall] = [
        replace(each, customer_external_id=external_id) for each in reading.milestones
    ]
    if reading.sale is not None:
        code = typed(code_of(reading, codes))
        calls.append(replace(reading.sale, customer_external_id=external_id, promo_code=code))
    return calls


def code_of(reading: Reading, codes: Mapping[str, str]) -> str | None:
    """The code that lowered the sale, in the words people type, as far as they are known; None
    where none did, or nothing is known of it.
    """
    if reading.sale is None or not reading.discounts:
        return None
    for each in (*reading.discounts, reading.sale.invoice_id or ""):
        found = codes.get(each)
        if found is not None:
            return codes.get(found, found)
    return None


def typed(code: str | None) -> str | None:
    """A code as people type it; None for what is only Stripe's id of one."""
    return None if code is None or code.startswith(PROMOTION) else code


def unnamed(reading: Reading, codes: Mapping[str, str]) -> str | None:
    """The discount or promotion code of which nobody has said yet what it is called; None where
    all is known, or nothing is lowered.
    """
    if reading.sale is None or not reading.discounts:
        return None
    code = code_of(reading, codes)
    if code is None:
        return reading.discounts[0]
    return code if typed(code) is None else None


def parts(reading: Reading) -> list[Reading]:
    """One for each sale of which something is taken back."""
    if not reading.credits:
        return [reading]
    return [Reading(credit=each) for each in reading.credits]


def payments(reading: Reading) -> tuple[str, ...]:
    """By which the sale is found that is taken back; empty where nothing is."""
    for each in (reading.refund, reading.dispute):
        if each is not None:
            return each.payments
    return () if reading.credit is None else (reading.credit.sale,)


def reversal_calls(reading: Reading, worth: Paid) -> list[RefundCall | DisputeCall]:
    """Of the sale this payment is of. Empty where the part is less than the smallest coin."""
    found: list[RefundCall | DisputeCall | None] = []
    if reading.refund is not None:
        found.append(_refund(reading.refund, worth))
    if reading.credit is not None:
        found.append(_credit(reading.credit, worth))
    if reading.dispute is not None:
        found += _dispute(reading.dispute, worth)
    return [each for each in found if each is not None]


def _refund(refund: Refunded, worth: Paid) -> RefundCall | None:
    """Its part of what was counted. Parts are cut down, never up: those of several charges of one
    invoice then never add up to more than the sale.
    """
    whole = worth.gross if refund.currency == worth.currency else 0
    whole = whole or refund.total
    after, before = (
        worth.counted * min(each, whole) // whole if whole else 0
        for each in (refund.after, refund.before)
    )
    if after <= before:
        return None
    return RefundCall(
        at=refund.at,
        sale=f"{EXTERNAL}{worth.sale}",
        amount=after - before,
        key=refund.key,
        reason=refund.reason,
    )


def _credit(credit: Credited, worth: Paid) -> RefundCall | None:
    whole = worth.gross or worth.counted
    amount = worth.counted * min(credit.amount, whole) // whole
    if not amount:
        return None
    return RefundCall(
        at=credit.at,
        sale=f"{EXTERNAL}{worth.sale}",
        amount=amount,
        key=credit.key,
        reason=credit.reason,
    )


def _dispute(dispute: Disputed, worth: Paid) -> list[DisputeCall]:
    """It was opened before it was closed, also where that was not told."""
    opened = DisputeCall(
        at=dispute.opened_at,
        sale=f"{EXTERNAL}{worth.sale}",
        key=dispute.key,
        amount=dispute.amount,
        reason=dispute.reason,
    )
    if dispute.closed is None or dispute.closed_at is None:
        return [opened]
    return [opened, replace(opened, at=dispute.closed_at, state=dispute.closed)]
