"""Tags, and which link has which."""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.db import Read, Row, Write
from headwater.links.model import Tag


def _tag(row: Row) -> Tag:
    return Tag(id=row[0], name=row[1], color=row[2])


def tag(tx: Read, workspace_id: str, tag_id: str) -> Tag | None:
    row = tx.one(
        "select id, name, color from tags where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": tag_id},
    )
    return None if row is None else _tag(row)


def tags_by_name(tx: Read, workspace_id: str, folded: Sequence[str]) -> dict[str, Tag]:
    """By folded name; those there are."""
    rows = tx.all(
        "select id, name, color, name_folded from tags where workspace_id = :workspace_id"
        f" and name_folded in (select value->>0 from {tx.each})",
        {"workspace_id": workspace_id, "rows": _rows(folded)},
    )
    return {row[3]: _tag(row) for row in rows}


def tags_by_id(tx: Read, workspace_id: str, ids: Sequence[str]) -> dict[str, Tag]:
    rows = tx.all(
        "select id, name, color from tags where workspace_id = :workspace_id"
        f" and id in (select value->>0 from {tx.each})",
        {"workspace_id": workspace_id, "rows": _rows(ids)},
    )
    return {row[0]: _tag(row) for row in rows}


def tags(tx: Read, workspace_id: str, wanted: dict[str, Any], order: str) -> list[Tag]:
    """`wanted`: search (a pattern), ids (empty: all of them), limit, offset."""
    rows = tx.all(
        "select id, name, color from tags where workspace_id = :workspace_id"
        " and (cast(:search as text) is null or name_folded like :search escape '~')"
        f" and (:chosen = 0 or id in (select value->>0 from {tx.each}))"
        " order by case when :by_name = 1 and :falling = 0 then name_folded end,"
        " case when :by_name = 1 and :falling = 1 then name_folded end desc,"
        " case when :falling = 0 then id end, case when :falling = 1 then id end desc"
        " limit :limit offset :offset",
        {
            "workspace_id": workspace_id,
            "search": wanted["search"],
            "chosen": int(bool(wanted["ids"])),
            "rows": _rows(wanted["ids"]),
            "by_name": int(order.startswith("name")),
            "falling": int(order.endswith("desc")),
            "limit": wanted["limit"],
            "offset": wanted["offset"],
        },
    )
    return [_tag(row) for row in rows]


def insert_tag(tx: Write, workspace_id: str, tag: Tag, folded: str, now_us: int) -> bool:
    """False where the name is taken."""
    row = tx.one(
        "insert into tags (id, workspace_id, name, name_folded, color, created_at)"
        " values (:id, :workspace_id, :name, :name_folded, :color, :now)"
        " on conflict (workspace_id, name_folded) do nothing returning id",
        {
            "id": tag.id,
            "workspace_id": workspace_id,
            "name": tag.name,
            "name_folded": folded,
            "color": tag.color,
            "now": now_us,
        },
    )
    return row is not None


def update_tag(tx: Write, workspace_id: str, tag: Tag, folded: str) -> None:
    tx.run(
        "update tags set name = :name, name_folded = :name_folded, color = :color"
        " where workspace_id = :workspace_id and id = :id",
        {
            "workspace_id": workspace_id,
            "id": tag.id,
            "name": tag.name,
            "name_folded": folded,
            "color": tag.color,
        },
    )


def delete_tag(tx: Write, workspace_id: str, tag_id: str) -> None:
    tx.run(
        "delete from link_tags where workspace_id = :workspace_id and tag_id = :id",
        {"workspace_id": workspace_id, "id": tag_id},
    )
    tx.run(
        "delete from tags where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": tag_id},
    )


def set_tags(tx: Write, workspace_id: str, link_number: int, tag_ids: Sequence[str]) -> None:
    """In the order given; those the link had before are gone."""
    tx.run(
        "delete from link_tags where workspace_id = :workspace_id and link_number = :number",
        {"workspace_id": workspace_id, "number": link_number},
    )
    tx.many(
        "insert into link_tags (link_number, tag_id, workspace_id, position)"
        " values (:number, :tag_id, :workspace_id, :position)",
        [
            {
                "number": link_number,
                "tag_id": tag_id,
                "workspace_id": workspace_id,
                "position": position,
            }
            for position, tag_id in enumerate(tag_ids)
        ],
    )


def _rows(values: Sequence[str]) -> str:
    return msgspec.json.encode([[value] for value in values]).decode()
