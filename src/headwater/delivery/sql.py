"""Messages and deliveries as a workspace sees them; for the worker: queue_sql.py."""

from collections.abc import Sequence

from headwater.db import Read, Row, Write, one_column
from headwater.delivery.model import Attempt, Delivery, Filters, Outcome, State
from headwater.delivery.rules import PARENT_DEAD
from headwater.delivery.submission_model import Settlement, Submission


def subscribed_triggers(tx: Read, workspace_id: str) -> list[tuple[str, frozenset[str]]]:
    """Of disabled ones too: what is not sent now waits until they are enabled."""
    rows = tx.all(
        "select w.id, w.triggers from webhooks w join destinations t on t.id = w.id"
        " where w.workspace_id = :workspace_id and t.deleted_at is null order by w.id",
        {"workspace_id": workspace_id},
    )
    return [(row[0], frozenset(row[1].split())) for row in rows]


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
        "insert into deliveries (id, workspace_id, destination_id, message_id, order_key, state,"
        " next_at, created_at) values (:id, :workspace_id, :destination_id, :message_id,"
        " :order_key, 'waiting', :now, :now)",
        [{"workspace_id": workspace_id, **row} for row in rows],
    )


def insert_report(tx: Write, workspace_id: str, row: dict[str, object]) -> None:
    """Under its natural key once. What it hangs on is found in the same statement, so that none is
    left waiting for a parent that was delivered meanwhile (A-60).
    """
    tx.run(
        "insert into deliveries (id, workspace_id, destination_id, message_id, order_key, state,"
        " last_error, next_at, created_at, natural_key, parent_id, gap_us, settled_first)"
        " select :id, :workspace_id, :destination_id, :message_id, :order_key, :state, :reason,"
        " case when p.delivered_at + :gap_us > :now then p.delivered_at + :gap_us else :now end,"
        " :now, :natural_key, p.id, :gap_us, :settled_first"
        " from (select 1 as row) as new left join deliveries p"
        " on p.workspace_id = :workspace_id and p.destination_id = :destination_id"
        " and p.natural_key = :parent_key where 1 = 1"
        " on conflict (destination_id, natural_key) where natural_key is not null do nothing",
        {"workspace_id": workspace_id, **row},
    )


def reported(tx: Read, workspace_id: str, destination_id: str, natural_key: str) -> str | None:
    """The id of what a destination was or will be told under this key."""
    row = tx.one(
        "select id from deliveries where workspace_id = :workspace_id"
        " and destination_id = :destination_id and natural_key = :natural_key",
        {
            "workspace_id": workspace_id,
            "destination_id": destination_id,
            "natural_key": natural_key,
        },
    )
    return None if row is None else row[0]


# Literals, so that the partial indexes can serve their pages.
_IN_STATE = {
    None: "",
    State.WAITING: " and d.state = 'waiting'",
    State.DELIVERED: " and d.state = 'delivered'",
    State.DEAD: " and d.state = 'dead'",
    State.SKIPPED: " and d.state = 'skipped'",
}

# Few of many, so they are found by their own index.
_SETTLED = (
    " and d.id in (select x.delivery_id from submissions x"
    " where x.workspace_id = :workspace_id and x.state = :settlement)"
)

# Nothing is tried before a pause its receiver asked for is over.
_DELIVERY = (
    "select d.id, d.destination_id, t.kind, d.message_id, m.event, m.subject_id, d.state,"
    " d.attempts, case when t.paused_until > d.next_at then t.paused_until else d.next_at end,"
    " d.created_at, d.delivered_at, d.last_error, d.lease, d.parent_id, s.reference, s.state,"
    " s.reason, s.settled_at"
    " from deliveries d join messages m on m.id = d.message_id"
    " join destinations t on t.id = d.destination_id"
    " left join submissions s on s.delivery_id = d.id"
)


