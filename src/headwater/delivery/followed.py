"""The worker's scripts for what networks took: what to ask about, and what they said (A-86); and
what room their hour has for whatever else can wait.
"""

from collections.abc import Sequence

from headwater.db import Read, Write
from headwater.delivery import lane_queue_sql, queue_sql, rules, submission_sql
from headwater.delivery.destination_model import Destination
from headwater.delivery.destinations import get_destination
from headwater.delivery.model import Lease
from headwater.delivery.submission_model import Asked, Look, Looked
from headwater.kit.context import Context

LOOKS_AT_ONCE = 20


def to_follow(tx: Read, now_us: int) -> list[Asked]:
    """Destinations with something to ask about."""
    return submission_sql.due_destinations(tx, now_us)


def claim_looks(tx: Write, lease: Lease, due: Sequence[Asked]) -> list[Look]:
    """As many as networks take now and conversions leave: half of what may go at once is theirs.
    What a network takes in an hour is counted in real time.
    """
    looks: list[Look] = []
    for each in due:
        spent = lane_queue_sql.spent(tx, each.destination_id)
        room = min(LOOKS_AT_ONCE, rules.spare(each.per_hour, spent, lease.now_us))
        if room <= 0:
            continue
        found = submission_sql.due(tx, each.destination_id, lease.now_us + each.ahead_us, room)
        until = rules.spent(each.per_hour, spent, lease.now_us, len(found))
        lane_queue_sql.spend(tx, each.destination_id, until)
        submission_sql.lease(tx, found, lease.until_us + each.ahead_us)
        looks += found
    return looks


def settle_looks(tx: Write, looked: Sequence[Looked]) -> None:
    """What waited for a settlement is looked at again."""
    sandboxes = sorted({each.look.workspace_id for each in looked if each.look.sandbox})
    ahead = {each: queue_sql.ahead(tx, each) for each in sandboxes}
    looked = [rules.looked_ahead(each, ahead.get(each.look.workspace_id, 0)) for each in looked]
    submission_sql.record(tx, looked)
    settled = [each for each in looked if each.again_at is None]
    rows = [{"parent_id": each.look.delivery_id, "now": each.at} for each in settled]
    queue_sql.open_gates(tx, rows)
    for each in looked:
        if each.pause_until is not None:
            lane_queue_sql.pause(tx, each.look.destination_id, each.pause_until)


def take_turn(tx: Write, ctx: Context, destination_id: str) -> int:
    """Spend one request of what a network takes in an hour, as questions do; or how long to wait
    for it, in microseconds.
    """
    spent = lane_queue_sql.spent(tx, destination_id)
    found = get_destination(tx, ctx.workspace_id, destination_id)
    wait_us = found.paused_until - ctx.now_us
    if found.per_hour is not None:
        wait_us = max(wait_us, rules.spare_in(found.per_hour, spent, ctx.real_us))
    if wait_us > 0:
        return wait_us
    if found.per_hour is not None:
        until = rules.spent(found.per_hour, spent, ctx.real_us, 1)
        lane_queue_sql.spend(tx, destination_id, until)
    return 0


def room_beside(tx: Write, ctx: Context, destination: Destination, most: int) -> int:
    """How many more of what gives way may join the queue: up to `most` wait there together, and no
    more than would find room; none where nothing is sent now.
    """
    rests = destination.disabled_at is not None or destination.paused_until > ctx.now_us
    if rests or not destination.ready:
        return 0
    spent = lane_queue_sql.spent(tx, destination.id)
    if destination.per_hour is not None:
        most = min(most, rules.left_over(destination.per_hour, spent, ctx.real_us))
    return most - lane_queue_sql.giving_way(tx, destination.id) if most > 0 else 0


def leave_alone(tx: Write, ctx: Context, destination_id: str, until_us: int) -> None:
    """The network said when it has room again, to whoever asked."""
    lane_queue_sql.pause(tx, get_destination(tx, ctx.workspace_id, destination_id).id, until_us)
