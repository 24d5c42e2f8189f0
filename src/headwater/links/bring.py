"""A link as it was elsewhere: with its id and its times, and no other key."""

from dataclasses import dataclass, replace
from typing import Any

from headwater.db import Write
from headwater.kit.context import Context
from headwater.kit.problems import conflict
from headwater.links import folder_sql, rules, sql, tag_sql
from headwater.links.actions import checked, columns, owner, settled
from headwater.links.model import NO_FEATURES, ROOT, ClickDelta, Link, LinkDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class CameLink:
    id: str
    draft: LinkDraft
    created_at: int
    updated_at: int
    last_clicked: int | None
    deleted_at: int | None


def bring_link(tx: Write, ctx: Context, came: CameLink) -> bool:
    """False where it is there already. Refuses what a new link is refused for, a taken key first of
    all, before anything is written.
    """
    if sql.by_id(tx, ctx.workspace_id, came.id) is not None:
        return False
    draft = settled(tx, ctx, came.draft)
    values = _deleted(tx, ctx, draft) if came.deleted_at else checked(tx, ctx, draft)
    key = rules.checked_key(draft.key or "")
    values |= {
        "id": came.id,
        "key": key,
        "key_folded": rules.key_folded(key),
        "created_at": came.created_at,
        "updated_at": came.updated_at,
        "deleted_at": came.deleted_at,
    }
    if came.deleted_at is None:
        _make_room(tx, ctx, values)
    number = sql.insert(tx, ctx.workspace_id, values)
    assert number is not None
    if draft.tag_ids:
        tag_sql.set_tags(tx, ctx.workspace_id, number, draft.tag_ids)
    if came.last_clicked is not None:
        sql.add_clicks(tx, [ClickDelta(number, 0, 0, came.last_clicked)])
    return True


def _deleted(tx: Write, ctx: Context, draft: LinkDraft) -> dict[str, Any]:
    """Facts speak of it, nobody visits it: its domain and folder may be gone."""
    program_id, partner_id = owner(tx, ctx, draft)
    folder_id = draft.folder_id
    if folder_id and folder_sql.folder(tx, ctx.workspace_id, folder_id) is None:
        draft = replace(draft, folder_id=None)
    return columns(draft, rules.host_name(draft.domain or ""), program_id, partner_id)


def _make_room(tx: Write, ctx: Context, values: dict[str, Any]) -> None:
    """A root link that leads nowhere yet gives way; any other link keeps its key."""
    there = sql.by_key(tx, ctx.workspace_id, values["host"], values["key_folded"])
    if there is None:
        return
    if there.key != ROOT or not _says_nothing(there):
        raise conflict(
            f"{values['host']}/{values['key']} is link {there.id} here. Give one of the two"
            " another key.",
            "key",
        )
    sql.delete(tx, ctx.workspace_id, there.id, ctx.now_us)


def _says_nothing(link: Link) -> bool:
    return not link.url and link.features == NO_FEATURES
