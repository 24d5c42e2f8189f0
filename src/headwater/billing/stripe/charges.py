"""Refunds, disputes and warnings: what takes a sale back."""

from headwater.billing.model import Policy, Reason
from headwater.billing.stripe.happened import Happened
from headwater.billing.stripe.model import Disputed, Reading, Refunded
from headwater.billing.stripe.shape import (
    Object,
    amount,
    currency,
    items,
    moment,
    needed,
    number,
    ref,
    text,
)
from headwater.kit.money import AMOUNT_MAX

INQUIRIES = "warning_"
CLOSED = {"won", "lost"}


def refunded(event: Happened, _: Policy) -> Reading:
    """Each event tells the sum so far and the sum before, so that each counts its own part, in
    whichever order they come, and needs no other.
    """
    charge = event.object
    charge_id = needed(text(charge, "id"), "id")
    after = amount(charge, "amount_refunded")
    before = number(event.before, "amount_refunded")
    if before is None and len(_parts(charge)) == 1:
        before = 0
    total = number(charge, "amount_captured") or amount(charge, "amount")
    refund = Refunded(
        payments=payments_of(charge, charge_id),
        key=f"{charge_id}:{after}",
        before=needed(before, "previous_attributes.amount_refunded"),
        after=after,
        total=total,
        currency=currency(charge),
        at=event.at,
        reason=next((said for each in _parts(charge) if (said := text(each, "reason"))), None),
    )
    return Reading(refund=refund, links=_link(charge, charge_id))


def disputed(event: Happened, _: Policy) -> Reading:
    """An inquiry is no dispute until the bank makes it one."""
    dispute = event.object
    status = text(dispute, "status") or ""
    if status.startswith(INQUIRIES):
        return Reading(quiet=Reason.INQUIRY)
    charge_id = ref(dispute, "charge")
    found = Disputed(
        payments=payments_of(dispute, charge_id),
        key=needed(text(dispute, "id"), "id"),
        amount=_disputed_amount(dispute),
        reason=text(dispute, "reason"),
        opened_at=moment(dispute, "created") or event.at,
        closed=status if status in CLOSED else None,
        closed_at=event.at if status in CLOSED else None,
    )
    return Reading(dispute=found)


def _disputed_amount(dispute: Object) -> int | None:
    found = number(dispute, "amount") or 0
    return found if 0 < found <= AMOUNT_MAX else None


def warned(_: Happened, __: Policy) -> Reading:
    return Reading(quiet=Reason.FRAUD_WARNING)


def refund_failed(_: Happened, __: Policy) -> Reading:
    return Reading(quiet=Reason.REFUND_FAILED)


def payments_of(own: Object, charge_id: str | None) -> tuple[str, ...]:
    """What may lead to the sale: the invoice itself, where it is still named here."""
    found = (ref(own, "invoice"), ref(own, "payment_intent"), charge_id)
    return tuple(each for each in found if each)


def _link(charge: Object, charge_id: str) -> tuple[tuple[str, str], ...]:
    invoice = ref(charge, "invoice")
    return ((charge_id, invoice),) if invoice else ()


def _parts(charge: Object) -> list[Object]:
    return list(items(charge, "refunds"))
