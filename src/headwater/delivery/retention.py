"""Deleting what was told long ago, a chunk at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.db import Read, Write
from headwater.delivery import retention_sql as sql

LOOKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """Positions of what may be deleted, and where to look on; None: all later ones are young."""

    old: tuple[int, ...]
    after: int | None


def walk(tx: Read, workspace_id: str, after: int, before_us: int) -> Walked:
    """Deliveries in the order they were planned, beside the writer: most have nothing to delete."""
    rows = sql.walk(tx, workspace_id, after, before_us, LOOKED_AT_ONCE)
    old = tuple(position for position, _, ripe in rows if ripe)
    young = all(created_at >= before_us for _, created_at, _ in rows)
    return Walked(old=old, after=None if young else rows[-1][0])


def forget_settled(tx: Write, workspace_id: str, positions: Sequence[int], before_us: int) -> int:
    """Delete what was told before then and its attempts; how many. Of a report the row stays, with
    its key and what became of it, so that nothing is ever told twice (A-65); what it said goes.
    """
    found = sql.settled(tx, workspace_id, positions, before_us)
    if found:
        message_ids = [message_id for _, message_id, _ in found]
        sql.delete_attempts(tx, workspace_id, [each for each, _, _ in found])
        sql.delete_deliveries(tx, workspace_id, [each for each, _, kept in found if not kept])
        sql.delete_bodies(tx, workspace_id, message_ids)
        sql.delete_messages(tx, workspace_id, message_ids)
    return len(found)
