"""What erasing a person does: names, addresses, free text and raw calls go; the facts, their
receipts and the money stay, so that the books still balance.
"""

from headwater import (
    attribution,
    avatars,
    commissions,
    conversion_log,
    conversions,
    customers,
    delivery,
    inbox,
    tracking,
)
from headwater.customers import Customer
from headwater.db import Read, Write
from headwater.kit.context import Context
from headwater.tracking import RefundCall


def erase_customer(tx: Write, ctx: Context, reference: str) -> Customer:
    """Returns the customer as it was. Messages about them not yet sent are given up; calls that
    wait in their name can no longer be replayed.
    """
    found = customers.by_reference(tx, ctx.workspace_id, reference)
    customers.lock(tx, ctx.workspace_id, found.external_id)
    customer = customers.by_reference(tx, ctx.workspace_id, found.id)
    facts = conversions.ids_of(tx, ctx.workspace_id, customer.id)
    earned = [commissions.by_conversion(tx, ctx.workspace_id, fact) for fact in facts]
    told = facts + [commission.id for commission in earned if commission is not None]
    clicks = [
        *conversions.clicks_of(tx, ctx.workspace_id, customer.id),
        *attribution.announced_clicks(tx, ctx.workspace_id, customer.id),
    ]
    kept = inbox.become(tx, ctx.workspace_id, facts) + _in_their_name(tx, ctx, customer)
    conversions.forget_words(tx, ctx.workspace_id, customer.id)
    attribution.forget_clicks(tx, ctx.workspace_id, clicks)
    delivery.forget_bodies(tx, ctx.workspace_id, told + [each[2] for each in clicks])
    inbox.forget_bodies(tx, ctx.workspace_id, kept)
    avatars.forget(tx, ctx, customer.id)
    conversion_log.forget(tx, ctx.workspace_id, customer.external_id)
    customers.forget(tx, ctx.workspace_id, customer.id, ctx.now_us)
    return customer


def _in_their_name(tx: Read, ctx: Context, customer: Customer) -> list[str]:
    """Kept calls that name this customer, whatever became of them."""
    items = inbox.mentioning(tx, ctx.workspace_id, customer.external_id)
    return [item.id for item in items if _names(item, customer.external_id)]


def _names(item: inbox.InboxItem, external_id: str) -> bool:
    call = tracking.call_of(item)
    return not isinstance(call, RefundCall) and call.customer_external_id == external_id
