"""Clicks another server made the ids of, and clicks one after the other."""

from collections.abc import Sequence

import msgspec

from headwater.attribution.click_ids import ClickRef
from headwater.attribution.model import Click, StoredClick
from headwater.attribution.sql import CLICK, click_of
from headwater.db import Read, Write, one_column


def insert_imported(
    tx: Write, workspace_id: str, refs: Sequence[tuple[str, int, int, int]]
) -> None:
    """(click id, link number, hour, visitor) of each."""
    tx.run(
        "insert into imported_clicks (workspace_id, click_id, link_number, hour, visitor)"
        " select :workspace_id, value->>0, cast(value->>1 as bigint), cast(value->>2 as bigint),"
        f" cast(value->>3 as bigint) from {tx.each}",
        {"workspace_id": workspace_id, "rows": msgspec.json.encode(refs).decode()},
    )


def imported_ids(tx: Read, workspace_id: str, click_ids: Sequence[str]) -> set[str]:
    """Those of the ids that were imported before."""
    rows = tx.all(
        "select click_id from imported_clicks where workspace_id = :workspace_id"
        f" and click_id in (select value->>0 from {tx.each})",
        {
            "workspace_id": workspace_id,
            "rows": one_column(click_ids),
        },
    )
    return {str(row[0]) for row in rows}


def imported_refs(tx: Read, workspace_id: str, click_ids: Sequence[str]) -> list[ClickRef]:
    rows = tx.all(
        "select link_number, hour, visitor from imported_clicks"
        " where workspace_id = :workspace_id"
        f" and click_id in (select value->>0 from {tx.each})",
        {
            "workspace_id": workspace_id,
            "rows": one_column(click_ids),
        },
    )
    return [ClickRef(int(row[0]), int(row[1]), int(row[2])) for row in rows]


def clicks_after(
    tx: Read, workspace_id: str, after: ClickRef, limit: int
) -> list[tuple[ClickRef, StoredClick]]:
    """In order of link and hour."""
    rows = tx.all(
        f"select hour, visitor, counted, {CLICK} from clicks"
        " where workspace_id = :workspace_id"
        " and (link_number, hour, visitor) > (:link_number, :hour, :visitor)"
        " order by link_number, hour, visitor limit :limit",
        {
            "workspace_id": workspace_id,
            "link_number": after.link_number,
            "hour": after.hour,
            "visitor": after.visitor,
            "limit": limit,
        },
    )
    return [_stored(row[0], row[1], bool(row[2]), click_of(row[3:])) for row in rows]


def _stored(hour: int, visitor: int, counted: bool, click: Click) -> tuple[ClickRef, StoredClick]:
    return ClickRef(click.link_number, hour, visitor), StoredClick(click=click, counted=counted)
