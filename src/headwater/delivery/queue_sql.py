"""The worker's statements. It serves every workspace: its claims cross tenants by nature."""

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.db import Dialect, Read, Row, Write, one_column
from headwater.delivery.model import Claim, Dead, Delivered, Due, Finished, Retry, State
from headwater.delivery.rules import PARENT_DEAD, Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A due delivery. `head_next_at` is set while an earlier one of its customer still waits. No
    gate: it hangs on nothing, or its destination was deleted and it is only to be given up.
    """

    claim: Claim
    seen_next_at: int
    lease_expired: bool
    head_next_at: int | None
    gate: Gate | None


def due_destinations(tx: Read, now_us: int) -> list[Due]:
    """Destinations with something due, one index step each, however much each has waiting. One
    that was deleted has no pace: nothing goes there, all is given up.
    """
    # every workspace: the worker sends for all of them
    rows = tx.all(
        "with recursive lanes (destination_id) as ("
        " select min(destination_id) from deliveries where state = 'waiting'"
        " union all"
        " select (select min(d.destination_id) from deliveries d"
        " where d.state = 'waiting' and d.destination_id > lanes.destination_id)"
        " from lanes where lanes.destination_id is not null)"
        " select t.id, t.kind, t.failures,"
        " case when t.deleted_at is null then t.per_hour end, t.spent_until,"
        " case when o.sandbox = 1 then o.id end"
        " from lanes join destinations t on t.id = lanes.destination_id"
        " join workspaces o on o.id = t.workspace_id"
        " where (t.deleted_at is not null or (t.ready = 1 and t.disabled_at is null"
        " and t.paused_until <= :now + o.clock_ahead))"
        " and (select min(d.next_at) from deliveries d"
        " where d.destination_id = t.id and d.state = 'waiting') <= :now + o.clock_ahead",
        {"now": now_us},
    )
    return [
        Due(
            destination_id=row[0],
            kind=row[1],
            failing=row[2],
            per_hour=row[3],
            spent_until=row[4],
            sandbox=row[5],
        )
        for row in rows
    ]


_EARLIER = (
    "from deliveries e where e.destination_id = d.destination_id and e.order_key = d.order_key"
    " and e.state = 'waiting' and e.position < d.position"
)


def candidates(
    tx: Write, destination_id: str, lease: str, now_us: int, limit: int
) -> list[Candidate]:
    """In the order they came due, without their bodies: most are only looked at. None of a
    destination that rests or is switched off since `due_destinations` was asked.
    """
    # every workspace: as `due_destinations`
    rows = tx.all(
        "select d.position, d.id, d.workspace_id, d.destination_id, t.kind, d.message_id,"
        " d.order_key, d.failures, coalesce(w.url, ''), t.settings,"
        " coalesce(w.secret, t.secret, ''), t.deleted_at, t.ready, w.old_secret,"
        " w.old_secret_until - o.clock_ahead, d.parent_id, d.natural_key, d.next_at, d.lease,"
        f" case when d.order_key = '' then null else (select e.next_at {_EARLIER}"
        " order by e.position limit 1) end,"
        " p.state, p.delivered_at, d.gap_us,"
        " case when d.settled_first = 1 then s.state end, o.sandbox"
        " from deliveries d join destinations t on t.id = d.destination_id"
        " join workspaces o on o.id = d.workspace_id"
        " left join webhooks w on w.id = d.destination_id"
        " left join deliveries p on p.id = d.parent_id"
        " left join submissions s on s.delivery_id = d.parent_id"
        " where d.destination_id = :destination_id and d.state = 'waiting' and d.next_at <= :now"
        " and (t.deleted_at is not null or (t.disabled_at is null and t.paused_until <= :now))"
        " order by d.next_at, d.position limit :limit" + _skip_locked(tx),
        {"destination_id": destination_id, "now": now_us, "limit": limit},
    )
    return [_candidate(row, lease) for row in rows]


def _skip_locked(tx: Write) -> str:
    """What another worker is claiming is not waited for; SQLite has one writer at a time."""
    return " for update of d skip locked" if tx.dialect is Dialect.POSTGRES else ""


def _candidate(row: Row, lease: str) -> Candidate:
    claim = Claim(
        position=row[0],
        id=row[1],
        workspace_id=row[2],
        destination_id=row[3],
        kind=row[4],
        message_id=row[5],
        order_key=row[6],
        failures=row[7],
        lease=lease,
        url=row[8],
        settings=row[9],
        secret=row[10],
        body=None,
        deleted=row[11] is not None,
        ready=bool(row[12]),
        old_secret=row[13],
        old_secret_until=row[14],
        parent_id=row[15],
        natural_key=row[16],
        sandbox=bool(row[24]),
    )
    return Candidate(
        claim=claim,
        seen_next_at=row[17],
        lease_expired=row[18] is not None,
        head_next_at=row[19],
        gate=None if row[20] is None or claim.deleted else _gate(row),
    )


def _gate(row: Row) -> Gate:
    return Gate(parent=State(row[20]), delivered_at=row[21], gap_us=row[22], settled=row[23])


def ahead(tx: Write, workspace_id: str) -> int:
    """By how much a sandbox's clock is before ours."""
    row = tx.one("select clock_ahead from workspaces where id = :id", {"id": workspace_id})
    return row[0] if row else 0


def move_leases(tx: Write, workspace_id: str, by_us: int) -> None:
    """What is being sent stays with who sends it, however the clock is moved."""
    tx.run(
        "update deliveries set next_at = next_at + :by"
        " where workspace_id = :workspace_id and state = 'waiting' and lease is not null",
        {"workspace_id": workspace_id, "by": by_us},
    )


