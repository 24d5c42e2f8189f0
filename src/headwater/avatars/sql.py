from typing import Any

from headwater.avatars.model import Avatar, State
from headwater.db import Read, Row, Write


def _avatar(row: Row) -> Avatar:
    return Avatar(
        id=row[0],
        workspace_id=row[1],
        customer_id=row[2],
        state=State(row[3]),
        source=row[4],
        attempts=row[5],
        reason=row[6],
    )


def insert(tx: Write, workspace_id: str, row: dict[str, Any]) -> None:
    tx.run(
        "insert into avatars (id, workspace_id, customer_id, state, source, digest, next_at,"
        " reason, created_at) values (:id, :workspace_id, :customer_id, :state, :source, :digest,"
        " :due, :reason, :now)",
        {"workspace_id": workspace_id, **row},
    )


def let_go(tx: Write, workspace_id: str, customer_id: str) -> None:
    """Due before all that waits to be fetched: no server that hangs keeps a file on the disk."""
    tx.run(
        "update avatars set state = 'going', source = null, digest = null, next_at = 0"
        " where workspace_id = :workspace_id and customer_id = :customer_id",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )


def failed_before(tx: Read, workspace_id: str, customer_id: str, digest: str) -> bool:
    row = tx.one(
        "select 1 from avatars where workspace_id = :workspace_id and customer_id = :customer_id"
        " and state = 'failed' and digest = :digest",
        {"workspace_id": workspace_id, "customer_id": customer_id, "digest": digest},
    )
    return row is not None


def latest(tx: Read, workspace_id: str, customer_id: str) -> Avatar | None:
    row = tx.one(
        "select id, workspace_id, customer_id, state, source, attempts, reason from avatars"
        " where workspace_id = :workspace_id and customer_id = :customer_id and state <> 'going'"
        " order by created_at desc limit 1",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    return None if row is None else _avatar(row)


def state(tx: Read, workspace_id: str, avatar_id: str) -> State | None:
    row = tx.one(
        "select state from avatars where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": avatar_id},
    )
    return None if row is None else State(row[0])


def is_stored(tx: Read, avatar_id: str) -> bool:
    """Every workspace: the id is the address, and nobody who does not have it can guess it."""
    row = tx.one(
        "select 1 from avatars where id = :id and state = 'stored'",
        {"id": avatar_id},
    )
    return row is not None


def due(tx: Read, now_us: int, limit: int) -> list[Avatar]:
    """Every workspace: the worker fetches for all of them."""
    rows = tx.all(
        "select id, workspace_id, customer_id, state, source, attempts, reason from avatars"
        " where state in ('waiting', 'going') and next_at <= :now order by next_at limit :limit",
        {"now": now_us, "limit": limit},
    )
    return [_avatar(row) for row in rows]


def postpone(tx: Write, workspace_id: str, avatar_id: str, until_us: int) -> None:
    tx.run(
        "update avatars set next_at = :until where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": avatar_id, "until": until_us},
    )


def settle(tx: Write, workspace_id: str, row: dict[str, Any]) -> bool:
    """False where it was let go meanwhile."""
    changed = tx.run(
        "update avatars set state = :state, reason = :reason, next_at = :next_at,"
        " attempts = attempts + 1, source = case when :state = 'waiting' then source end"
        " where workspace_id = :workspace_id and id = :id and state = 'waiting'",
        {"workspace_id": workspace_id, **row},
    )
    return changed == 1


def delete(tx: Write, workspace_id: str, avatar_id: str) -> None:
    tx.run(
        "delete from avatars where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": avatar_id},
    )
