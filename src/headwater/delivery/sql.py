"""Messages and deliveries as a workspace sees them; for the worker: queue_sql.py."""

from collections.abc import Sequence

from headwater.db import Read, Row, Write
from headwater.delivery.model import Attempt, Delivery, Filters, Outcome, State


def subscribed_triggers(tx: Read, workspace_id: str) -> list[tuple[str, frozenset[str]]]:
    """Of disabled ones too: what is not sent now waits until they are enabled."""
    rows = tx.all(
        "select id, triggers from webhooks"
        " where workspace_id = :workspace_id and deleted_at is null order by id",
        {"workspace_id": workspace_id},
    )
    return [(row[0], frozenset(row[1].split())) for row in rows]


def set_deleted(tx: Write, workspace_id: str, webhook_id: str, now_us: int) -> None:
    tx.run(
        "update webhooks set deleted_at = :now, disabled_at = coalesce(disabled_at, :now)"
        " where workspace_id = :workspace_id and id = :id and deleted_at is null",
        {"workspace_id": workspace_id, "id": webhook_id, "now": now_us},
    )


def unpause_webhook(tx: Write, workspace_id: str, webhook_id: str) -> None:
    tx.run(
        "update webhooks set paused_until = 0"
        " where workspace_id = :workspace_id and id = :id and paused_until > 0",
        {"workspace_id": workspace_id, "id": webhook_id},
    )


def insert_messages(tx: Write, workspace_id: str, rows: list[dict[str, object]]) -> None:
    tx.many(
        "insert into messages (id, workspace_id, event, subject_id, created_at)"
        " values (:id, :workspace_id, :event, :subject_id, :now)",
        [{"workspace_id": workspace_id, **row} for row in rows],
    )


def insert_bodies(tx: Write, workspace_id: str, rows: list[dict[str, object]]) -> None:
    tx.many(
        "insert into message_bodies (message_id, workspace_id, body)"
        " values (:message_id, :workspace_id, :body)",
        [{"workspace_id": workspace_id, **row} for row in rows],
    )


def insert_deliveries(tx: Write, workspace_id: str, rows: list[dict[str, object]]) -> None:
    tx.many(
        "insert into deliveries (id, workspace_id, webhook_id, message_id, order_key, state,"
        " next_at, created_at)"
        " values (:id, :workspace_id, :webhook_id, :message_id, :order_key, 'waiting', :now, :now)",
        [{"workspace_id": workspace_id, **row} for row in rows],
    )


# Literals, so that the partial index on dead deliveries can serve its page.
_IN_STATE = {
    None: "",
    State.WAITING: " and d.state = 'waiting'",
    State.DELIVERED: " and d.state = 'delivered'",
    State.DEAD: " and d.state = 'dead'",
}

# Nothing is tried before a pause its receiver asked for is over.
_DELIVERY = (
    "select d.id, d.webhook_id, d.message_id, m.event, d.state, d.attempts,"
    " case when w.paused_until > d.next_at then w.paused_until else d.next_at end,"
    " d.created_at, d.delivered_at, d.last_error, d.lease"
    " from deliveries d join messages m on m.id = d.message_id"
    " join webhooks w on w.id = d.webhook_id"
)


def deliveries(
    tx: Read, workspace_id: str, filters: Filters, limit: int, offset: int
) -> list[Delivery]:
    rows = tx.all(
        f"{_DELIVERY} where d.workspace_id = :workspace_id{_IN_STATE[filters.state]}"
        " and (cast(:webhook_id as text) is null or d.webhook_id = :webhook_id)"
        " and (cast(:event as text) is null or m.event = :event)"
        " order by d.position desc limit :limit offset :offset",
        {
            "workspace_id": workspace_id,
            "webhook_id": filters.webhook_id,
            "event": filters.event,
            "limit": limit,
            "offset": offset,
        },
    )
    return [_delivery(row) for row in rows]


def delivery(tx: Read, workspace_id: str, delivery_id: str) -> Delivery | None:
    row = tx.one(
        f"{_DELIVERY} where d.workspace_id = :workspace_id and d.id = :id",
        {"workspace_id": workspace_id, "id": delivery_id},
    )
    return None if row is None else _delivery(row)


