"""Lists and counts of living links, by the filters of `LinkFilter`."""

from typing import Any

from headwater import db
from headwater.db import Read, one_column
from headwater.links.model import UNSORTED, Link, LinkFilter
from headwater.links.sql import COLUMNS, FROM, link_of

_LIVING = " where l.workspace_id = :workspace_id and l.deleted_at is null"


def _matching(tx: Read, wanted: LinkFilter) -> str:
    """Only what is asked for: a condition that may be empty keeps an index from being used."""
    asked = {
        " and l.host = :domain": wanted.domain is not None,
        " and l.tenant_id = :tenant_id": wanted.tenant_id is not None,
        " and (lower(l.host || '/' || l.key) like :search escape '~'"
        " or lower(l.url) like :search escape '~')": wanted.search is not None,
        " and l.archived = 0": not wanted.show_archived,
        " and l.folder_id is null": wanted.folder_id == UNSORTED,
        " and l.folder_id = :folder_id": wanted.folder_id not in (None, UNSORTED),
        " and exists (select 1 from link_tags m where m.link_number = l.number"
        f" and m.tag_id in (select value->>0 from {tx.each}))": wanted.by_tags,
        " and l.id < :after": wanted.starting_after is not None,
        " and l.id > :before": wanted.ending_before is not None,
    }
    return "".join(condition for condition, wants in asked.items() if wants)


def page(tx: Read, workspace_id: str, wanted: LinkFilter, tag_ids: list[str]) -> list[Link]:
    """Newest first; ids sort by time, so a cursor is an id."""
    direction = "asc" if wanted.ending_before else "desc"
    rows = tx.all(
        f"select {COLUMNS}{FROM}{_LIVING}{_matching(tx, wanted)}"
        f" order by l.id {direction} limit :limit offset :offset",
        _params(workspace_id, wanted, tag_ids) | {"limit": wanted.limit, "offset": wanted.offset},
    )
    found = [link_of(row) for row in rows]
    return found[::-1] if wanted.ending_before else found


def total(tx: Read, workspace_id: str, wanted: LinkFilter, tag_ids: list[str]) -> int:
    row = tx.one(
        f"select count(*) from links l{_LIVING}{_matching(tx, wanted)}",
        _params(workspace_id, wanted, tag_ids),
    )
    assert row is not None
    return int(row[0])


def by_domain(
    tx: Read, workspace_id: str, wanted: LinkFilter, tag_ids: list[str]
) -> list[tuple[str, int]]:
    """(domain, links), most first."""
    rows = tx.all(
        f"select l.host, count(*) from links l{_LIVING}{_matching(tx, wanted)}"
        " group by l.host order by count(*) desc, l.host",
        _params(workspace_id, wanted, tag_ids),
    )
    return [(row[0], row[1]) for row in rows]


def by_folder(
    tx: Read, workspace_id: str, wanted: LinkFilter, tag_ids: list[str]
) -> list[tuple[str | None, int]]:
    """(folder id, links), most first; None stands for links in no folder."""
    rows = tx.all(
        f"select l.folder_id, count(*) from links l{_LIVING}{_matching(tx, wanted)}"
        " group by l.folder_id order by count(*) desc, l.folder_id",
        _params(workspace_id, wanted, tag_ids),
    )
    return [(row[0], row[1]) for row in rows]


def by_tag(
    tx: Read, workspace_id: str, wanted: LinkFilter, tag_ids: list[str]
) -> list[tuple[str, int]]:
    """(tag id, links), most first; a link counts under each of its tags."""
    rows = tx.all(
        "select g.tag_id, count(*) from links l join link_tags g on g.link_number = l.number"
        f"{_LIVING}{_matching(tx, wanted)} group by g.tag_id order by count(*) desc, g.tag_id",
        _params(workspace_id, wanted, tag_ids),
    )
    return [(row[0], row[1]) for row in rows]


def _params(workspace_id: str, wanted: LinkFilter, tag_ids: list[str]) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id,
        "domain": wanted.domain,
        "tenant_id": wanted.tenant_id,
        "search": like_pattern(wanted.search),
        "folder_id": wanted.folder_id,
        "after": wanted.starting_after,
        "before": wanted.ending_before,
        "rows": one_column(tag_ids),
    }


def like_pattern(text: str | None) -> str | None:
    """In lower case, as the columns are compared; None where nothing is searched for."""
    return None if text is None else db.like_pattern(text.lower())


def all_after(tx: Read, workspace_id: str, number: int, limit: int) -> list[Link]:
    """In the order they were made, with those that were deleted."""
    rows = tx.all(
        f"select {COLUMNS}{FROM} where l.workspace_id = :workspace_id and l.number > :number"
        " order by l.number limit :limit",
        {"workspace_id": workspace_id, "number": number, "limit": limit},
    )
    return [link_of(row) for row in rows]
