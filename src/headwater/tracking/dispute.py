"""Recording a dispute: what is left of the commission goes back when it is opened, once per sale,
and stays away however it ends (A-87 to A-91).
"""

from msgspec.structs import replace

from headwater import commissions, conversions, inbox
from headwater.commissions import Commission
from headwater.consequences import after_dispute
from headwater.conversions import Dispute, Sale
from headwater.db import Read, Write
from headwater.inbox import InboxDraft, InboxItem, Kind, Reason
from headwater.kit.context import Context
from headwater.tracking.model import DisputeCall, Kept, Outcome, Recorded, encode
from headwater.tracking.refund import EXTERNAL, sale_named, without_words
from headwater.tracking.tokens import joined, sale_token

OPENED = "opened"


def dispute_sale(
    tx: Write, ctx: Context, call: DisputeCall, item: InboxItem | None = None
) -> Outcome:
    """The dispute as it is known now, or the reason the call waits. That it was won or lost may be
    heard before that it was opened.
    """
    sale = sale_named(tx, ctx, call.sale)
    if sale is None:
        return _keep(tx, ctx, call, Reason.UNKNOWN_SALE, item, "id")
    tx.lock(f"sale:{ctx.workspace_id}:{sale.id}")
    call = replace(call, reason=without_words(tx, ctx, call.reason, sale))
    known = conversions.dispute_by_key(tx, ctx.workspace_id, sale.id, call.key)
    if known is None:
        known = _open(tx, ctx, call, sale)
    else:
        field = _differing(call, known)
        if field is not None:
            return _keep(tx, ctx, call, Reason.CONFLICT, item, field)
        after = _learned(call, known)
        if after != known:
            conversions.update_dispute(tx, ctx.workspace_id, after)
            known = after
    if item is not None:
        inbox.resolve(tx, ctx, item, "dispute", known.id)
    return Recorded(fact=known)


def _open(tx: Write, ctx: Context, call: DisputeCall, sale: Sale) -> Dispute:
    earned = commissions.by_conversion(tx, ctx.workspace_id, sale.id)
    ended = call.state != OPENED
    made = Dispute(
        id=ctx.new_id("dsp_"),
        sale_id=sale.id,
        key=call.key,
        original_amount=call.amount,
        reversed=left_of(tx, ctx.workspace_id, sale.id, earned),
        reason=call.reason,
        at=call.at,
        outcome=call.state if ended else None,
        closed_at=call.at if ended else None,
    )
    conversions.insert_dispute(tx, ctx.workspace_id, made)
    after_dispute(tx, ctx, made, sale, earned)
    return made


def left_of(tx: Read, workspace_id: str, sale_id: str, earned: Commission | None) -> int:
    """What refunds and disputes have left of a sale's commission."""
    if earned is None:
        return 0
    refunded = conversions.refunded(tx, workspace_id, sale_id).reversed
    return earned.earnings - refunded - conversions.taken_by_disputes(tx, workspace_id, sale_id)


def _differing(call: DisputeCall, known: Dispute) -> str | None:
    if None not in (call.amount, known.original_amount) and call.amount != known.original_amount:
        return "amount"
    ended = call.state != OPENED
    return "state" if ended and known.outcome not in (None, call.state) else None


def _learned(call: DisputeCall, known: Dispute) -> Dispute:
    """Whoever spoke first, all that was said counts: it began with the earliest of it."""
    ended = call.state != OPENED and known.outcome is None
    return replace(
        known,
        original_amount=known.original_amount or call.amount,
        reason=known.reason or call.reason,
        at=min(known.at, call.at),
        outcome=call.state if ended else known.outcome,
        closed_at=call.at if ended else known.closed_at,
    )


def _keep(
    tx: Write, ctx: Context, call: DisputeCall, reason: Reason, item: InboxItem | None, field: str
) -> Kept:
    unknown = reason is Reason.UNKNOWN_SALE
    draft = InboxDraft(
        kind=Kind.DISPUTE,
        reason=reason,
        field=field,
        natural_key=joined(call.sale, call.key, call.state),
        waits_for=sale_token(call.sale.removeprefix(EXTERNAL)) if unknown else None,
        facts=(call.amount,),
        body=encode(call),
    )
    kept = inbox.keep(tx, ctx, draft, item)
    return Kept(inbox_id=kept, reason=reason, field=field)
