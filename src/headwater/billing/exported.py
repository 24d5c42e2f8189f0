"""Objects as Stripe lists or exports them, each as the event that would have told of it, so that
both ways are read alike.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from headwater.billing.model import Mode
from headwater.billing.stripe.shape import dig, items, number, ref, text
from headwater.kit.value import Value

PREFIX = "evt_export_"
REFUNDED = {"succeeded", "pending", None}  # a refund that failed or was cancelled gave nothing back
Object = Mapping[str, Any]
Told = tuple[str, Object, Object | None]  # the event's type, its object, what was before
_TOLD_BY = {
    "checkout.session": "checkout.session.completed",
    "invoice": "invoice.paid",
    "invoice_payment": "invoice_payment.paid",
    "credit_note": "credit_note.created",
}

_ENDED = {"won", "lost"}
DISPUTED_BY = {"charge.dispute.created", "charge.dispute.closed"}


class Exported(Value, frozen=True, kw_only=True):
    """`charges` tell a sum of refunds that are not all given, `paid` which invoice they paid.
    `passed_over` counts objects that say nothing to compare, by what they are; `other_mode` those
    of the mode the books do not hold.
    """

    events: tuple[dict[str, Any], ...]
    charges: tuple[Object, ...]
    paid: tuple[Object, ...]
    passed_over: dict[str, int]
    other_mode: int


def exported(objects: Iterable[Object], mode: Mode) -> Exported:
    """Events of paid invoices, sessions, credit notes and what links them; then of disputes and
    refunds in the order in which they happened, as each leaves the next one less to take back.
    """
    all_of_them = list(objects)
    live = mode is Mode.LIVE
    given = [each for each in all_of_them if dig(each, "livemode") in (None, live)]
    charges = {str(text(each, "id")): each for each in _charges(given)}
    refunds = _by_charge(given, charges)
    told: list[Told] = [
        (kind, each, None)
        for name, kind in _TOLD_BY.items()
        for each in given
        if each.get("object") == name and each.get("status") not in _NOT_THERE_YET
    ]
    takers: list[Told] = [
        (_dispute_told_by(each), each, None) for each in given if _is_dispute(each)
    ]
    incomplete = [each for name, each in charges.items() if not _is_whole(each, refunds.get(name))]
    lacking = {str(text(each, "id")) for each in incomplete}
    for name, parts in refunds.items():
        takers += [] if name in lacking else _sums(name, parts, charges.get(name, {}))
    told += sorted(takers, key=lambda each: number(each[1], "created") or 0)
    return Exported(
        events=tuple(_event(*each, mode) for each in told),
        charges=tuple(incomplete),
        paid=tuple(each for each in charges.values() if _paid_an_invoice(each)),
        passed_over=_passed_over(given),
        other_mode=len(all_of_them) - len(given),
    )


def _is_dispute(own: Object) -> bool:
    return own.get("object") == "dispute"


def _dispute_told_by(own: Object) -> str:
    return "charge.dispute.closed" if own.get("status") in _ENDED else "charge.dispute.created"


_NOT_THERE_YET = {"draft", "open", "void", "uncollectible", "expired", "canceled"}


def _charges(given: list[Object]) -> Iterable[Object]:
    """Also those that stand whole in their refunds."""
    for each in given:
        if each.get("object") == "charge":
            yield each
        elif each.get("object") == "refund" and isinstance(each.get("charge"), Mapping):
            yield each["charge"]


def _paid_an_invoice(charge: Object) -> bool:
    collected = charge.get("status") in ("succeeded", None) and charge.get("captured") is not False
    return collected and ref(charge, "invoice") is not None


def _by_charge(given: list[Object], charges: Mapping[str, Object]) -> dict[str, list[Object]]:
    """The refunds of each, in the order in which they were made, without what came to nothing."""
    refunds = [each for each in given if each.get("object") == "refund"]
    refunds += [part for charge in charges.values() for part in items(charge, "refunds")]
    parts = {str(text(each, "id")): each for each in refunds if each.get("status") in REFUNDED}
    found: dict[str, list[Object]] = {}
    for each in sorted(parts.values(), key=_made):
        charge = ref(each, "charge")
        if charge is not None:
            found.setdefault(charge, []).append(each)
    return found


def _made(refund: Object) -> tuple[int, str]:
    return number(refund, "created") or 0, str(refund.get("id"))


def _is_whole(charge: Object, parts: list[Object] | None) -> bool:
    """Whether these are all refunds the charge speaks of."""
    told = number(charge, "amount_refunded")
    return told is None or told == sum(number(each, "amount") or 0 for each in parts or ())


def _sums(charge_id: str, refunds: list[Object], charge: Object) -> list[Told]:
    """What the charge went through: the same as Stripe told when the refunds were made."""
    found: list[Told] = []
    before = 0
    for each in refunds:
        after = before + (number(each, "amount") or 0)
        own = {
            "payment_intent": each.get("payment_intent"),
            "currency": each.get("currency"),
            "amount": 0,
            **charge,
            "object": "charge",
            "id": charge_id,
            "amount_refunded": after,
            "created": each.get("created"),
            "refunds": {"data": []},
        }
        found.append(("charge.refunded", own, {"amount_refunded": before}))
        before = after
    return found


def _event(kind: str, own: Object, before: Object | None, mode: Mode) -> dict[str, Any]:
    paid_at = number(own, "status_transitions", "paid_at")
    data = {"object": own} if before is None else {"object": own, "previous_attributes": before}
    name = own.get("id") if before is None else f"{own.get('id')}_{own.get('amount_refunded')}"
    if _is_dispute(own):
        name = f"{name}_{own.get('status')}"  # one that is opened is told of again when it ends
    return {
        "id": f"{PREFIX}{name}",
        "object": "event",
        "type": kind,
        "created": paid_at or number(own, "created") or 0,
        "livemode": mode is Mode.LIVE,
        "data": data,
    }


def _passed_over(given: list[Object]) -> dict[str, int]:
    used = {*_TOLD_BY, "charge", "refund", "dispute"}
    kinds = [str(each.get("object") or "unnamed") for each in given]
    return dict(Counter(each for each in kinds if each not in used))
