from typing import Any

import msgspec

from headwater.billing.model import (
    Amount,
    Endpoint,
    Event,
    EventFilter,
    Mode,
    Policy,
    Reason,
    State,
    Taxes,
)
from headwater.db import Read, Row, Write, like_pattern

_ENDPOINT = (
    "id, workspace_id, mode, amount, taxes, secret, old_secret, old_secret_until, created_at,"
    " deleted_at"
)
_EVENT = (
    "workspace_id, id, endpoint_id, kind, happened_at, received_at, state, reason, waits_for,"
    " next_at, tries, settled_at, results"
)
_pairs = msgspec.json.Decoder(tuple[tuple[str, str], ...]).decode


def _endpoint(row: Row) -> Endpoint:
    return Endpoint(
        id=row[0],
        workspace_id=row[1],
        mode=Mode(row[2]),
        policy=Policy(amount=Amount(row[3]), taxes=Taxes(row[4])),
        secret=row[5],
        old_secret=row[6],
        old_secret_until=row[7],
        created_at=row[8],
        deleted_at=row[9],
    )


def _event(row: Row) -> Event:
    return Event(
        workspace_id=row[0],
        id=row[1],
        endpoint_id=row[2],
        kind=row[3],
        happened_at=row[4],
        received_at=row[5],
        state=State(row[6]),
        reason=None if row[7] is None else Reason(row[7]),
        waits_for=row[8],
        next_at=row[9],
        tries=row[10],
        settled_at=row[11],
        results=_pairs(row[12]),
    )


def insert_endpoint(tx: Write, endpoint: Endpoint) -> None:
    tx.run(
        f"insert into stripe_endpoints ({_ENDPOINT}) values (:id, :workspace_id, :mode, :amount,"
        " :taxes, :secret, :old_secret, :old_secret_until, :created_at, :deleted_at)",
        {
            "id": endpoint.id,
            "workspace_id": endpoint.workspace_id,
            "mode": endpoint.mode.value,
            "amount": endpoint.policy.amount.value,
            "taxes": endpoint.policy.taxes.value,
            "secret": endpoint.secret,
            "old_secret": endpoint.old_secret,
            "old_secret_until": endpoint.old_secret_until,
            "created_at": endpoint.created_at,
            "deleted_at": endpoint.deleted_at,
        },
    )


def endpoint_of_anyone(tx: Read, endpoint_id: str) -> Endpoint | None:
    """Every workspace: whoever sends a webhook has no key, and its address says whose it is."""
    row = tx.one(
        f"select {_ENDPOINT} from stripe_endpoints where id = :id and deleted_at is null",
        {"id": endpoint_id},
    )
    return None if row is None else _endpoint(row)


def endpoints(tx: Read, workspace_id: str) -> list[Endpoint]:
    """Oldest first, with those that were deleted."""
    rows = tx.all(
        f"select {_ENDPOINT} from stripe_endpoints where workspace_id = :workspace_id order by id",
        {"workspace_id": workspace_id},
    )
    return [_endpoint(row) for row in rows]


def took_any(tx: Read, workspace_id: str, endpoint_id: str) -> bool:
    """Whether an event ever came there."""
    row = tx.one(
        "select id from stripe_events where workspace_id = :workspace_id"
        " and endpoint_id = :endpoint_id limit 1",
        {"workspace_id": workspace_id, "endpoint_id": endpoint_id},
    )
    return row is not None


def set_secret(tx: Write, workspace_id: str, endpoint_id: str, values: dict[str, Any]) -> None:
    tx.run(
        "update stripe_endpoints set secret = :secret, old_secret = :old_secret,"
        " old_secret_until = :old_secret_until"
        " where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": endpoint_id, **values},
    )


def set_deleted(tx: Write, workspace_id: str, endpoint_id: str, now_us: int) -> None:
    """What was received stays; the secrets go."""
    tx.run(
        "update stripe_endpoints set deleted_at = :now, secret = null, old_secret = null,"
        " old_secret_until = null where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": endpoint_id, "now": now_us},
    )


def insert_event(tx: Write, event: Event, body: str) -> bool:
    """False where an event of this id came before: the first stands."""
    values = msgspec.structs.asdict(event) | {
        "state": event.state.value,
        "reason": None if event.reason is None else event.reason.value,
        "results": msgspec.json.encode(event.results).decode(),
    }
    inserted = tx.run(
        f"insert into stripe_events ({_EVENT}) values (:workspace_id, :id, :endpoint_id, :kind,"
        " :happened_at, :received_at, :state, :reason, :waits_for, :next_at, :tries, :settled_at,"
        " :results) on conflict (workspace_id, id) do nothing",
        values,
    )
    if inserted == 1:
        tx.run(
            "insert into stripe_bodies (workspace_id, event_id, received_at, body)"
            " values (:workspace_id, :id, :received_at, :body)",
            {
                "workspace_id": event.workspace_id,
                "id": event.id,
                "received_at": event.received_at,
                "body": body,
            },
        )
    return inserted == 1


