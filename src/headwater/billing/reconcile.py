"""What Stripe has, from objects it exported, against what is booked. Each object is read as the
event that would have told of it, so that both ways count alike, and what is missing is applied as
that event would have been.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from headwater import conversions
from headwater.billing import sql, worth
from headwater.billing.actions import apply, replay
from headwater.billing.endpoints import read_head, receive
from headwater.billing.model import Endpoint, Event, Mode, Policy
from headwater.billing.stripe import translate
from headwater.billing.stripe.model import Paid, Reading
from headwater.billing.stripe.shape import Unreadable, items, number, ref, text
from headwater.consequences import Settings
from headwater.db import Read, Write
from headwater.kit.context import Context
from headwater.kit.value import Value
from headwater.tracking import RefundCall

PREFIX = "evt_export_"
PAGE = 1000
REFUNDED = {"succeeded", "pending", None}  # a refund that failed or was cancelled gave nothing back
Object = Mapping[str, Any]
Told = tuple[str, Object, Object | None]  # the event's type, its object, what was before


class Kind(StrEnum):
    MISSING = "missing"
    DIFFERENT = "different"
    EXTRA = "extra"


class Difference(Value, frozen=True, kw_only=True):
    """`stripe` and `booked` are amounts in minor units of `currency`, None where there is none."""

    kind: Kind
    what: str
    id: str
    currency: str
    stripe: int | None
    booked: int | None
    event: dict[str, Any] | None = None  # that would mend it


def events_of(objects: Iterable[Object], mode: Mode) -> list[dict[str, Any]]:
    """Of paid invoices, sessions and refunds, and of what links them; sales first."""
    given = list(objects)
    charges = {text(each, "id"): each for each in given if each.get("object") == "charge"}
    refunds = [each for each in given if each.get("object") == "refund"]
    refunds += [part for charge in charges.values() for part in items(charge, "refunds")]
    told: list[Told] = [
        (kind, each, None)
        for name, kind in _TOLD_BY.items()
        for each in given
        if each.get("object") == name
    ]
    parts = {str(text(each, "id")): each for each in refunds if each.get("status") in REFUNDED}
    told += _refunds(list(parts.values()), charges)
    return [_event(*each, mode) for each in told]


_TOLD_BY = {
    "checkout.session": "checkout.session.completed",
    "invoice": "invoice.paid",
    "invoice_payment": "invoice_payment.paid",
}


def _refunds(refunds: list[Object], charges: Mapping[str | None, Object]) -> list[Told]:
    """The sums a charge went through: the same as Stripe told when they were made."""
    found: list[Told] = []
    sums: dict[str, int] = {}
    for each in sorted(refunds, key=lambda own: (number(own, "created") or 0, str(own.get("id")))):
        charge_id = ref(each, "charge")
        if charge_id is None:
            continue
        before = sums.get(charge_id, 0)
        sums[charge_id] = before + (number(each, "amount") or 0)
        charge = {
            "payment_intent": each.get("payment_intent"),
            "currency": each.get("currency"),
            "amount": 0,
            **charges.get(charge_id, {}),
            "object": "charge",
            "id": charge_id,
            "amount_refunded": sums[charge_id],
            "created": each.get("created"),
            "refunds": {"data": []},
        }
        found.append(("charge.refunded", charge, {"amount_refunded": before}))
    return found


def _event(kind: str, own: Object, before: Object | None, mode: Mode) -> dict[str, Any]:
    paid_at = number(own, "status_transitions", "paid_at")
    data = {"object": own} if before is None else {"object": own, "previous_attributes": before}
    name = own.get("id") if before is None else f"{own.get('id')}_{own.get('amount_refunded')}"
    return {
        "id": f"{PREFIX}{name}",
        "object": "event",
        "type": kind,
        "created": paid_at or number(own, "created") or 0,
        "livemode": mode is Mode.LIVE,
        "data": data,
    }


def compare(
    tx: Read, workspace_id: str, policy: Policy, events: Sequence[dict[str, Any]]
) -> list[Difference]:
    """Missing and different ones in the order of the file, then those only the books have, of the
    time the file is about.
    """
    readings = [(event, _read(event, policy)) for event in events]
    links = {payment: sale for _, each in readings for payment, sale in each.links}
    worths = {each.paid.sale: each.paid for _, each in readings if each.paid is not None}
    found = []
    for event, reading in readings:
        found += _of_sale(tx, workspace_id, event, reading)
        found += _of_refund(tx, workspace_id, event, reading, links, worths)
    return found + _extra(tx, workspace_id, [each for _, each in readings])


def _read(event: dict[str, Any], policy: Policy) -> Reading:
    """One that cannot be read says nothing to compare."""
    try:
        return translate.read(event, policy)
    except Unreadable:
        return Reading()


def _of_sale(
    tx: Read, workspace_id: str, event: dict[str, Any], reading: Reading
) -> list[Difference]:
    if reading.sale is None or reading.paid is None:
        return []
    own, paid = conversions.sale_by_invoice(tx, workspace_id, reading.paid.sale), reading.paid
    if own is not None:
        booked = (own.original_amount, own.original_currency)
        if booked == (paid.counted, paid.currency):
            return []
    return [
        Difference(
            kind=Kind.MISSING if own is None else Kind.DIFFERENT,
            what="sale",
            id=paid.sale,
            currency=paid.currency,
            stripe=paid.counted,
            booked=None if own is None else own.original_amount,
            event=event if own is None else None,
        )
    ]


def _of_refund(
    tx: Read, workspace_id: str, event: dict[str, Any], reading: Reading,
    links: Mapping[str, str], worths: Mapping[str, Paid],
) -> list[Difference]:  # fmt: skip
    """Those of sales that neither the file nor we know are not ours (A-96)."""
    if reading.refund is None:
        return []
    named = [links.get(each, each) for each in reading.refund.payments]
    told = next((worths[each] for each in named if each in worths), None)
    found = told or worth.of_payments(tx, workspace_id, [*named, *reading.refund.payments])
    if found is None:
        return []
    sale = conversions.sale_by_invoice(tx, workspace_id, found.sale)
    found = found if sale is None else worth.as_booked(sale, found.sale, found)
    calls = translate.reversal_calls(reading, found)
    if not calls:
        return []
    (call,) = calls
    assert isinstance(call, RefundCall)
    own = sale and conversions.refund_by_key(tx, workspace_id, sale.id, call.key)
    if own is not None and own.original_amount == call.amount:
        return []
    return [
        Difference(
            kind=Kind.MISSING if own is None else Kind.DIFFERENT,
            what="refund",
            id=call.key,
            currency=found.currency,
            stripe=call.amount,
            booked=None if own is None else own.original_amount,
            event=event if own is None else None,
        )
    ]


def _extra(tx: Read, workspace_id: str, readings: Sequence[Reading]) -> list[Difference]:
    """Sales that say they are Stripe's, between the first and the last of the file."""
    told = [each.sale for each in readings if each.sale is not None]
    if not told:
        return []
    names = {each.invoice_id for each in told}
    first, last = min(each.at for each in told), max(each.at for each in told)
    found, after = [], ""
    while page := conversions.sales_after(tx, workspace_id, after, PAGE):
        after = page[-1].id
        found += [
            Difference(
                kind=Kind.EXTRA,
                what="sale",
                id=own.invoice_id or own.id,
                currency=own.original_currency,
                stripe=None,
                booked=own.original_amount,
            )
            for own in page
            if own.payment_processor == "stripe"
            and first <= own.at <= last
            and own.invoice_id not in names
        ]
    return found


def heal(
    tx: Write, ctx: Context, settings: Settings, endpoint: Endpoint, event: dict[str, Any],
    patience_us: int,
) -> Event:  # fmt: skip
    """Take it as if Stripe had sent it; one that was taken before is applied again, if what was
    taken is still there.
    """
    body = msgspec.json.encode(event)
    taken = receive(tx, ctx, endpoint, read_head(body), body.decode())
    if not taken.fresh and sql.body(tx, ctx.workspace_id, taken.event_id) is not None:
        replay(tx, ctx, taken.event_id)
    apply(tx, ctx, settings, taken.event_id, patience_us)
    after = sql.event(tx, ctx.workspace_id, taken.event_id)
    assert after is not None
    return after


def is_healed(event: Event) -> bool:
    """Whether it is a fact now; what waits, here or in the inbox, may become one."""
    return any(kind in ("sale", "refund") for kind, _ in event.results)
