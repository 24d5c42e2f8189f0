"""The worker's scripts for what networks took: what to ask about, and what they said (A-86)."""

from collections.abc import Sequence

from headwater.db import Read, Write
from headwater.delivery import lane_queue_sql, queue_sql, rules, submission_sql
from headwater.delivery.model import Lease
from headwater.delivery.submission_model import Look, Looked

LOOKS_AT_ONCE = 20


def to_follow(tx: Read, now_us: int) -> list[tuple[str, int]]:
    """Destinations with something to ask about, each with what it takes in an hour."""
    return submission_sql.due_destinations(tx, now_us)


def claim_looks(tx: Write, lease: Lease, due: Sequence[tuple[str, int]]) -> list[Look]:
    """As many as networks take now and conversions leave: half of what may go at once is theirs."""
    looks: list[Look] = []
    for destination_id, per_hour in due:
        spent = lane_queue_sql.spent(tx, destination_id)
        room = min(LOOKS_AT_ONCE, rules.spare(per_hour, spent, lease.now_us))
        if room <= 0:
            continue
        found = submission_sql.due(tx, destination_id, lease.now_us, room)
        until = rules.spent(per_hour, spent, lease.now_us, len(found))
        lane_queue_sql.spend(tx, destination_id, until)
        looks += found
    submission_sql.lease(tx, looks, lease.until_us)
    return looks


def settle_looks(tx: Write, looked: Sequence[Looked]) -> None:
    """What waited for a settlement is looked at again."""
    submission_sql.record(tx, looked)
    settled = [each for each in looked if each.again_at is None]
    rows = [{"parent_id": each.look.delivery_id, "now": each.at} for each in settled]
    queue_sql.open_gates(tx, rows)
    for each in looked:
        if each.pause_until is not None:
            lane_queue_sql.pause(tx, each.look.destination_id, each.pause_until)
