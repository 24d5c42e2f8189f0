"""Destinations as rows, whatever their kind; what is a webhook's alone: webhook_sql.py."""

from headwater.db import Read, Row, Write
from headwater.delivery.destination_model import Destination

_DESTINATION = (
    "select id, kind, name, settings, secret, ready, disabled_at, disabled_reason, paused_until,"
    " failures, per_hour, created_at, deleted_at from destinations"
)


def insert(tx: Write, workspace_id: str, new: Destination) -> None:
    tx.run(
        "insert into destinations (id, workspace_id, kind, name, settings, secret, ready, per_hour,"
        " created_at) values (:id, :workspace_id, :kind, :name, :settings, :secret, :ready,"
        " :per_hour, :now)",
        {
            "id": new.id,
            "workspace_id": workspace_id,
            "kind": new.kind,
            "name": new.name,
            "settings": new.settings,
            "secret": new.secret,
            "ready": int(new.ready),
            "per_hour": new.per_hour,
            "now": new.created_at,
        },
    )


def by_id(tx: Read, workspace_id: str, destination_id: str) -> Destination | None:
    row = tx.one(
        f"{_DESTINATION} where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": destination_id},
    )
    return None if row is None else _destination(row)


def living(tx: Read, workspace_id: str) -> list[Destination]:
    """Newest first."""
    rows = tx.all(
        f"{_DESTINATION} where workspace_id = :workspace_id and deleted_at is null"
        " order by created_at desc, id desc",
        {"workspace_id": workspace_id},
    )
    return [_destination(row) for row in rows]


def networks(tx: Read, workspace_id: str) -> list[Destination]:
    """Who facts are reported to, in fixed order: asked at every fact, so through an index of just
    these.
    """
    rows = tx.all(
        f"{_DESTINATION} where workspace_id = :workspace_id and kind <> 'webhook'"
        " and deleted_at is null order by id",
        {"workspace_id": workspace_id},
    )
    return [_destination(row) for row in rows]


def _destination(row: Row) -> Destination:
    return Destination(
        id=row[0],
        kind=row[1],
        name=row[2],
        settings=row[3],
        secret=row[4],
        ready=bool(row[5]),
        disabled_at=row[6],
        disabled_reason=row[7],
        paused_until=row[8],
        failures=row[9],
        per_hour=row[10],
        created_at=row[11],
        deleted_at=row[12],
    )


def change(tx: Write, workspace_id: str, changed: Destination) -> None:
    """What a person may change; how it is doing is the worker's to say."""
    tx.run(
        "update destinations set name = :name, settings = :settings, secret = :secret,"
        " ready = :ready, per_hour = :per_hour"
        " where workspace_id = :workspace_id and id = :id",
        {
            "workspace_id": workspace_id,
            "id": changed.id,
            "name": changed.name,
            "settings": changed.settings,
            "secret": changed.secret,
            "ready": int(changed.ready),
            "per_hour": changed.per_hour,
        },
    )


def rename(tx: Write, workspace_id: str, destination_id: str, name: str) -> None:
    tx.run(
        "update destinations set name = :name where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": destination_id, "name": name},
    )


def switch_off(tx: Write, workspace_id: str, destination_id: str, now_us: int, reason: str) -> None:
    tx.run(
        "update destinations set disabled_at = :now, disabled_reason = :reason"
        " where workspace_id = :workspace_id and id = :id and disabled_at is null",
        {"workspace_id": workspace_id, "id": destination_id, "now": now_us, "reason": reason},
    )


def switch_on(tx: Write, workspace_id: str, destination_id: str) -> None:
    """From zero: its failures and any pause are forgotten."""
    tx.run(
        "update destinations set disabled_at = null, disabled_reason = null, failures = 0,"
        " paused_until = 0 where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": destination_id},
    )


def unpause(tx: Write, workspace_id: str, destination_id: str) -> None:
    tx.run(
        "update destinations set paused_until = 0"
        " where workspace_id = :workspace_id and id = :id and paused_until > 0",
        {"workspace_id": workspace_id, "id": destination_id},
    )


def delete(tx: Write, workspace_id: str, destination_id: str, now_us: int) -> None:
    """What opened its account goes at once."""
    tx.run(
        "update destinations set deleted_at = :now, secret = null,"
        " disabled_at = coalesce(disabled_at, :now)"
        " where workspace_id = :workspace_id and id = :id and deleted_at is null",
        {"workspace_id": workspace_id, "id": destination_id, "now": now_us},
    )
