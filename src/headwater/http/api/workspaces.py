"""GET and PATCH /workspaces/{id}: the workspace of the key."""

from typing import Annotated, Any

import msgspec
from litestar import get, patch

from headwater import workspace
from headwater.http.api.common import Body
from headwater.http.auth import Caller
from headwater.kit.problems import not_found
from headwater.workspace import Workspace

Hostname = Annotated[str, msgspec.Meta(max_length=255)]


class WorkspaceBody(Body, kw_only=True, rename="camel"):
    allowed_hostnames: Annotated[list[Hostname], msgspec.Meta(max_length=100)] | None = None


@get("/workspaces/{workspace_id:str}", tags=["workspaces"], summary="The workspace of the key")
async def get_workspace(workspace_id: str, caller: Caller) -> dict[str, Any]:
    """`workspace_id` is its id or its slug."""
    _refuse_another(workspace_id, caller)
    found = await caller.app.db.read(workspace.workspace_by_id, caller.id)
    return workspace_object(found)


@patch("/workspaces/{workspace_id:str}", tags=["workspaces"], summary="Change the workspace")
async def update_workspace(
    workspace_id: str, data: WorkspaceBody, caller: Caller
) -> dict[str, Any]:
    """`allowedHostnames` replaces the list; an empty one lets pages of every host report."""
    _refuse_another(workspace_id, caller)
    if data.allowed_hostnames is None:
        return await get_workspace.fn(workspace_id, caller)  # type: ignore[no-any-return]
    names = data.allowed_hostnames
    changed = await caller.app.db.write(workspace.allow_hostnames, caller.id, names)
    caller.keys.forget()
    await caller.table.refresh()
    return workspace_object(changed)


def workspace_object(found: Workspace) -> dict[str, Any]:
    return {
        "id": found.id,
        "slug": found.slug,
        "name": found.slug,
        "currency": found.currency,
        "allowedHostnames": found.allowed_hostnames,
    }


def _refuse_another(workspace_id: str, caller: Caller) -> None:
    if workspace_id not in (caller.id, caller.workspace.slug):
        raise not_found("workspace", workspace_id, "id")
