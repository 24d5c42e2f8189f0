"""What people do with folders."""

from dataclasses import dataclass

from headwater.db import Read, Write
from headwater.kit.context import Context
from headwater.kit.problems import not_found
from headwater.links import folder_sql, list_sql
from headwater.links.model import Folder
from headwater.links.tags import folded, one_line, taken


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderDraft:
    name: str
    description: str | None = None
    access_level: str | None = "write"


def create_folder(tx: Write, ctx: Context, draft: FolderDraft) -> Folder:
    folder_id = ctx.new_id("fold_")
    values = _values(ctx, folder_id, draft)
    values |= {"created_at": ctx.now_us, "updated_at": ctx.now_us}
    if not folder_sql.insert_folder(tx, ctx.workspace_id, values):
        raise taken("folder", draft.name)
    return folder_by_id(tx, ctx.workspace_id, folder_id)


def bring_folder(tx: Write, ctx: Context, folder: Folder) -> tuple[Folder, bool]:
    """As it was elsewhere, and True; the one of that id or name that is there, and False."""
    known = folder_sql.folder(tx, ctx.workspace_id, folder.id)
    known = known or folder_sql.folder_by_name(tx, ctx.workspace_id, folded(folder.name))
    if known is not None:
        return known, False
    draft = FolderDraft(
        name=folder.name, description=folder.description, access_level=folder.access_level
    )
    values = _values(ctx, folder.id, draft)
    values |= {"created_at": folder.created_at, "updated_at": folder.updated_at}
    folder_sql.insert_folder(tx, ctx.workspace_id, values)
    return folder_by_id(tx, ctx.workspace_id, folder.id), True


def update_folder(
    tx: Write, ctx: Context, folder_id: str, changes: dict[str, str | None]
) -> Folder:
    """Only what `changes` names (fields of `FolderDraft`) is changed."""
    tx.lock(f"folder:{ctx.workspace_id}:{folder_id}")
    before = folder_by_id(tx, ctx.workspace_id, folder_id)
    old: dict[str, str | None] = {
        "name": before.name,
        "description": before.description,
        "access_level": before.access_level,
    }
    new = old | changes
    if new == old:
        return before
    draft = FolderDraft(
        name=new["name"] or "", description=new["description"], access_level=new["access_level"]
    )
    values = _values(ctx, folder_id, draft)
    other = folder_sql.folder_by_name(tx, ctx.workspace_id, folded(draft.name))
    if other is not None and other.id != folder_id:
        raise taken("folder", draft.name)
    folder_sql.update_folder(tx, ctx.workspace_id, values)
    return folder_by_id(tx, ctx.workspace_id, folder_id)


def delete_folder(tx: Write, ctx: Context, folder_id: str) -> None:
    """Its links stay, in no folder."""
    folder_by_id(tx, ctx.workspace_id, folder_id)
    folder_sql.delete_folder(tx, ctx.workspace_id, folder_id, ctx.now_us)


def folder_by_id(tx: Read, workspace_id: str, folder_id: str) -> Folder:
    found = folder_sql.folder(tx, workspace_id, folder_id)
    if found is None:
        raise not_found("folder", folder_id, "id")
    return found


def list_folders(
    tx: Read, workspace_id: str, search: str | None, limit: int, offset: int
) -> list[Folder]:
    pattern = list_sql.like_pattern(search)
    return folder_sql.folders(tx, workspace_id, pattern, limit, offset)


def _values(ctx: Context, folder_id: str, draft: FolderDraft) -> dict[str, str | int | None]:
    name = one_line(draft.name)
    return {
        "id": folder_id,
        "name": name,
        "name_folded": folded(name),
        "description": draft.description,
        "access_level": draft.access_level,
        "now": ctx.now_us,
    }
