"""The public verb of tracking, and what it releases: calls that waited for the fact it recorded."""

from collections import deque
from collections.abc import Sequence
from typing import assert_never

from headwater import inbox
from headwater.consequences import Settings
from headwater.conversions import Lead
from headwater.db import Write
from headwater.inbox import InboxItem, Kind
from headwater.kit.context import Context
from headwater.kit.problems import conflict, not_found
from headwater.tracking.deferred import announce_customer
from headwater.tracking.dispute import dispute_sale
from headwater.tracking.lead import lock_customer, released_by, track_lead
from headwater.tracking.milestone import track_milestone
from headwater.tracking.model import (
    Announced,
    Call,
    DisputeCall,
    Kept,
    LeadCall,
    MilestoneCall,
    Outcome,
    Recorded,
    RefundCall,
    SaleCall,
    decode_dispute,
    decode_lead,
    decode_milestone,
    decode_refund,
    decode_sale,
)
from headwater.tracking.refund import refund_sale
from headwater.tracking.sale import track_sale
from headwater.tracking.tokens import rate_token

# Replayed at once, in the transaction of the arrival; the sweep of the worker takes the rest.
AT_ONCE = 20


def track(
    tx: Write, ctx: Context, settings: Settings, call: Call, item: InboxItem | None = None
) -> Outcome:
    """Record a call, then every call that waited for it, in one transaction."""
    outcome = _one(tx, ctx, settings, call, item)
    if not isinstance(outcome, Kept):
        attach_released(tx, ctx, settings, outcome.released)
    return outcome


def attach_released(tx: Write, ctx: Context, settings: Settings, tokens: Sequence[str]) -> None:
    """Record what waited for these, and what waited for that."""
    released = deque(tokens)
    while released:
        for waiting in inbox.ready(tx, ctx.workspace_id, [released.popleft()], AT_ONCE):
            held = _held(tx, ctx, waiting)
            replayed = held and _one(tx, ctx, settings, call_of(held), held)
            if isinstance(replayed, Recorded | Announced):
                released.extend(replayed.released)


def _held(tx: Write, ctx: Context, item: InboxItem) -> InboxItem | None:
    """The item if it still waits and can be replayed, locked after what its call would lock."""
    if item.body is None:
        return None
    call = call_of(item)
    if not isinstance(call, RefundCall | DisputeCall):
        lock_customer(tx, ctx, call.customer_external_id)
    held = inbox.hold(tx, ctx.workspace_id, item.id)
    return held if held is not None and held.state is inbox.State.WAITING else None


def release_rate(tx: Write, ctx: Context, currency: str) -> None:
    """Many sales may wait for one rate, so they are only marked here and replayed in chunks."""
    inbox.ready(tx, ctx.workspace_id, [rate_token(currency)], 0)


def release_customer(tx: Write, ctx: Context, external_id: str, leads: Sequence[Lead]) -> None:
    """A customer got this external id: calls in that name are marked, the sweep replays them."""
    tokens = {token for lead in leads for token in released_by(external_id, lead)}
    inbox.ready(tx, ctx.workspace_id, sorted(tokens), 0)


def attach_ready(tx: Write, ctx: Context, settings: Settings, items: Sequence[InboxItem]) -> int:
    """Replay marked items of this workspace, each once; returns how many became facts."""
    done = 0
    for item in items:
        held = _held(tx, ctx, item)
        outcome = held and track(tx, ctx, settings, call_of(held), held)
        if outcome is None or isinstance(outcome, Kept):
            inbox.tried(tx, ctx.workspace_id, item.id)
        else:
            done += 1
    return done


def replay(
    tx: Write, ctx: Context, settings: Settings, inbox_id: str, corrected: Call | None
) -> tuple[InboxItem, Kept | None]:
    """Try a kept call again, as received then or corrected; returns the item afterwards, and why
    the call just tried could not be used: the item keeps what it was received with.
    """
    item = inbox.by_id(tx, ctx.workspace_id, inbox_id)
    if item is None:
        raise not_found("inbox item", inbox_id, "id")
    held = _held(tx, ctx, item)
    if held is None:
        raise conflict("This item no longer waits; only a waiting one can be replayed.")
    outcome = track(tx, ctx, settings, corrected or call_of(held), held)
    after = inbox.by_id(tx, ctx.workspace_id, inbox_id)
    assert after is not None
    return after, outcome if isinstance(outcome, Kept) else None


def call_of(item: InboxItem) -> Call:
    """The call as kept; one whose body was erased can no longer be replayed."""
    if item.body is None:
        raise conflict("The personal data of this call was erased, so it cannot be replayed.")
    match item.kind:
        case Kind.LEAD:
            return decode_lead(item.body)
        case Kind.SALE:
            return decode_sale(item.body)
        case Kind.REFUND:
            return decode_refund(item.body)
        case Kind.MILESTONE:
            return decode_milestone(item.body)
        case Kind.DISPUTE:
            return decode_dispute(item.body)
        case _:
            assert_never(item.kind)


def _one(
    tx: Write, ctx: Context, settings: Settings, call: Call, item: InboxItem | None
) -> Outcome:
    match call:
        case LeadCall(mode="deferred"):
            return announce_customer(tx, ctx, settings, call, item)
        case LeadCall():
            return track_lead(tx, ctx, settings, call, item)
        case SaleCall():
            return track_sale(tx, ctx, settings, call, item)
        case RefundCall():
            return refund_sale(tx, ctx, call, item)
        case MilestoneCall():
            return track_milestone(tx, ctx, call, item)
        case DisputeCall():
            return dispute_sale(tx, ctx, call, item)
        case _:
            assert_never(call)