def deliveries_of_message(tx: Read, workspace_id: str, message_id: str) -> list[Delivery]:
    rows = tx.all(
        f"{_DELIVERY} where m.workspace_id = :workspace_id and m.id = :message_id"
        " order by d.position",
        {"workspace_id": workspace_id, "message_id": message_id},
    )
    return [_delivery(row) for row in rows]


def deliveries_of_subject(tx: Read, workspace_id: str, subject_id: str) -> list[Delivery]:
    rows = tx.all(
        f"{_DELIVERY} where m.workspace_id = :workspace_id and m.subject_id = :subject_id"
        " order by d.position",
        {"workspace_id": workspace_id, "subject_id": subject_id},
    )
    return [_delivery(row) for row in rows]


def _delivery(row: Row) -> Delivery:
    state, lease = State(row[4]), row[10]
    return Delivery(
        id=row[0],
        webhook_id=row[1],
        message_id=row[2],
        event=row[3],
        state=state,
        attempts=row[5],
        next_attempt_at=row[6] if state is State.WAITING and lease is None else None,
        created_at=row[7],
        delivered_at=row[8],
        last_error=row[9],
    )


def attempts(tx: Read, workspace_id: str, delivery_id: str) -> list[Attempt]:
    rows = tx.all(
        "select at, duration_ms, status, outcome, error from attempts"
        " where workspace_id = :workspace_id and delivery_id = :delivery_id order by position",
        {"workspace_id": workspace_id, "delivery_id": delivery_id},
    )
    return [
        Attempt(at=row[0], duration_ms=row[1], status=row[2], outcome=Outcome(row[3]), error=row[4])
        for row in rows
    ]


def requeue(tx: Write, workspace_id: str, delivery_id: str, now_us: int) -> int:
    """Due again, with a whole schedule ahead; one that is being sent right now is left alone."""
    return tx.run(
        "update deliveries set state = 'waiting', failures = 0, next_at = :now, delivered_at = null"
        " where workspace_id = :workspace_id and id = :id and lease is null",
        {"workspace_id": workspace_id, "id": delivery_id, "now": now_us},
    )


def dead_after(
    tx: Read, workspace_id: str, webhook_id: str | None, after: int, limit: int
) -> list[tuple[int, str, str]]:
    """Position, id and webhook of dead deliveries whose webhook still exists."""
    rows = tx.all(
        "select d.position, d.id, d.webhook_id"
        " from deliveries d join webhooks w on w.id = d.webhook_id"
        " where d.workspace_id = :workspace_id and d.state = 'dead' and d.position > :after"
        " and w.deleted_at is null"
        " and (cast(:webhook_id as text) is null or d.webhook_id = :webhook_id)"
        " order by d.position limit :limit",
        {
            "workspace_id": workspace_id,
            "webhook_id": webhook_id,
            "after": after,
            "limit": limit,
        },
    )
    return [(row[0], row[1], row[2]) for row in rows]


def bury_waiting(tx: Write, workspace_id: str, webhook_id: str, reason: str, limit: int) -> int:
    return tx.run(
        "update deliveries set state = 'dead', last_error = :reason, lease = null"
        " where workspace_id = :workspace_id and position in (select position from deliveries"
        " where webhook_id = :webhook_id and state = 'waiting' limit :limit)",
        {
            "workspace_id": workspace_id,
            "webhook_id": webhook_id,
            "reason": reason,
            "limit": limit,
        },
    )


def forget_bodies(tx: Write, workspace_id: str, subject_ids: Sequence[str]) -> None:
    """What was said about these subjects; deliveries that still wait end as body_erased."""
    tx.many(
        "delete from message_bodies where workspace_id = :workspace_id and message_id in"
        " (select id from messages"
        " where workspace_id = :workspace_id and subject_id = :subject_id)",
        [{"workspace_id": workspace_id, "subject_id": subject} for subject in subject_ids],
    )
