"""The worker's statements. It serves every workspace: its claims cross tenants by nature."""

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.db import Dialect, Read, Row, Write
from headwater.delivery.model import Claim, Dead, Delivered, Finished, Retry, Run, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A due delivery. `head_next_at` is set while an earlier one of its customer still waits."""

    claim: Claim
    seen_next_at: int
    lease_expired: bool
    head_next_at: int | None


def due_webhooks(tx: Read, now_us: int) -> list[str]:
    """Webhooks with something due, one index step each, however much each has waiting."""
    # every workspace: the worker sends for all of them
    rows = tx.all(
        "with recursive lanes (webhook_id) as ("
        " select min(webhook_id) from deliveries where state = 'waiting'"
        " union all"
        " select (select min(d.webhook_id) from deliveries d"
        " where d.state = 'waiting' and d.webhook_id > lanes.webhook_id)"
        " from lanes where lanes.webhook_id is not null)"
        " select w.id from lanes join webhooks w on w.id = lanes.webhook_id"
        " where w.paused_until <= :now and (w.disabled_at is null or w.deleted_at is not null)"
        " and (select min(d.next_at) from deliveries d"
        " where d.webhook_id = w.id and d.state = 'waiting') <= :now",
        {"now": now_us},
    )
    return [row[0] for row in rows]


def candidates(tx: Write, webhook_id: str, lease: str, now_us: int, limit: int) -> list[Candidate]:
    # every workspace: as `due_webhooks`
    rows = tx.all(
        "select d.position, d.id, d.workspace_id, d.webhook_id, d.message_id, d.order_key,"
        " d.failures, w.url, w.secret, b.body, w.deleted_at, d.next_at, d.lease,"
        " case when d.order_key = '' then null else (select e.next_at from deliveries e"
        " where e.webhook_id = d.webhook_id and e.order_key = d.order_key"
        " and e.state = 'waiting' and e.position < d.position order by e.position limit 1) end,"
        " w.old_secret, w.old_secret_until"
        " from deliveries d join webhooks w on w.id = d.webhook_id"
        " left join message_bodies b on b.message_id = d.message_id"
        " where d.webhook_id = :webhook_id and d.state = 'waiting' and d.next_at <= :now"
        " order by d.next_at, d.position limit :limit" + _skip_locked(tx),
        {"webhook_id": webhook_id, "now": now_us, "limit": limit},
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
        webhook_id=row[3],
        message_id=row[4],
        order_key=row[5],
        failures=row[6],
        lease=lease,
        url=row[7],
        secret=row[8],
        body=row[9],
        webhook_deleted=row[10] is not None,
        old_secret=row[14],
        old_secret_until=row[15],
    )
    return Candidate(
        claim=claim, seen_next_at=row[11], lease_expired=row[12] is not None, head_next_at=row[13]
    )


def lease(tx: Write, claims: list[Claim], until_us: int) -> None:
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
        " and exists (select 1 from deliveries e where e.webhook_id = deliveries.webhook_id"
        " and e.order_key = deliveries.order_key and e.state = 'waiting'"
        " and e.position < deliveries.position)",
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


def wake(tx: Write, results: Sequence[Finished]) -> None:
    """The next message of a customer whose last one is delivered or dead becomes due."""
    tx.many(
        "update deliveries set next_at = :now where lease is null and position ="
        " (select min(position) from deliveries where webhook_id = :webhook_id"
        " and order_key = :order_key and state = 'waiting')",
        [
            {
                "now": result.ended_at,
                "webhook_id": result.claim.webhook_id,
                "order_key": result.claim.order_key,
            }
            for result in results
        ],
    )


def pause(tx: Write, webhook_id: str, until_us: int) -> None:
    # every workspace: the receiver said it, whoever's it is
    tx.run(
        "update webhooks set paused_until = :until where id = :id and paused_until < :until",
        {"id": webhook_id, "until": until_us},
    )


def log_attempts(tx: Write, rows: list[dict[str, object]]) -> None:
    tx.many(
        "insert into attempts (delivery_id, workspace_id, at, duration_ms, status, outcome, error)"
        " values (:delivery_id, :workspace_id, :at, :duration_ms, :status, :outcome, :error)",
        rows,
    )


def count_failures(tx: Write, run: Run, now_us: int, disable_after: int) -> None:
    """In a row, over all deliveries of a webhook; as many as allowed switch it off."""
    # every workspace: as `pause`
    tx.run(
        "update webhooks set failures = failures * :kept + :failed,"
        " disabled_at = case when disabled_at is null and :most > 0 and :failed > 0"
        " and failures * :kept + :failed >= :most then :now else disabled_at end"
        " where id = :id and (failures > 0 or :failed > 0)",
        {
            "id": run.webhook_id,
            "kept": 0 if run.succeeded else 1,
            "failed": run.failed,
            "most": disable_after,
            "now": now_us,
        },
    )
