"""Kept calls corrected and tried again, many after each other; each answers for itself."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from headwater import inbox
from headwater.consequences import Settings
from headwater.db import Read, Write
from headwater.inbox import REMEDY, InboxItem, Reason, State
from headwater.kit.context import Context
from headwater.kit.value import Value
from headwater.shapes import fact_named
from headwater.tracking.assign import assigned
from headwater.tracking.attach import AT_ONCE, call_of, track
from headwater.tracking.fix import ADVICE, Change, Fix, Unfit, fixed
from headwater.tracking.lead import lock_customer
from headwater.tracking.model import Call, DisputeCall, Kept, LeadCall, RefundCall, SaleCall
from headwater.tracking.tokens import customer_token


class Mending(StrEnum):
    """What became of one call: a fact, by this run; nothing new, as it no longer waited; it waits
    on; or the fix was not for it and nothing was tried.
    """

    REPLAYED = "replayed"
    SETTLED = "settled"
    STILL_WAITING = "stillWaiting"
    REFUSED = "refused"


class Tried(Value, frozen=True, kw_only=True):
    """Why one call is no fact yet, by id; neither where it is one."""

    inbox_id: str
    kept: Kept | None = None
    unfit: Unfit | None = None


class Mended(Value, frozen=True, kw_only=True):
    """`reason` is one of the inbox where it waits on, an `Unfit` where it was refused."""

    id: str
    outcome: Mending
    reason: Reason | Unfit | None = None
    field: str | None = None
    detail: str | None = None
    result: dict[str, Any] | None = None


def mend(tx: Write, ctx: Context, settings: Settings, inbox_id: str, fix: Fix) -> Tried:
    """One call in a transaction of its own, so that nobody waits for many, and none of them takes
    another along where it fails. One that no longer waits is left as it is.
    """
    item = inbox.by_id(tx, ctx.workspace_id, inbox_id)
    if item is None:
        return Tried(inbox_id=inbox_id, unfit=Unfit.NO_SUCH_CALL)
    if item.state is not State.WAITING:
        return Tried(inbox_id=inbox_id)
    if item.body is None:
        return Tried(inbox_id=inbox_id, unfit=Unfit.BODY_ERASED)
    received = call_of(item)
    corrected = fixed(received, fix)
    if isinstance(corrected, Unfit):
        return Tried(inbox_id=inbox_id, unfit=corrected)
    _lock_customers(tx, ctx, received, corrected)
    if fix.link_id is not None:
        assert isinstance(corrected, LeadCall | SaleCall)
        corrected = assigned(tx, ctx, settings, corrected, item.reason, fix.link_id)
        if isinstance(corrected, Unfit):
            return Tried(inbox_id=inbox_id, unfit=corrected)
    held = inbox.hold(tx, ctx.workspace_id, inbox_id)
    if held is None or held.state is not State.WAITING:
        return Tried(inbox_id=inbox_id)
    if held.body is None:
        return Tried(inbox_id=inbox_id, unfit=Unfit.BODY_ERASED)
    outcome = track(tx, ctx, settings, corrected, held)
    return Tried(inbox_id=inbox_id, kept=outcome if isinstance(outcome, Kept) else None)


def rename_waiting(tx: Write, ctx: Context, settings: Settings, old: str, new: str) -> None:
    """Calls that wait in a name somebody was given for want of a better one are tried in theirs."""
    for item in inbox.ready(tx, ctx.workspace_id, [customer_token(old)], AT_ONCE):
        mend(tx, ctx, settings, item.id, Fix(customer=Change(old=old, new=new)))


def _lock_customers(tx: Write, ctx: Context, *calls: Call) -> None:
    """Before any call locks its own: two may change the same customers into each other."""
    names = {
        call.customer_external_id
        for call in calls
        if not isinstance(call, RefundCall | DisputeCall)
    }
    for name in sorted(names):
        lock_customer(tx, ctx, name)


def mended(tx: Read, workspace_id: str, tried: Sequence[Tried], begun_us: int) -> list[Mended]:
    """What became of each by now: a call that waited on may have been attached by a later one."""
    found = inbox.fates(tx, workspace_id, [each.inbox_id for each in tried])
    known = {item.id: item for item in found}
    return [_mended(each, known.get(each.inbox_id), begun_us) for each in tried]


def _mended(tried: Tried, item: InboxItem | None, begun_us: int) -> Mended:
    if tried.unfit is not None:
        field, detail = ADVICE[tried.unfit]
        return Mended(
            id=tried.inbox_id,
            outcome=Mending.REFUSED,
            reason=tried.unfit,
            field=field,
            detail=detail,
            result=None if item is None else fact_named(item),
        )
    assert item is not None
    if item.state is not State.WAITING:
        fresh = item.state is State.RESOLVED and (item.resolved_at or 0) >= begun_us
        outcome = Mending.REPLAYED if fresh else Mending.SETTLED
        return Mended(id=item.id, outcome=outcome, result=fact_named(item))
    reason = tried.kept.reason if tried.kept else item.reason
    return Mended(
        id=item.id,
        outcome=Mending.STILL_WAITING,
        reason=reason,
        field=tried.kept.field if tried.kept else item.field,
        detail=REMEDY[reason],
    )
