"""Submissions, which a network works through in its own time. It serves every workspace, as
queue_sql.py.
"""

from collections.abc import Sequence

from headwater.db import Dialect, Read, Write
from headwater.delivery.submission_model import Asked, Look, Looked


def begin(tx: Write, rows: list[dict[str, object]]) -> None:
    """One that is sent again is known by its newest name."""
    tx.many(
        "insert into submissions (delivery_id, workspace_id, destination_id, reference, state,"
        " look_at, created_at, settled_at)"
        " values (:delivery_id, :workspace_id, :destination_id, :reference, :state, :look_at, :now,"
        " :settled_at) on conflict (delivery_id) do update set reference = excluded.reference,"
        " state = excluded.state, look_at = excluded.look_at, created_at = excluded.created_at,"
        " settled_at = excluded.settled_at, looks = 0, reason = null",
        rows,
    )


def due_destinations(tx: Read, now_us: int) -> list[Asked]:
    """Those whose network may have something to tell, in the order in which `claim` takes their
    allowances: live ones, then sandbox by sandbox.
    """
    # every workspace: the worker asks for all of them
    rows = tx.all(
        "select t.id, t.per_hour, o.clock_ahead"
        " from destinations t join workspaces o on o.id = t.workspace_id"
        " where t.kind <> 'webhook' and t.deleted_at is null and t.ready = 1"
        " and t.disabled_at is null and t.paused_until <= :now + o.clock_ahead"
        " and exists (select 1 from submissions s where s.destination_id = t.id"
        " and s.look_at <= :now + o.clock_ahead)"
        " order by o.sandbox, case when o.sandbox = 1 then o.id end, t.id",
        {"now": now_us},
    )
    return [Asked(destination_id=row[0], per_hour=row[1], ahead_us=row[2]) for row in rows]


def due(tx: Write, destination_id: str, now_us: int, limit: int) -> list[Look]:
    # every workspace: as `due_destinations`
    rows = tx.all(
        "select s.delivery_id, s.workspace_id, s.destination_id, t.kind, s.reference, s.looks,"
        " d.attempts, t.settings, coalesce(t.secret, ''), o.sandbox"
        " from submissions s join destinations t on t.id = s.destination_id"
        " join deliveries d on d.id = s.delivery_id join workspaces o on o.id = s.workspace_id"
        " where s.destination_id = :destination_id and s.look_at <= :now"
        " order by s.look_at limit :limit" + _skip_locked(tx),
        {"destination_id": destination_id, "now": now_us, "limit": limit},
    )
    return [
        Look(
            delivery_id=row[0],
            workspace_id=row[1],
            destination_id=row[2],
            kind=row[3],
            reference=row[4],
            looks=row[5],
            attempts=row[6],
            settings=row[7],
            secret=row[8],
            sandbox=bool(row[9]),
        )
        for row in rows
    ]


def _skip_locked(tx: Write) -> str:
    """As in queue_sql.py."""
    return " for update of s skip locked" if tx.dialect is Dialect.POSTGRES else ""


def lease(tx: Write, looks: Sequence[Look], until_us: int) -> None:
    tx.many(
        "update submissions set look_at = :until, looks = looks + 1"
        " where delivery_id = :delivery_id and look_at is not null",
        [{"until": until_us, "delivery_id": each.delivery_id} for each in looks],
    )


def record(tx: Write, looked: Sequence[Looked]) -> None:
    """Only of the submission that was asked about: it may have been sent again meanwhile."""
    tx.many(
        "update submissions set state = :state, reason = :reason, look_at = :again_at,"
        " settled_at = :settled_at"
        " where delivery_id = :delivery_id and reference = :reference and state = 'pending'",
        [
            {
                "state": each.settlement.value,
                "reason": each.reason,
                "again_at": each.again_at,
                "settled_at": each.at if each.again_at is None else None,
                "delivery_id": each.look.delivery_id,
                "reference": each.look.reference,
            }
            for each in looked
        ],
    )
