"""The worker's scripts for what networks took: what to ask about, and what they said (A-86)."""

from collections.abc import Sequence

from headwater.db import Read, Write
from headwater.delivery import lane_queue_sql, queue_sql, rules, submission_sql
from headwater.delivery.model import Lease
from headwater.delivery.submission_model import Asked, Look, Looked

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
