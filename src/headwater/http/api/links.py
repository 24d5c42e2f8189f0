"""One link: POST /links, GET, PATCH, PUT and DELETE /links/{id}, GET /links/info, PUT upsert; GET
/links/exists and /links/random for whoever chooses a key.
"""

from typing import Annotated, Any

import msgspec
from litestar import MediaType, Response, delete, get, patch, post, put
from litestar.params import Parameter, QueryParameter

from headwater import links
from headwater.db import Read, Write
from headwater.delivery import Event
from headwater.http.api.common import HttpRequest, write_once
from headwater.http.api.link_fields import LinkChanges, NewLink, UpsertedLink
from headwater.http.api.refunds import with_slashes
from headwater.http.auth import Caller
from headwater.kit.problems import Code, Problem
from headwater.links import Link
from headwater.messages import tell_links
from headwater.shapes import link_object


@post("/links", tags=["links"], summary="Create a link", status_code=200)
async def create_link(data: NewLink, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """`key` is 7 random characters unless given; the domain defaults to the workspace's primary."""
    ctx = caller.context()
    draft = links.drafted(data.fields())

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Link:
        return links.ever(tx, workspace_id, reference[1])

    def script(tx: Write) -> Link:
        made = links.create(tx, ctx, draft)
        tell_links(tx, ctx, Event.LINK_CREATED, [made], caller.api_url)
        return made

    link = await write_once(
        caller.app,
        request,
        ctx,
        script,
        lambda made: ("link", made.id),
        load,
    )
    return shown(caller, link)


async def _changed(caller: Caller, link_id: str, data: LinkChanges) -> dict[str, Any]:
    ctx = caller.context()
    reference, changes = with_slashes(link_id), data.fields()

    def script(tx: Write) -> tuple[Link, Link]:
        before = links.by_reference(tx, caller.id, reference)
        after = links.update(tx, ctx, reference, changes)
        if after != before:
            tell_links(tx, ctx, Event.LINK_UPDATED, [after], caller.api_url)
        return before, after

    before, link = await caller.app.db.write(script)
    caller.table.forget(before.host, before.key)
    return shown(caller, link)


@patch("/links/{link_id:str}", tags=["links"], summary="Change a link")
async def update_link(link_id: str, data: LinkChanges, caller: Caller) -> dict[str, Any]:
    """`link_id` is an id or `ext_<externalId>`; fields left out stay as they are."""
    return await _changed(caller, link_id, data)


@put("/links/{link_id:str}", tags=["links"], summary="Change a link (older name of PATCH)")
async def replace_link(link_id: str, data: LinkChanges, caller: Caller) -> dict[str, Any]:
    """As PATCH: fields left out stay as they are."""
    return await _changed(caller, link_id, data)


@put("/links/upsert", tags=["links"], summary="Change the link that leads to a URL, or create it")
async def upsert_link(data: UpsertedLink, caller: Caller) -> dict[str, Any]:
    """The first link with exactly this `url`; where there is none, a new one."""
    ctx = caller.context()
    changes = data.fields()

    def script(tx: Write) -> tuple[Link | None, Link]:
        before, link = links.upsert(tx, ctx, changes)
        if before is None:
            tell_links(tx, ctx, Event.LINK_CREATED, [link], caller.api_url)
        elif before != link:
            tell_links(tx, ctx, Event.LINK_UPDATED, [link], caller.api_url)
        return before, link

    before, link = await caller.app.db.write(script)
    if before is not None:
        caller.table.forget(before.host, before.key)
    return shown(caller, link)


@delete("/links/{link_id:str}", tags=["links"], summary="Delete a link", status_code=200)
async def delete_link(link_id: str, caller: Caller) -> dict[str, Any]:
    """It redirects nobody from now on; what happened through it stays, and conversions of earlier
    clicks are credited as before.
    """
    ctx = caller.context()

    def script(tx: Write) -> Link:
        link = links.delete(tx, ctx, with_slashes(link_id))
        tell_links(tx, ctx, Event.LINK_DELETED, [link], caller.api_url)
        return link

    link = await caller.app.db.write(script)
    caller.table.forget(link.host, link.key)
    return {"id": link.id}


@get("/links/info", tags=["links"], summary="Find a link by domain and key, id or externalId")
async def link_info(
    caller: Caller,
    domain: str | None = None,
    key: str | None = None,
    link_id: Annotated[str | None, QueryParameter(name="linkId")] = None,
    external_id: Annotated[str | None, QueryParameter(name="externalId")] = None,
) -> dict[str, Any]:
    if link_id or external_id:
        reference = link_id or f"ext_{(external_id or '').removeprefix('ext_')}"
        link = await caller.app.db.read(links.by_reference, caller.id, reference)
    elif domain:
        link = await caller.app.db.read(links.info, caller.id, domain, key or "")
    else:
        raise Problem(Code.BAD_REQUEST, "Give domain and key, or linkId, or externalId.", "domain")
    return link_object(link, caller.api_url)


@get("/links/exists", tags=["links"], summary="Ask whether a key is taken")
async def link_exists(
    caller: Caller,
    domain: Annotated[str, Parameter(min_length=1, max_length=190)],
    key: Annotated[str, Parameter(min_length=1, max_length=190)],
) -> bool:
    """True where no link can be made with it: there is one already, or the key is reserved."""
    return await caller.app.db.read(links.is_taken, caller.id, domain, key)


@get("/links/random", tags=["links"], summary="Get a key that is free")
async def random_key(
    caller: Caller, domain: Annotated[str | None, Parameter(max_length=190)] = None
) -> Response[Any]:
    """On the primary domain unless another is named. It is not kept for anybody."""
    ctx = caller.context()
    key = await caller.app.db.read(links.free_key, ctx, domain or None)
    # Encoded here: the framework sends a text as it is, which is no JSON.
    return Response(msgspec.json.encode(key), media_type=MediaType.JSON)


@get("/links/{link_id:str}", tags=["links"], summary="Get a link")
async def get_link(link_id: str, caller: Caller) -> dict[str, Any]:
    """`link_id` is an id or `ext_<externalId>`."""
    link = await caller.app.db.read(links.by_reference, caller.id, with_slashes(link_id))
    return link_object(link, caller.api_url)


def shown(caller: Caller, link: Link) -> dict[str, Any]:
    """A link just written: the edge reads it anew."""
    caller.table.forget(link.host, link.key)
    return link_object(link, caller.api_url)
