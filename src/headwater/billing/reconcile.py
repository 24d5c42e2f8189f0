"""What Stripe has against what is booked. What is missing is applied as the event would have been
that tells of it.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from headwater import conversions
from headwater.billing import disputes, sql
from headwater.billing.actions import apply, replay
from headwater.billing.differences import Difference, Kind, Told, worth_of
from headwater.billing.endpoints import read_head, receive
from headwater.billing.exported import Exported, Object
from headwater.billing.model import Endpoint, Event, Policy
from headwater.billing.stripe import translate
from headwater.billing.stripe.charges import payments_of
from headwater.billing.stripe.model import Paid, Reading
from headwater.billing.stripe.shape import Unreadable, number, ref, text
from headwater.consequences import Settings
from headwater.db import Read, Write
from headwater.kit.context import Context
from headwater.tracking import RefundCall

PAGE = 1000


def compare(tx: Read, workspace_id: str, policy: Policy, found: Exported) -> list[Difference]:
    """Missing and different ones in the order of the file, then those only the books have, of the
    time the file is about.
    """
    told, differences = [], []
    for event in found.events:
        try:
            told.append((event, translate.read(event, policy)))
        except Unreadable as error:
            differences.append(_unreadable(event, error))
    known = Told(
        links={payment: sale for _, each in told for payment, sale in each.links},
        worths={each.paid.sale: each.paid for _, each in told if each.paid is not None},
    )
    for event, reading in told:
        differences += _of_sale(tx, workspace_id, event, reading)
        differences += _taken_back(tx, workspace_id, event, reading, known)
        differences += disputes.of_dispute(tx, workspace_id, event, reading, known)
    for charge in found.paid:
        differences += _unsold(tx, workspace_id, charge, known)
    for charge in found.charges:
        differences += _of_charge(tx, workspace_id, charge, known)
    differences += _extra(tx, workspace_id, [each for _, each in told])
    return differences + disputes.unlisted(tx, workspace_id, found.events)


def _unreadable(event: dict[str, Any], error: Unreadable) -> Difference:
    """Where no amount is told there is none to compare, and somebody has to look."""
    own = event["data"]["object"]
    return Difference(
        kind=Kind.UNREADABLE,
        what=str(own.get("object")),
        id=f"{own.get('id')} ({error})",
        currency="",
        stripe=None,
        booked=None,
    )


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


def _taken_back(
    tx: Read, workspace_id: str, event: dict[str, Any], reading: Reading, told: Told
) -> list[Difference]:
    """Refunds, and what went to a balance. Those of sales that neither the file nor we know are not
    ours (A-96).
    """
    if reading.dispute is not None:
        return []
    found = []
    for part in translate.parts(reading):
        paid = worth_of(tx, workspace_id, translate.payments(part), told)
        for call in [] if paid is None else translate.reversal_calls(part, paid):
            assert isinstance(call, RefundCall)
            own = _difference(tx, workspace_id, call, paid)
            found += [] if own is None else [own]
    return [replace(each, event=event) if each.kind is Kind.MISSING else each for each in found]


def _difference(
    tx: Read, workspace_id: str, call: RefundCall, paid: Paid | None
) -> Difference | None:
    """Of a charge whose refunds are booked in other parts, whoever gave us some of them looks."""
    assert paid is not None
    sale = conversions.sale_by_invoice(tx, workspace_id, paid.sale)
    own = sale and conversions.refund_by_key(tx, workspace_id, sale.id, call.key)
    if own is not None and own.original_amount == call.amount:
        return None
    charge_id = call.key.partition(":")[0]
    under = conversions.refunded_under(tx, workspace_id, sale.id, charge_id) if sale else 0
    booked = under if own is None else own.original_amount
    elsewise = own is not None or booked >= call.amount
    return Difference(
        kind=Kind.DIFFERENT if elsewise else Kind.MISSING,
        what="refund",
        id=call.key,
        currency=paid.currency,
        stripe=call.amount,
        booked=booked if elsewise else None,
    )


def _unsold(tx: Read, workspace_id: str, charge: Object, told: Told) -> list[Difference]:
    """Money for an invoice that is no sale; what of it is tax the charge does not say."""
    invoice, amount = str(ref(charge, "invoice")), number(charge, "amount") or 0
    sale = conversions.sale_by_invoice(tx, workspace_id, invoice)
    if sale is not None or invoice in told.worths or amount <= 0:
        return []
    return [
        Difference(
            kind=Kind.MISSING,
            what="sale",
            id=invoice,
            currency=text(charge, "currency") or "",
            stripe=amount,
            booked=None,
        )
    ]


def _of_charge(tx: Read, workspace_id: str, charge: Object, told: Told) -> list[Difference]:
    """One that tells its sum alone: its sale, and whether as much was taken back of it."""
    charge_id, gross = str(text(charge, "id")), number(charge, "amount_refunded") or 0
    whole = number(charge, "amount_captured") or number(charge, "amount") or 0
    payments = payments_of(charge, charge_id)
    paid = worth_of(tx, workspace_id, payments, told)
    if paid is None or not 0 < gross <= whole:
        return []
    sale = conversions.sale_by_invoice(tx, workspace_id, paid.sale)
    if sale is None:
        return []
    of = paid.gross if paid.gross and text(charge, "currency") == paid.currency else whole
    expected = paid.counted * min(gross, of) // of
    booked = conversions.refunded(tx, workspace_id, sale.id).original_amount
    if booked >= expected:
        return []
    return [
        Difference(
            kind=Kind.DIFFERENT if booked else Kind.MISSING,
            what="refund",
            id=charge_id,
            currency=paid.currency,
            stripe=expected,
            booked=booked or None,
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


def not_listed(found: Sequence[Difference]) -> list[str]:
    """Sales that Stripe may have all the same: an invoice is listed by when it was made, and is a
    sale from when it was paid.
    """
    return [each.id for each in found if each.kind is Kind.EXTRA]


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
    return any(kind in ("sale", "refund", "dispute") for kind, _ in event.results)
