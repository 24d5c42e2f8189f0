"""What no other statement would look at for long, for every workspace as queue_sql.py."""

from collections.abc import Sequence

from headwater.db import Read, Write
from headwater.delivery.model import Asleep


def asleep(tx: Read, now_us: int, soon_us: int, far_us: int, limit: int) -> list[Asleep]:
    """Deliveries due later than any wait could make them, and those never tried that sleep beyond
    `soon_us` although what they hang on is done and nothing of their customer's is before them.
    The cross join makes SQLite go by destination, and not walk through all that was ever sent.
    """
    # every workspace: the worker sends for all of them
    rows = tx.all(
        "select d.position, d.next_at, d.destination_id"
        " from destinations t join workspaces o on o.id = t.workspace_id"
        " cross join deliveries d"
        " left join deliveries p on p.id = d.parent_id"
        " left join submissions s on s.delivery_id = d.parent_id"
        " where d.destination_id = t.id and d.state = 'waiting'"
        " and d.next_at > :soon + o.clock_ahead"
        " and (d.next_at > :far + o.clock_ahead"
        " or (d.lease is null and d.attempts = 0 and p.state = 'delivered'"
        " and p.delivered_at + d.gap_us <= :now + o.clock_ahead"
        " and (d.settled_first = 0 or s.state is null or s.state <> 'pending')"
        " and not exists (select 1 from deliveries e"
        " where e.destination_id = d.destination_id and e.order_key = d.order_key"
        " and e.state = 'waiting' and e.position < d.position)))"
        " limit :limit",
        {"now": now_us, "soon": soon_us, "far": far_us, "limit": limit},
    )
    return [Asleep(position=row[0], seen_next_at=row[1], destination_id=row[2]) for row in rows]


def rouse(tx: Write, found: Sequence[Asleep], now_us: int) -> None:
    """Due by their own clock; a lease that was to last so long counts as run out."""
    # every workspace: as `asleep`
    tx.many(
        "update deliveries set next_at = :now + (select o.clock_ahead from workspaces o"
        " where o.id = deliveries.workspace_id)"
        " where position = :position and state = 'waiting' and next_at = :seen",
        [{"now": now_us, "position": e.position, "seen": e.seen_next_at} for e in found],
    )


def end_pauses(tx: Write, now_us: int, far_us: int, hour_us: int) -> int:
    """Of destinations that rest, or are out of requests, longer than they can."""
    # every workspace: as `asleep`
    return tx.run(
        "update destinations set"
        " paused_until = case when paused_until > :far + (select o.clock_ahead from workspaces o"
        " where o.id = destinations.workspace_id) then 0 else paused_until end,"
        " spent_until = case when spent_until > :hour then :now else spent_until end"
        " where deleted_at is null and (spent_until > :hour or paused_until > :far"
        " + (select o.clock_ahead from workspaces o where o.id = destinations.workspace_id))",
        {"now": now_us, "far": far_us, "hour": hour_us},
    )


def ask_again(tx: Write, now_us: int, far_us: int) -> int:
    """What would be asked of a network later than any wait could make it."""
    # every workspace: as `asleep`
    return tx.run(
        "update submissions set look_at = :now + (select o.clock_ahead from workspaces o"
        " where o.id = submissions.workspace_id)"
        " where look_at is not null and look_at > :far + (select o.clock_ahead from workspaces o"
        " where o.id = submissions.workspace_id)",
        {"now": now_us, "far": far_us},
    )
