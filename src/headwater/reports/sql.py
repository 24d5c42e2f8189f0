from collections.abc import Sequence

from headwater.db import Dialect, Read, Write, one_column


def insert_visits(tx: Write, workspace_id: str, rows: list[dict[str, str]]) -> None:
    tx.many(
        "insert into visits_to_tell (destination_id, touch_id, workspace_id)"
        " values (:destination_id, :touch_id, :workspace_id) on conflict do nothing",
        [{"workspace_id": workspace_id, **row} for row in rows],
    )


def waiting_visits(tx: Read) -> list[tuple[str, str]]:
    """Every workspace. Its id, and that of a destination with visits that wait: one index step
    each, however many there are.
    """
    rows = tx.all(
        "with recursive lanes (destination_id) as ("
        " select min(destination_id) from visits_to_tell"
        " union all"
        " select (select min(v.destination_id) from visits_to_tell v"
        " where v.destination_id > lanes.destination_id)"
        " from lanes where lanes.destination_id is not null)"
        " select (select v.workspace_id from visits_to_tell v"
        " where v.destination_id = lanes.destination_id limit 1), lanes.destination_id"
        " from lanes where lanes.destination_id is not null"
    )
    return [(row[0], row[1]) for row in rows]


def count_visits(tx: Read, workspace_id: str) -> dict[str, int]:
    """How many wait for each destination."""
    rows = tx.all(
        "select destination_id, count(*) from visits_to_tell where workspace_id = :workspace_id"
        " group by destination_id",
        {"workspace_id": workspace_id},
    )
    return {row[0]: row[1] for row in rows}


def oldest_visits(tx: Write, workspace_id: str, destination_id: str, limit: int) -> list[str]:
    """Their touches. Locked, so that whoever takes a touch away meanwhile finds what was said of it
    by then.
    """
    rows = tx.all(
        "select touch_id from visits_to_tell where workspace_id = :workspace_id"
        " and destination_id = :destination_id order by touch_id limit :limit" + _locked(tx),
        {"workspace_id": workspace_id, "destination_id": destination_id, "limit": limit},
    )
    return [row[0] for row in rows]


def _locked(tx: Write) -> str:
    """SQLite has one writer at a time."""
    return " for update" if tx.dialect is Dialect.POSTGRES else ""


def delete_visits(
    tx: Write, workspace_id: str, destination_id: str, touch_ids: Sequence[str]
) -> None:
    tx.run(
        "delete from visits_to_tell where workspace_id = :workspace_id"
        " and destination_id = :destination_id"
        f" and touch_id in (select value->>0 from {tx.each})",
        {
            "workspace_id": workspace_id,
            "destination_id": destination_id,
            "rows": one_column(touch_ids),
        },
    )


def drop_visits(tx: Write, workspace_id: str, destination_id: str, limit: int) -> int:
    """How many went."""
    return tx.run(
        "delete from visits_to_tell where workspace_id = :workspace_id"
        " and destination_id = :destination_id and touch_id in (select touch_id from visits_to_tell"
        " where destination_id = :destination_id order by touch_id limit :limit)",
        {"workspace_id": workspace_id, "destination_id": destination_id, "limit": limit},
    )
