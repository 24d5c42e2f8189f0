"""Finding many links, and counting them."""

from typing import Any

from headwater.db import Read
from headwater.kit.problems import invalid
from headwater.links import list_sql, sql
from headwater.links.model import Link, LinkFilter
from headwater.links.tags import tags_to_filter_by


def page(tx: Read, workspace_id: str, wanted: LinkFilter) -> list[Link]:
    """Newest first. A cursor must be the id of a link, which may be deleted by now."""
    for field, cursor in (
        ("startingAfter", wanted.starting_after),
        ("endingBefore", wanted.ending_before),
    ):
        if cursor is not None and sql.by_id(tx, workspace_id, cursor) is None:
            raise invalid(field, f"There is no link {cursor!r} to continue from. Give an id.")
    return list_sql.page(tx, workspace_id, wanted, _tags(tx, workspace_id, wanted))


def total(tx: Read, workspace_id: str, wanted: LinkFilter) -> int:
    return list_sql.total(tx, workspace_id, wanted, _tags(tx, workspace_id, wanted))


def totals(tx: Read, workspace_id: str, wanted: LinkFilter, by: str) -> list[tuple[Any, int]]:
    """(value, links), most first; `by` is domain, folderId or tagId."""
    tags = _tags(tx, workspace_id, wanted)
    if by == "domain":
        return [*list_sql.by_domain(tx, workspace_id, wanted, tags)]
    if by == "folderId":
        return [*list_sql.by_folder(tx, workspace_id, wanted, tags)]
    return [*list_sql.by_tag(tx, workspace_id, wanted, tags)]


def _tags(tx: Read, workspace_id: str, wanted: LinkFilter) -> list[str]:
    if not wanted.by_tags:
        return []
    return tags_to_filter_by(tx, workspace_id, wanted.tag_ids, wanted.tag_names)
