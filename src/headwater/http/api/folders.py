"""Folders: GET and POST /folders, GET, PATCH and DELETE /folders/{id}."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, patch, post
from litestar.params import Parameter, QueryParameter
from msgspec import UNSET, UnsetType

from headwater import links
from headwater.db import Read
from headwater.http.api.common import Body, HttpRequest, Name, Page, offset, write_once
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.auth import Caller
from headwater.links import Folder, FolderDraft
from headwater.shapes import folder_object

Description = Annotated[str, msgspec.Meta(max_length=500)]
Access = Literal["write", "read"]
FewPerPage = Annotated[int, QueryParameter(name="pageSize", ge=1, le=50)]


class NewFolder(Body, kw_only=True, rename="camel"):
    name: Name
    description: Description | None = None
    access_level: Access | UnsetType | None = UNSET


class FolderChanges(Body, kw_only=True, rename="camel"):
    """What is left out stays as it is."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    access_level: Access | UnsetType | None = UNSET


@get("/folders", tags=["folders"], summary="List folders by name")
async def list_folders(
    request: HttpRequest,
    caller: Caller,
    page: Page = 1,
    page_size: FewPerPage = 50,
    search: Annotated[str | None, Parameter(max_length=255)] = None,
) -> list[dict[str, Any]]:
    refuse_unknown_filters(request)
    start = offset(page, page_size)
    found = await caller.app.db.read(links.list_folders, caller.id, search, page_size, start)
    return [folder_object(folder) for folder in found]


@post("/folders", tags=["folders"], summary="Create a folder")
async def create_folder(data: NewFolder, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """Names are unique, without regard to case. `accessLevel` is kept and not enforced: a key opens
    the whole workspace.
    """
    ctx = caller.context()
    access_level = "write" if data.access_level is UNSET else data.access_level
    draft = FolderDraft(name=data.name, description=data.description, access_level=access_level)

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Folder:
        return links.folder_by_id(tx, workspace_id, reference[1])

    folder = await write_once(
        caller.app,
        request,
        ctx,
        lambda tx: links.create_folder(tx, ctx, draft),
        lambda made: ("folder", made.id),
        load,
    )
    return folder_object(folder)


@get("/folders/{folder_id:str}", tags=["folders"], summary="Get a folder")
async def get_folder(folder_id: str, caller: Caller) -> dict[str, Any]:
    return folder_object(await caller.app.db.read(links.folder_by_id, caller.id, folder_id))


@patch("/folders/{folder_id:str}", tags=["folders"], summary="Change a folder")
async def update_folder(folder_id: str, data: FolderChanges, caller: Caller) -> dict[str, Any]:
    given = msgspec.structs.asdict(data)
    changes = {name: value for name, value in given.items() if value is not UNSET}
    ctx = caller.context()
    return folder_object(await caller.app.db.write(links.update_folder, ctx, folder_id, changes))


@delete("/folders/{folder_id:str}", tags=["folders"], summary="Delete a folder", status_code=200)
async def delete_folder(folder_id: str, caller: Caller) -> dict[str, str]:
    """Its links stay, in no folder."""
    await caller.app.db.write(links.delete_folder, caller.context(), folder_id)
    return {"id": folder_id}