def deliveries(
    tx: Read, workspace_id: str, filters: Filters, limit: int, offset: int
) -> list[Delivery]:
    rows = tx.all(
        f"{_DELIVERY} where d.workspace_id = :workspace_id"
        f"{_IN_STATE[filters.state]}{'' if filters.settlement is None else _SETTLED}"
        " and (cast(:destination_id as text) is null or d.destination_id = :destination_id)"
        " and (cast(:event as text) is null or m.event = :event)"
        " order by d.position desc limit :limit offset :offset",
        {
            "workspace_id": workspace_id,
            "destination_id": filters.destination_id,
            "event": filters.event,
            "settlement": filters.settlement,
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


def body(tx: Read, workspace_id: str, delivery_id: str) -> tuple[str | None, str]:
    """What it says, None where that was erased, and the settings of where it goes."""
    row = tx.one(
        "select b.body, t.settings from deliveries d join destinations t on t.id = d.destination_id"
        " left join message_bodies b on b.message_id = d.message_id"
        " where d.workspace_id = :workspace_id and d.id = :id",
        {"workspace_id": workspace_id, "id": delivery_id},
    )
    return (None, "{}") if row is None else (row[0], row[1])


def rewrite_body(tx: Write, workspace_id: str, message_id: str, text: str) -> int:
    return tx.run(
        "update message_bodies set body = :body"
        " where workspace_id = :workspace_id and message_id = :message_id",
        {"workspace_id": workspace_id, "message_id": message_id, "body": text},
    )


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
    state, lease = State(row[6]), row[12]
    return Delivery(
        id=row[0],
        destination_id=row[1],
        kind=row[2],
        message_id=row[3],
        event=row[4],
        subject_id=row[5],
        state=state,
        attempts=row[7],
        next_attempt_at=row[8] if state is State.WAITING and lease is None else None,
        created_at=row[9],
        delivered_at=row[10],
        last_error=row[11],
        parent_id=row[13],
        submission=None
        if row[14] is None
        else Submission(
            reference=row[14],
            settlement=Settlement(row[15]),
            reason=row[16],
            settled_at=row[17],
        ),
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


def requeue(tx: Write, workspace_id: str, delivery_ids: Sequence[str], now_us: int) -> None:
    """Due again, with a whole schedule ahead; one that is being sent right now is left alone."""
    tx.many(
        "update deliveries set state = 'waiting', failures = 0, next_at = :now, delivered_at = null"
        " where workspace_id = :workspace_id and id = :id and lease is null"
        " and state <> 'skipped'",
        [{"workspace_id": workspace_id, "id": each, "now": now_us} for each in delivery_ids],
    )


def requeue_orphans(
    tx: Write, workspace_id: str, parent_ids: Sequence[str], now_us: int
) -> list[str]:
    """What was given up only because one of these was; returns their ids. All in one statement: one
    by one, PostgreSQL may walk through all that is dead for each.
    """
    rows = tx.all(
        "update deliveries set state = 'waiting', failures = 0, next_at = :now"
        " where workspace_id = :workspace_id and state = 'dead' and last_error = :reason"
        f" and parent_id in (select value->>0 from {tx.each}) returning id",
        {
            "workspace_id": workspace_id,
            "rows": one_column(parent_ids),
            "now": now_us,
            "reason": PARENT_DEAD,
        },
    )
    return [row[0] for row in rows]


def dead_after(
    tx: Read, workspace_id: str, destination_id: str | None, after: int, limit: int
) -> list[tuple[int, str, str, str]]:
    """Position, id, destination and its kind of dead deliveries that still say something, and whose
    destination still exists.
    """
    rows = tx.all(
        "select d.position, d.id, d.destination_id, t.kind"
        " from deliveries d join destinations t on t.id = d.destination_id"
        " where d.workspace_id = :workspace_id and d.state = 'dead' and d.position > :after"
        " and t.deleted_at is null"
        " and exists (select 1 from message_bodies b where b.message_id = d.message_id)"
        " and (cast(:destination_id as text) is null or d.destination_id = :destination_id)"
        " order by d.position limit :limit",
        {
            "workspace_id": workspace_id,
            "destination_id": destination_id,
            "after": after,
            "limit": limit,
        },
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def counts(tx: Read, workspace_id: str) -> dict[tuple[str, str], int]:
    """How many wait for each destination, and how many were given up."""
    rows = tx.all(
        "select destination_id, state, count(*) from deliveries"
        " where workspace_id = :workspace_id and state in ('waiting', 'dead')"
        " group by destination_id, state",
        {"workspace_id": workspace_id},
    )
    return {(row[0], row[1]): row[2] for row in rows}


def bury_waiting(tx: Write, workspace_id: str, destination_id: str, reason: str, limit: int) -> int:
    return tx.run(
        "update deliveries set state = 'dead', last_error = :reason, lease = null"
        " where workspace_id = :workspace_id and position in (select position from deliveries"
        " where destination_id = :destination_id and state = 'waiting' limit :limit)",
        {
            "workspace_id": workspace_id,
            "destination_id": destination_id,
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
