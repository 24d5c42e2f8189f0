"""Tags: GET and POST /tags, PATCH, PUT and DELETE /tags/{id}."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, patch, post, put
from litestar.params import Parameter, QueryParameter

from headwater import links
from headwater.db import Read
from headwater.http.api.common import Body, HttpRequest, Page, PageSize, offset, write_once
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.api.link_fields import split
from headwater.http.auth import Caller
from headwater.kit.problems import invalid
from headwater.links import Tag
from headwater.shapes import tag_object

Color = Literal["red", "yellow", "green", "blue", "purple", "brown", "gray", "pink"]
TagName = Annotated[str, msgspec.Meta(max_length=190)]
SortBy = Annotated[Literal["name", "createdAt"], QueryParameter(name="sortBy")]
SortOrder = Annotated[Literal["asc", "desc"], QueryParameter(name="sortOrder")]


class TagBody(Body, kw_only=True):
    """`tag` is an older name of `name`, and wins."""

    name: TagName | None = None
    tag: TagName | None = None
    color: Color | None = None


@get("/tags", tags=["tags"], summary="List tags")
async def list_tags(
    request: HttpRequest,
    caller: Caller,
    page: Page = 1,
    page_size: PageSize = 100,
    search: Annotated[str | None, Parameter(max_length=255)] = None,
    ids: Annotated[str | None, Parameter(max_length=25_000)] = None,
    sort_by: SortBy = "name",
    sort_order: SortOrder = "asc",
) -> list[dict[str, str]]:
    refuse_unknown_filters(request)
    order, start = f"{sort_by} {sort_order}", offset(page, page_size)
    found = await caller.app.db.read(
        links.list_tags, caller.id, search, split(ids), order, page_size, start
    )
    return [tag_object(tag) for tag in found]


@post("/tags", tags=["tags"], summary="Create a tag")
async def create_tag(data: TagBody, request: HttpRequest, caller: Caller) -> dict[str, str]:
    """Names are unique, without regard to case. Without `color` it gets one by chance."""
    name = data.tag or data.name
    if not name:
        raise invalid("name", "A tag needs a name.")
    ctx = caller.context()

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Tag:
        return links.tag_by_id(tx, workspace_id, reference[1])

    tag = await write_once(
        caller.app,
        request,
        ctx,
        lambda tx: links.create_tag(tx, ctx, name, data.color),
        lambda made: ("tag", made.id),
        load,
    )
    return tag_object(tag)


async def _changed(caller: Caller, tag_id: str, data: TagBody) -> dict[str, str]:
    given: dict[str, Any] = {"name": data.tag or data.name, "color": data.color}
    changes = {name: value for name, value in given.items() if value is not None}
    ctx = caller.context()
    return tag_object(await caller.app.db.write(links.update_tag, ctx, tag_id, changes))


@patch("/tags/{tag_id:str}", tags=["tags"], summary="Change a tag")
async def update_tag(tag_id: str, data: TagBody, caller: Caller) -> dict[str, str]:
    return await _changed(caller, tag_id, data)


@put("/tags/{tag_id:str}", tags=["tags"], summary="Change a tag (older name of PATCH)")
async def replace_tag(tag_id: str, data: TagBody, caller: Caller) -> dict[str, str]:
    return await _changed(caller, tag_id, data)


@delete("/tags/{tag_id:str}", tags=["tags"], summary="Delete a tag", status_code=200)
async def delete_tag(tag_id: str, caller: Caller) -> dict[str, str]:
    """Links that had it stay."""
    await caller.app.db.write(links.delete_tag, caller.context(), tag_id)
    return {"id": tag_id}