def bodies(tx: Read, claims: Sequence[Claim]) -> dict[str, str]:
    """What each message says; one that was erased is not there."""
    # every workspace: as `due_destinations`
    rows = tx.all(
        "select message_id, body from message_bodies"
        f" where message_id in (select value->>0 from {tx.each})",
        {"rows": one_column(each.message_id for each in claims)},
    )
    return {row[0]: row[1] for row in rows}


def lease(tx: Write, claims: Sequence[Claim], until_us: int) -> None:
    tx.many(
        "update deliveries set lease = :lease, next_at = :until, attempts = attempts + 1"
        " where position = :position",
        [{"lease": c.lease, "until": until_us, "position": c.position} for c in claims],
    )


def park(tx: Write, rows: list[dict[str, int]]) -> None:
    """Out of the way until its predecessor is settled.

    Compared with the time seen, and the predecessor is looked for once more: PostgreSQL reads a row
    it locks anew, but not the others, so one woken meanwhile (`wake`) could be put back to sleep.
    """
    tx.many(
        "update deliveries set next_at = :until, lease = null"
        " where position = :position and state = 'waiting' and next_at = :seen"
        " and exists (select 1 from deliveries e where e.destination_id = deliveries.destination_id"
        " and e.order_key = deliveries.order_key and e.state = 'waiting'"
        " and e.position < deliveries.position)",
        rows,
    )


def crowd(tx: Write, destination_id: str, order_key: str, now_us: int, limit: int) -> list[int]:
    """So many more of one customer that are due, all behind the first that waits. The plus makes
    SQLite walk them in their order, and not sort all that is due.
    """
    # every workspace: as `due_destinations`
    rows = tx.all(
        "select d.position from deliveries d where d.destination_id = :destination_id"
        " and d.order_key = :order_key and d.state = 'waiting' and d.lease is null"
        f" and +d.next_at <= :now and exists (select 1 {_EARLIER})"
        " order by d.position limit :limit" + _skip_locked(tx),
        {
            "destination_id": destination_id,
            "order_key": order_key,
            "now": now_us,
            "limit": limit,
        },
    )
    return [row[0] for row in rows]


def park_crowd(tx: Write, positions: Sequence[int], until_us: int) -> None:
    """One that was woken meanwhile may be put back to sleep: so until then at most."""
    # every workspace: as `due_destinations`
    tx.run(
        "update deliveries set next_at = :until where lease is null and state = 'waiting'"
        f" and position in (select cast(value->>0 as bigint) from {tx.each})",
        {"rows": one_column(map(str, positions)), "until": until_us},
    )


def put_off(tx: Write, rows: list[dict[str, int]]) -> None:
    """Out of the way until its gate may open; what opens it (`open_gates`) waits for our lock."""
    tx.many(
        "update deliveries set next_at = :until, lease = null"
        " where position = :position and state = 'waiting' and next_at = :seen",
        rows,
    )


def bury_orphans(tx: Write, claims: list[Claim]) -> None:
    """Given up unsent, because what it hangs on was given up."""
    tx.many(
        "update deliveries set state = 'dead', last_error = :reason, lease = null"
        " where position = :position and state = 'waiting'",
        [{"position": each.position, "reason": PARENT_DEAD} for each in claims],
    )


def open_gates(tx: Write, rows: list[dict[str, object]]) -> None:
    """Whatever hangs on these is looked at again: how is decided when it is claimed."""
    tx.many(
        "update deliveries set next_at = :now"
        " where parent_id = :parent_id and state = 'waiting' and lease is null and next_at > :now",
        rows,
    )


def settle(tx: Write, results: Sequence[Finished]) -> None:
    """Only under the lease it was sent with: a late result of an expired one changes nothing."""
    tx.many(
        "update deliveries set state = :state, next_at = :next_at, failures = :failures,"
        " last_error = :error, delivered_at = :delivered_at, lease = null"
        " where position = :position and lease = :lease",
        [_settled(result) for result in results],
    )


def _settled(result: Finished) -> dict[str, object]:
    row: dict[str, object] = {
        "position": result.claim.position,
        "lease": result.claim.lease,
        "next_at": result.ended_at,
        "failures": result.claim.failures,
        "error": result.verdict.error,
        "delivered_at": None,
    }
    match result.step:
        case Delivered():
            return row | {"state": State.DELIVERED.value, "delivered_at": result.ended_at}
        case Retry(at=at, failures=failures):
            return row | {"state": State.WAITING.value, "next_at": at, "failures": failures}
        case Dead(reason=reason):
            return row | {"state": State.DEAD.value, "error": reason}


def wake(tx: Write, claims: Sequence[Claim], now_us: int) -> None:
    """The next message of a customer whose last one is delivered or dead becomes due."""
    tx.many(
        "update deliveries set next_at = :now where lease is null and position ="
        " (select min(position) from deliveries where destination_id = :destination_id"
        " and order_key = :order_key and state = 'waiting')",
        [
            {
                "now": now_us,
                "destination_id": claim.destination_id,
                "order_key": claim.order_key,
            }
            for claim in claims
        ],
    )


def log_attempts(tx: Write, rows: list[dict[str, object]]) -> None:
    tx.many(
        "insert into attempts (delivery_id, workspace_id, at, duration_ms, status, outcome, error)"
        " values (:delivery_id, :workspace_id, :at, :duration_ms, :status, :outcome, :error)",
        rows,
    )