def event(tx: Read, workspace_id: str, event_id: str) -> Event | None:
    row = tx.one(
        f"select {_EVENT} from stripe_events where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": event_id},
    )
    return None if row is None else _event(row)


def body(tx: Read, workspace_id: str, event_id: str) -> str | None:
    row = tx.one(
        "select body from stripe_bodies"
        " where workspace_id = :workspace_id and event_id = :event_id",
        {"workspace_id": workspace_id, "event_id": event_id},
    )
    return None if row is None else str(row[0])


def page(tx: Read, workspace_id: str, wanted: EventFilter) -> list[Event]:
    """As they came, newest first."""
    rows = tx.all(
        f"select {_EVENT} from stripe_events where workspace_id = :workspace_id"
        " order by received_at desc, id desc limit :limit offset :offset",
        {"workspace_id": workspace_id, "limit": wanted.limit, "offset": wanted.offset},
    )
    return [_event(row) for row in rows]


def page_in_state(tx: Read, workspace_id: str, wanted: EventFilter) -> list[Event]:
    """As they came, newest first."""
    assert wanted.state is not None
    rows = tx.all(
        f"select {_EVENT} from stripe_events where workspace_id = :workspace_id"
        " and state = :state order by received_at desc, id desc limit :limit offset :offset",
        {
            "workspace_id": workspace_id,
            "state": wanted.state.value,
            "limit": wanted.limit,
            "offset": wanted.offset,
        },
    )
    return [_event(row) for row in rows]


def due(tx: Read, now_us: int, limit: int) -> list[tuple[str, str]]:
    """Every workspace: what the worker tries next, as (workspace, event). Sandboxes come last."""
    rows = tx.all(
        "select workspace_id, id from stripe_events where next_at <= :now"
        " order by next_at, workspace_id, id limit :limit",
        {"now": now_us, "limit": limit},
    )
    found = [(row[0], row[1]) for row in rows]
    return found + due_in_sandboxes(tx, now_us, limit - len(found))


def due_in_sandboxes(tx: Read, now_us: int, limit: int) -> list[tuple[str, str]]:
    """Every workspace whose clock is ahead: what is due there and not by the real clock."""
    rows = tx.all(
        "select e.workspace_id, e.id from workspaces w cross join stripe_events e"
        " where w.clock_ahead > 0 and e.workspace_id = w.id"
        " and e.next_at > :now and e.next_at <= :now + w.clock_ahead"
        " order by e.next_at, e.workspace_id, e.id limit :limit",
        {"now": now_us, "limit": limit},
    )
    return [(row[0], row[1]) for row in rows]


def settle(tx: Write, workspace_id: str, event_id: str, values: dict[str, Any]) -> None:
    tx.run(
        "update stripe_events set state = :state, reason = :reason, waits_for = :waits_for,"
        " next_at = :next_at, tries = :tries, settled_at = :settled_at, results = :results"
        " where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": event_id, **values},
    )


def release(tx: Write, workspace_id: str, token: str, now_us: int) -> None:
    """What waits for this is due now, also what was given up."""
    tx.run(
        "update stripe_events set state = 'waiting', settled_at = null, next_at = :now,"
        " waits_for = null"
        " where workspace_id = :workspace_id and waits_for = :token",
        {"workspace_id": workspace_id, "token": token, "now": now_us},
    )


def mentioning(tx: Read, workspace_id: str, text: str) -> list[str]:
    """Events whose body, if it is still there, holds this text as a JSON string."""
    quoted = msgspec.json.encode(text).decode()
    rows = tx.all(
        "select event_id from stripe_bodies where workspace_id = :workspace_id"
        " and body like :pattern escape '~' order by event_id",
        {"workspace_id": workspace_id, "pattern": like_pattern(quoted)},
    )
    return [str(row[0]) for row in rows]


def forget_body(tx: Write, workspace_id: str, event_id: str) -> None:
    tx.run(
        "delete from stripe_bodies where workspace_id = :workspace_id and event_id = :event_id",
        {"workspace_id": workspace_id, "event_id": event_id},
    )


def forget_bodies_before(tx: Write, workspace_id: str, before_us: int, limit: int) -> int:
    """The oldest of events that are done with."""
    return tx.run(
        "delete from stripe_bodies where workspace_id = :workspace_id and event_id in"
        " (select b.event_id from stripe_bodies b join stripe_events e"
        "  on e.workspace_id = b.workspace_id and e.id = b.event_id"
        "  where b.workspace_id = :workspace_id and b.received_at < :before"
        "  and e.state in ('applied', 'ignored') limit :limit)",
        {"workspace_id": workspace_id, "before": before_us, "limit": limit},
    )
