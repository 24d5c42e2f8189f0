"""Recording a refund: once per sale and key, undoing the exact part of the commission."""

from msgspec.structs import replace

from headwater import commissions, conversions, customers, inbox
from headwater.commissions import Commission, RefundFacts, Reversal, reversal
from headwater.consequences import after_refund
from headwater.conversions import Refund, Sale
from headwater.db import Read, Write
from headwater.inbox import InboxDraft, InboxItem, Kind, Reason
from headwater.kit.context import Context
from headwater.kit.problems import not_found
from headwater.tracking.model import (
    Kept,
    Outcome,
    Recorded,
    RefundCall,
    decode_refund,
    encode,
)
from headwater.tracking.tokens import joined, sale_token

EXTERNAL = "ext_"


def refund_sale(
    tx: Write, ctx: Context, call: RefundCall, item: InboxItem | None = None
) -> Outcome:
    """The refund, the one recorded earlier under this key, or the reason it waits."""
    sale = sale_named(tx, ctx, call.sale)
    if sale is None:
        return _wait(tx, ctx, call, item)
    tx.lock(f"sale:{ctx.workspace_id}:{sale.id}")
    call = replace(call, reason=without_words(tx, ctx, call.reason, sale))
    known = conversions.refund_by_key(tx, ctx.workspace_id, sale.id, call.key)
    if known is not None:
        return _again(tx, ctx, call, known, item)
    commission = commissions.by_conversion(tx, ctx.workspace_id, sale.id)
    part = part_taken(tx, ctx.workspace_id, sale, commission, call.amount)
    if part is None:
        return _keep(tx, ctx, call, Reason.REFUND_EXCEEDS_SALE, item)
    refund = _refund(ctx, call, sale, part)
    conversions.insert_refund(tx, ctx.workspace_id, refund)
    after_refund(tx, ctx, refund, sale, commission)
    if item is not None:
        inbox.resolve(tx, ctx, item, "refund", refund.id)
    return Recorded(fact=refund)


def sale_named(tx: Write, ctx: Context, reference: str) -> Sale | None:
    """By invoice it may still come; an id of ours that does not exist never will."""
    if reference.startswith(EXTERNAL):
        invoice_id = reference.removeprefix(EXTERNAL)
        tx.lock(f"invoice:{ctx.workspace_id}:{invoice_id}")
        return conversions.sale_by_invoice(tx, ctx.workspace_id, invoice_id)
    sale = conversions.sale_by_id(tx, ctx.workspace_id, reference)
    if sale is None:
        raise not_found("sale", reference, "id")
    return sale


def without_words(tx: Read, ctx: Context, reason: str | None, sale: Sale) -> str | None:
    """Where the buyer was erased: whatever a reason would say of them is not kept again."""
    customer = customers.by_id(tx, ctx.workspace_id, sale.customer_id)
    erased = customer is not None and customer.erased_at is not None
    return None if erased else reason


def _wait(tx: Write, ctx: Context, call: RefundCall, item: InboxItem | None) -> Kept:
    """For the sale; the first call under a key holds it, and another amount is a conflict."""
    first = inbox.waiting(tx, ctx.workspace_id, Kind.REFUND, _natural_key(call))
    if first is not None and item is not None and first.id == item.id:
        first = None
    if first is not None and first.body and decode_refund(first.body).amount != call.amount:
        return _keep(tx, ctx, call, Reason.CONFLICT, item)
    return _keep(tx, ctx, call, Reason.UNKNOWN_SALE, item)


def _natural_key(call: RefundCall) -> str:
    return joined(call.sale, call.key)


def part_taken(
    tx: Read, workspace_id: str, sale: Sale, earned: Commission | None, amount: int
) -> Reversal | None:
    """What a refund takes, given all earlier ones; None if it is more than is left."""
    before = conversions.refunded(tx, workspace_id, sale.id)
    facts = RefundFacts(
        sale_original=sale.original_amount,
        sale_amount=sale.amount,
        earnings=earned.earnings if earned else 0,
        refunded_original=before.original_amount,
        refunded_amount=before.amount,
        reversed_earnings=before.reversed,
        disputed_earnings=conversions.taken_by_disputes(tx, workspace_id, sale.id),
        refund_original=amount,
    )
    return reversal(facts)


def _refund(ctx: Context, call: RefundCall, sale: Sale, part: Reversal) -> Refund:
    return Refund(
        id=ctx.new_id("rfd_"),
        sale_id=sale.id,
        key=call.key,
        original_amount=call.amount,
        amount=part.amount,
        reversed=part.earnings,
        reason=call.reason,
        at=call.at,
    )


def _again(
    tx: Write, ctx: Context, call: RefundCall, known: Refund, item: InboxItem | None
) -> Outcome:
    if known.original_amount != call.amount:
        return _keep(tx, ctx, call, Reason.CONFLICT, item)
    if item is not None:
        inbox.resolve(tx, ctx, item, "refund", known.id)
    return Recorded(fact=known)


def _keep(
    tx: Write, ctx: Context, call: RefundCall, reason: Reason, item: InboxItem | None
) -> Kept:
    unknown = reason is Reason.UNKNOWN_SALE
    draft = InboxDraft(
        kind=Kind.REFUND,
        reason=reason,
        field="id" if unknown else "amount",
        natural_key=_natural_key(call),
        waits_for=sale_token(call.sale.removeprefix(EXTERNAL)) if unknown else None,
        facts=(call.amount,),
        body=encode(call),
        holds_key=unknown,
    )
    kept = inbox.keep(tx, ctx, draft, item)
    return Kept(inbox_id=kept, reason=reason, field=draft.field)
