"""Disputes at Stripe against those booked: whether they are there, of how much, how they ended."""

from collections.abc import Iterator, Sequence
from typing import Any

from headwater import conversions
from headwater.billing.differences import Difference, Kind, Told, worth_of
from headwater.billing.exported import DISPUTED_BY
from headwater.billing.stripe.model import Reading
from headwater.billing.stripe.shape import number, text
from headwater.conversions import Dispute
from headwater.db import Read
from headwater.kit.clock import SECOND_US

PAGE = 1000
NAMED_AS = ("dp_", "du_")  # how Stripe's ids of disputes begin
OPENED = "opened"
APPEALS = "appeal_"  # it ended before, and its end as it is booked stands until the next
Object = dict[str, Any]


def of_dispute(
    tx: Read, workspace_id: str, event: Object, reading: Reading, told: Told
) -> list[Difference]:
    """Missing, or of another amount or state. One that ended there and is open here is mended by
    the event of its end. Of sales that neither the list nor we know they are not ours.
    """
    dispute = reading.dispute
    paid = None if dispute is None else worth_of(tx, workspace_id, dispute.payments, told)
    if dispute is None or paid is None:
        return []
    sale = conversions.sale_by_invoice(tx, workspace_id, paid.sale)
    own = (
        None if sale is None else conversions.dispute_by_key(tx, workspace_id, sale.id, dispute.key)
    )
    state, booked = dispute.closed or OPENED, _state(own)
    amounts = (dispute.amount, None if own is None else own.original_amount)
    same = None in amounts or amounts[0] == amounts[1]
    appealed = (text(event["data"]["object"], "status") or "").startswith(APPEALS)
    if own is not None and same and (appealed or state == booked):
        return []
    mended = same and booked in (None, OPENED)
    return [
        Difference(
            kind=Kind.MISSING if own is None else Kind.DIFFERENT,
            what="dispute",
            id=dispute.key,
            currency=text(event["data"]["object"], "currency") or paid.currency,
            stripe=amounts[0],
            booked=amounts[1],
            stripe_state=state,
            booked_state=booked,
            event=event if mended else None,
        )
    ]


def _state(own: Dispute | None) -> str | None:
    return None if own is None else own.outcome or OPENED


def unlisted(tx: Read, workspace_id: str, events: Sequence[Object]) -> list[Difference]:
    """Booked under an id of Stripe's, between the first and the last of the list, and not in it."""
    listed = [each["data"]["object"] for each in events if each["type"] in DISPUTED_BY]
    if not listed:
        return []
    names = {text(each, "id") for each in listed}
    made = [number(each, "created") or 0 for each in listed]
    first, last = min(made), max(made)
    return [
        Difference(
            kind=Kind.EXTRA,
            what="dispute",
            id=own.key,
            currency=_currency(tx, workspace_id, own),
            stripe=None,
            booked=own.original_amount,
            booked_state=_state(own),
        )
        for own in _all(tx, workspace_id)
        if own.key.startswith(NAMED_AS)
        and own.key not in names
        and first <= own.at // SECOND_US <= last
    ]


def _all(tx: Read, workspace_id: str) -> Iterator[Dispute]:
    after = ""
    while page := conversions.disputes_after(tx, workspace_id, after, PAGE):
        after = page[-1].id
        yield from page


def _currency(tx: Read, workspace_id: str, own: Dispute) -> str:
    sale = conversions.sale_by_id(tx, workspace_id, own.sale_id)
    return "" if sale is None else sale.original_currency
