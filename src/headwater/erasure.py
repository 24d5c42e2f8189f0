"""What erasing a person does: names, addresses, free text and raw calls go; the facts, their
receipts and the money stay, so that the books still balance.
"""

from collections.abc import Sequence

from headwater import (
    attribution,
    avatars,
    billing,
    commissions,
    conversion_log,
    conversions,
    customers,
    delivery,
    inbox,
    tracking,
    visitors,
)
from headwater.customers import Customer, FormerName
from headwater.db import Read, Write
from headwater.kit.context import Context
from headwater.tracking import DisputeCall, RefundCall


def erase_customer(tx: Write, ctx: Context, reference: str) -> Customer:
    """Returns the customer as it was. Messages about them not yet sent are given up; calls that
    wait in their name can no longer be replayed.
    """
    billing.lock(tx, ctx)
    customer, former = customers.lock_names(tx, ctx.workspace_id, reference)
    names = _names(tx, ctx, customer, former)
    facts = conversions.ids_of(tx, ctx.workspace_id, customer.id)
    earned = [commissions.by_conversion(tx, ctx.workspace_id, fact) for fact in facts]
    told = facts + [commission.id for commission in earned if commission is not None]
    clicks = [
        *conversions.clicks_of(tx, ctx.workspace_id, customer.id),
        *attribution.announced_clicks(tx, ctx.workspace_id, customer.id),
        *_brought(tx, ctx, customer),
    ]
    kept = inbox.become(tx, ctx.workspace_id, facts)
    kept += [each for name in names.items() for each in _in_their_name(tx, ctx, *name)]
    conversions.forget_words(tx, ctx.workspace_id, customer.id)
    attribution.forget_clicks(tx, ctx.workspace_id, clicks)
    subjects = [customer.id, *told, *[each[2] for each in clicks]]
    delivery.forget_bodies(tx, ctx.workspace_id, subjects)
    inbox.forget_bodies(tx, ctx.workspace_id, kept)
    avatars.forget(tx, ctx, customer.id)
    attribution.forget_foreign(tx, ctx.workspace_id, customer.id)
    touches = visitors.forget(tx, ctx, customer.id, names)
    delivery.forget_bodies(tx, ctx.workspace_id, touches)
    billing.forget(tx, ctx, customer, names)
    for name, before_us in names.items():
        conversion_log.forget(tx, ctx.workspace_id, name, before_us)
    customers.forget(tx, ctx.workspace_id, customer.id, ctx.now_us)
    return customer


def _brought(tx: Read, ctx: Context, customer: Customer) -> list[tuple[int, int, str]]:
    """(link number, time, click id) of the clicks that came with their sign-up."""
    claimed = attribution.claimed_clicks(tx, ctx.workspace_id, customer.id)
    return [(each.link_number, each.clicked_at, each.click_id) for each in claimed]


def _names(
    tx: Read, ctx: Context, customer: Customer, former: Sequence[FormerName]
) -> dict[str, int | None]:
    """What they are called and were called before: to when it was theirs, where it is another
    customer's by now.
    """
    names: dict[str, int | None] = {}
    for each in former:
        other = customers.by_external_id(tx, ctx.workspace_id, each.external_id)
        names[each.external_id] = None if other is None else each.until
    return names | {customer.external_id: None}


def _in_their_name(tx: Read, ctx: Context, name: str, before_us: int | None) -> list[str]:
    """Kept calls that name this customer, whatever became of them."""
    items = inbox.mentioning(tx, ctx.workspace_id, name)
    return [
        item.id
        for item in items
        if _is_of(item, name) and (before_us is None or item.received_at < before_us)
    ]


def _is_of(item: inbox.InboxItem, external_id: str) -> bool:
    call = tracking.call_of(item)
    return (
        not isinstance(call, RefundCall | DisputeCall) and call.customer_external_id == external_id
    )
