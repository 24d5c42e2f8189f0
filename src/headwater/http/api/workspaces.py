"""GET and PATCH /workspaces/{id}: the workspace of the key."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import get, patch
from msgspec import UNSET, UnsetType

from headwater import workspace
from headwater.db import Read, Write
from headwater.http.api.common import Body
from headwater.http.auth import Caller
from headwater.kit.problems import not_found
from headwater.workspace import TagSettings, Workspace

Parameter = Annotated[str, msgspec.Meta(max_length=100)]
Hostname = Annotated[str, msgspec.Meta(max_length=255)]


class TagBody(Body, kw_only=True, rename="camel"):
    """What is left out stays as it is."""

    consent_default: Literal["granted", "denied", "unknown"] | UnsetType = UNSET
    partner_params: Annotated[list[Parameter], msgspec.Meta(max_length=100)] | UnsetType = UNSET
    outbound: Annotated[list[Hostname], msgspec.Meta(max_length=100)] | UnsetType = UNSET
    providers: dict[str, dict[str, Any]] | UnsetType = UNSET
    ignore_referrers: Annotated[list[Hostname], msgspec.Meta(max_length=100)] | UnsetType = UNSET
    referrals: bool | UnsetType = UNSET


class WorkspaceBody(Body, kw_only=True, rename="camel"):
    tag: TagBody | None = None
    allowed_hostnames: Annotated[list[Hostname], msgspec.Meta(max_length=100)] | None = None


@get("/workspaces/{workspace_id:str}", tags=["workspaces"], summary="The workspace of the key")
async def get_workspace(workspace_id: str, caller: Caller) -> dict[str, Any]:
    """`workspace_id` is its id or its slug."""
    _refuse_another(workspace_id, caller)
    return await caller.app.db.read(_shown, caller.id)


@patch("/workspaces/{workspace_id:str}", tags=["workspaces"], summary="Change the workspace")
async def update_workspace(
    workspace_id: str, data: WorkspaceBody, caller: Caller
) -> dict[str, Any]:
    """`allowedHostnames` replaces the list; an empty one lets pages of every host report. Of `tag`
    what is named is replaced.
    """
    _refuse_another(workspace_id, caller)

    def run(tx: Write) -> dict[str, Any]:
        if data.allowed_hostnames is not None:
            workspace.allow_hostnames(tx, caller.id, data.allowed_hostnames)
        if data.tag is not None:
            given = msgspec.structs.asdict(data.tag).items()
            changes = {name: value for name, value in given if value is not UNSET}
            workspace.change_tag(tx, caller.id, changes)
        return _shown(tx, caller.id)

    shown = await caller.app.db.write(run)
    caller.keys.forget()
    await caller.table.refresh()
    return shown


def _shown(tx: Read, workspace_id: str) -> dict[str, Any]:
    found = workspace.workspace_by_id(tx, workspace_id)
    return workspace_object(found, workspace.tag_settings(tx, workspace_id))


def workspace_object(found: Workspace, tag: TagSettings) -> dict[str, Any]:
    return {
        "id": found.id,
        "slug": found.slug,
        "name": found.slug,
        "currency": found.currency,
        "allowedHostnames": found.allowed_hostnames,
        "sandbox": found.sandbox,
        "tag": tag,
    }


def _refuse_another(workspace_id: str, caller: Caller) -> None:
    if workspace_id not in (caller.id, caller.workspace.slug):
        raise not_found("workspace", workspace_id, "id")
