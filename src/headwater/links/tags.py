"""What people do with tags, and which tags a link is given."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from headwater.db import Read, Write
from headwater.kit.context import Context
from headwater.kit.problems import Problem, conflict, invalid, not_found
from headwater.links import list_sql, tag_sql
from headwater.links.model import Tag

NAME_MAX = 190
PINK = "pink"  # never by chance
COLORS = ("red", "yellow", "green", "blue", "purple", "brown", "gray")


def create_tag(tx: Write, ctx: Context, name: str, color: str | None) -> Tag:
    """Without a color it gets one by chance."""
    name = one_line(name)
    chance = int.from_bytes(ctx.entropy.bytes(8), "big")
    color = color or COLORS[chance % len(COLORS)]
    tag = Tag(id=ctx.new_id("tag_"), name=name, color=color)
    if not tag_sql.insert_tag(tx, ctx.workspace_id, tag, folded(name), ctx.now_us):
        raise taken("tag", name)
    return tag


def bring_tag(tx: Write, ctx: Context, tag: Tag) -> tuple[Tag, bool]:
    """As it was elsewhere, and True; the one of that id or name that is there, and False."""
    name = one_line(tag.name)
    known = tag_sql.tag(tx, ctx.workspace_id, tag.id)
    known = known or tag_sql.tags_by_name(tx, ctx.workspace_id, [folded(name)]).get(folded(name))
    if known is not None:
        return known, False
    if tag.color not in (*COLORS, PINK):
        raise invalid("color", f"A tag is {', '.join(COLORS)} or {PINK}.")
    tag_sql.insert_tag(tx, ctx.workspace_id, tag, folded(name), ctx.now_us)
    return tag, True


def update_tag(tx: Write, ctx: Context, tag_id: str, changes: dict[str, Any]) -> Tag:
    tx.lock(f"tag:{ctx.workspace_id}:{tag_id}")
    before = tag_by_id(tx, ctx.workspace_id, tag_id)
    after = replace(before, **changes)
    after = replace(after, name=one_line(after.name))
    if after == before:
        return before
    other = tag_sql.tags_by_name(tx, ctx.workspace_id, [folded(after.name)])
    if any(each.id != tag_id for each in other.values()):
        raise taken("tag", after.name)
    tag_sql.update_tag(tx, ctx.workspace_id, after, folded(after.name))
    return after


def delete_tag(tx: Write, ctx: Context, tag_id: str) -> None:
    """Links that had it stay."""
    tag_by_id(tx, ctx.workspace_id, tag_id)
    tag_sql.delete_tag(tx, ctx.workspace_id, tag_id)


def tag_by_id(tx: Read, workspace_id: str, tag_id: str) -> Tag:
    found = tag_sql.tag(tx, workspace_id, tag_id)
    if found is None:
        raise not_found("tag", tag_id, "id")
    return found


def list_tags(
    tx: Read, workspace_id: str, search: str | None, ids: Sequence[str], order: str,
    limit: int, offset: int,
) -> list[Tag]:  # fmt: skip
    """`order` is `name` or `createdAt` with `asc` or `desc`; no `ids` are all tags."""
    pattern = list_sql.like_pattern(search)
    wanted = {"search": pattern, "ids": ids, "limit": limit, "offset": offset}
    return tag_sql.tags(tx, workspace_id, wanted, order)


def tags_named(
    tx: Read, workspace_id: str, ids: Sequence[str], names: Sequence[str]
) -> tuple[str, ...]:
    """Ids in the order given, each once; names only where no id is given. Refuses unknown ones."""
    if ids:
        there = tag_sql.tags_by_id(tx, workspace_id, ids)
        _refuse_missing("tagIds", [each for each in ids if each not in there])
        return tuple(dict.fromkeys(ids))
    if not names:
        return ()
    known = tag_sql.tags_by_name(tx, workspace_id, [folded(name) for name in names])
    _refuse_missing("tagNames", [name for name in names if folded(name) not in known])
    return tuple(dict.fromkeys(known[folded(name)].id for name in names))


def tags_to_filter_by(
    tx: Read, workspace_id: str, ids: Sequence[str], names: Sequence[str]
) -> list[str]:
    """Ids of both; a name nobody gave a tag matches no link."""
    known = tag_sql.tags_by_name(tx, workspace_id, [folded(name) for name in names])
    return [*ids, *(tag.id for tag in known.values())]


def folded(name: str) -> str:
    """Names are taken without regard to case."""
    return name.strip().lower()


def one_line(name: str) -> str:
    """Trimmed; refuses what is empty, too long or has line breaks."""
    name = name.strip()
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable():
        raise invalid("name", f"A name has 1..{NAME_MAX} characters on one line.")
    return name


def taken(what: str, name: str) -> Problem:
    return conflict(f"There is a {what} {name!r} already. Choose another name.", "name")


def _refuse_missing(field: str, missing: list[str]) -> None:
    if missing:
        raise invalid(
            field,
            f"There is no tag {missing[0]!r} in this workspace. Make it first (POST /tags).",
        )
