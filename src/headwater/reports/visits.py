"""Visits: that somebody landed with a network's click, before there is an account (A-25). They wait
beside the queue and are let into it a few at a time, so that nothing that earns waits for them.
"""

from collections.abc import Sequence

import msgspec

from headwater import delivery, visitors
from headwater.db import Read, Write
from headwater.delivery import UNORDERED, Destination, Parcel
from headwater.kit.context import Context
from headwater.reports import rules, sql
from headwater.reports.account import settings_of
from headwater.reports.actions import EVENT
from headwater.reports.rules import PROVIDER, Landing, Report
from headwater.visitors import Answer, Touch

IN_QUEUE_MAX = 10
CHUNK = 500  # rows dropped at once, so that no other write waits long


def plan_visits(tx: Write, ctx: Context, visitor_id: str, touch_ids: Sequence[str]) -> None:
    """Of these touches, in the transaction that keeps them. Where somebody has signed up in the
    browser there is an account, and no visit any more.
    """
    wanting = [each.id for each in delivery.networks(tx, ctx.workspace_id) if _wants(each)]
    if not wanting or visitors.is_somebodys(tx, ctx.workspace_id, visitor_id):
        return
    seen = visitors.of_visitor(tx, ctx.workspace_id, visitor_id)
    touches = [each for each in seen if each.id in touch_ids]
    told = [each.id for each in touches if rules.visit(_landing(ctx, each, seen)) is not None]
    rows = [{"destination_id": each, "touch_id": touch} for each in wanting for touch in told]
    sql.insert_visits(tx, ctx.workspace_id, rows)


def _wants(destination: Destination) -> bool:
    return settings_of(destination.settings).trackers.visit is not None


def _landing(ctx: Context, touch: Touch, seen: Sequence[Touch]) -> Landing:
    """`seen`: all the visitor came by, in order of time. An id that stood beside the token of a
    recommendation is none anywhere (A-13), nor is one that ended. What was said last of sharing
    goes for what waits too.
    """
    referred = [each for each in seen if each.referral]
    known = visitors.first_ids([touch, *referred], ctx.now_us)
    said = [touch, *seen[-1:]]
    return Landing(
        at=touch.at,
        click_id=next((each.value for each in known if each.provider == PROVIDER), None),
        sharing_denied=any(each.consent.sharing is Answer.DENIED for each in said),
    )


def visits_to_admit(tx: Read) -> list[tuple[str, str]]:
    """Workspaces and destinations of visits that wait; not where a person has to act first."""
    waiting = sql.waiting_visits(tx)
    return [each for each in waiting if not _is_off(delivery.ever_destination(tx, *each))]


def _is_off(destination: Destination) -> bool:
    off = destination.disabled_at is not None or not destination.ready
    return off and destination.deleted_at is None and _wants(destination)


def admit_visits(tx: Write, ctx: Context, destination_id: str) -> int:
    """The oldest join the queue, as many as there is room to spare for; of a network that wants
    none any more they go. How many wait no longer.
    """
    destination = delivery.ever_destination(tx, ctx.workspace_id, destination_id)
    if destination.deleted_at is not None or not _wants(destination):
        return sql.drop_visits(tx, ctx.workspace_id, destination_id, CHUNK)
    room = delivery.room_beside(tx, ctx, destination, IN_QUEUE_MAX)
    if room <= 0:
        return 0
    oldest = sql.oldest_visits(tx, ctx.workspace_id, destination_id, room)
    for touch in visitors.by_ids(tx, ctx.workspace_id, oldest):
        told = rules.visit(_landing(ctx, touch, _seen(tx, ctx, touch)))
        if told is not None:
            delivery.post(tx, ctx, _parcel(destination, touch, told))
    sql.delete_visits(tx, ctx.workspace_id, destination_id, oldest)
    return len(oldest)


def _seen(tx: Read, ctx: Context, touch: Touch) -> list[Touch]:
    if touch.visitor_id is None:
        return [touch]
    return visitors.of_visitor(tx, ctx.workspace_id, touch.visitor_id)


def _parcel(destination: Destination, touch: Touch, told: Report) -> Parcel:
    return Parcel(
        destination_id=destination.id,
        event=f"{EVENT}{told.snapshot.kind}",
        subject_id=touch.id,
        order_key=UNORDERED,
        natural_key=told.natural_key,
        body=msgspec.json.encode(told.snapshot).decode(),
    )
