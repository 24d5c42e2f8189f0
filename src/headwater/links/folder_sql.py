"""Folders, and what is left of one that goes."""

from collections.abc import Sequence
from typing import Any

from headwater.db import Read, Row, Write, one_column
from headwater.links.model import Folder


def _folder(row: Row) -> Folder:
    return Folder(
        id=row[0],
        name=row[1],
        description=row[2],
        access_level=row[3],
        created_at=row[4],
        updated_at=row[5],
    )


def folder(tx: Read, workspace_id: str, folder_id: str) -> Folder | None:
    row = tx.one(
        "select id, name, description, access_level, created_at, updated_at from folders"
        " where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": folder_id},
    )
    return None if row is None else _folder(row)


def known_folders(tx: Read, workspace_id: str, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that name a folder."""
    rows = tx.all(
        "select id from folders where workspace_id = :workspace_id"
        f" and id in (select value->>0 from {tx.each})",
        {
            "workspace_id": workspace_id,
            "rows": one_column(ids),
        },
    )
    return {str(row[0]) for row in rows}


def folder_by_name(tx: Read, workspace_id: str, folded: str) -> Folder | None:
    row = tx.one(
        "select id, name, description, access_level, created_at, updated_at from folders"
        " where workspace_id = :workspace_id and name_folded = :folded",
        {"workspace_id": workspace_id, "folded": folded},
    )
    return None if row is None else _folder(row)


def folders(
    tx: Read, workspace_id: str, search: str | None, limit: int, offset: int
) -> list[Folder]:
    """By name; `search` is a pattern."""
    rows = tx.all(
        "select id, name, description, access_level, created_at, updated_at from folders"
        " where workspace_id = :workspace_id"
        " and (cast(:search as text) is null or name_folded like :search escape '~')"
        " order by name_folded, id limit :limit offset :offset",
        {"workspace_id": workspace_id, "search": search, "limit": limit, "offset": offset},
    )
    return [_folder(row) for row in rows]


def insert_folder(tx: Write, workspace_id: str, values: dict[str, Any]) -> bool:
    """False where the name is taken."""
    row = tx.one(
        "insert into folders (id, workspace_id, name, name_folded, description, access_level,"
        " created_at, updated_at) values (:id, :workspace_id, :name, :name_folded, :description,"
        " :access_level, :created_at, :updated_at)"
        " on conflict (workspace_id, name_folded) do nothing returning id",
        {"workspace_id": workspace_id, **values},
    )
    return row is not None


def update_folder(tx: Write, workspace_id: str, values: dict[str, Any]) -> None:
    tx.run(
        "update folders set name = :name, name_folded = :name_folded, description = :description,"
        " access_level = :access_level, updated_at = :now"
        " where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, **values},
    )


def delete_folder(tx: Write, workspace_id: str, folder_id: str, now_us: int) -> None:
    """Its links stay, in no folder."""
    tx.run(
        "update links set folder_id = null, updated_at = :now"
        " where workspace_id = :workspace_id and folder_id = :id",
        {"workspace_id": workspace_id, "id": folder_id, "now": now_us},
    )
    tx.run(
        "delete from folders where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": folder_id},
    )
