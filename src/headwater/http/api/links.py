"""POST, GET, PATCH /links and GET /links/info."""

from typing import Annotated, Any

import msgspec
from litestar import get, patch, post
from litestar.params import Parameter, QueryParameter
from msgspec import UNSET, UnsetType

from headwater import links
from headwater.db import Read, Write
from headwater.delivery import Event
from headwater.http.api.common import (
    Body,
    HttpRequest,
    Page,
    PageSize,
    Short,
    Text,
    offset,
    write_once,
)
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.api.refunds import with_slashes
from headwater.http.auth import Caller
from headwater.kit.problems import Code, Problem, invalid
from headwater.links import Link, LinkDraft, LinkFilter
from headwater.messages import tell_link
from headwater.shapes import link_object

Url = Annotated[str, msgspec.Meta(min_length=1, max_length=32000)]
Host = Annotated[str, msgspec.Meta(max_length=190)]
Key = Annotated[str, msgspec.Meta(max_length=190)]


class Unsupported(Body, kw_only=True, rename="camel"):
    """Features of the reference that this version lacks. Refused where they would change what the
    link does; taken in silence where they say "not used".
    """

    expires_at: Any = None
    expired_url: Any = None
    password: Any = None
    proxy: Any = None
    rewrite: Any = None
    ios: Any = None
    android: Any = None
    geo: Any = None
    test_variants: Any = None
    tag_ids: Any = None
    tag_names: Any = None
    tag_id: Any = None
    folder_id: Any = None
    webhook_ids: Any = None
    public_stats: Any = None
    image: Any = None
    video: Any = None
    utm_source: Any = msgspec.field(default=None, name="utm_source")
    utm_medium: Any = msgspec.field(default=None, name="utm_medium")
    utm_campaign: Any = msgspec.field(default=None, name="utm_campaign")
    utm_term: Any = msgspec.field(default=None, name="utm_term")
    utm_content: Any = msgspec.field(default=None, name="utm_content")
    ref: Any = None

    def refuse_unsupported(self) -> None:
        for entry in msgspec.structs.fields(Unsupported):
            if getattr(self, entry.name):
                raise invalid(
                    entry.encode_name,
                    f"This version has no {entry.encode_name} on links yet. Leave it out.",
                )


class NewLink(Unsupported, kw_only=True, rename="camel"):
    url: Url
    domain: Host | None = None
    key: Key | None = None
    key_length: Annotated[int, msgspec.Meta(ge=3, le=190)] | None = None
    prefix: Key | None = None
    external_id: Short | None = None
    tenant_id: Short | None = None
    program_id: Short | None = None
    partner_id: Short | None = None
    track_conversion: bool | None = None
    archived: bool | None = None
    title: Text | None = None
    description: Text | None = None
    comments: Text | None = None


class LinkChanges(Unsupported, kw_only=True, rename="camel"):
    """What is left out stays as it is."""

    url: Url | UnsetType = UNSET
    domain: Host | UnsetType = UNSET
    key: Key | UnsetType = UNSET
    external_id: Short | UnsetType | None = UNSET
    tenant_id: Short | UnsetType | None = UNSET
    program_id: Short | UnsetType | None = UNSET
    partner_id: Short | UnsetType | None = UNSET
    track_conversion: bool | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
    title: Text | UnsetType | None = UNSET
    description: Text | UnsetType | None = UNSET
    comments: Text | UnsetType | None = UNSET


_FIELDS = (
    "url", "domain", "key", "key_length", "prefix", "external_id", "tenant_id", "program_id",
    "partner_id", "track_conversion", "archived", "title", "description", "comments",
)  # fmt: skip


def _given(body: Body, missing: object) -> dict[str, Any]:
    """The fields that were given, with "" as null."""
    values = {name: getattr(body, name) for name in _FIELDS if hasattr(body, name)}
    return {
        name: None if value == "" else value
        for name, value in values.items()
        if value is not missing
    }


@post("/links", tags=["links"], summary="Create a link", status_code=200)
async def create_link(data: NewLink, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """`key` is 7 random characters unless given; the domain defaults to the workspace's first."""
    data.refuse_unsupported()
    ctx = caller.app.context(caller.id)
    draft = LinkDraft(**_given(data, None))

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Link:
        return links.by_reference(tx, workspace_id, reference[1])

    link = await write_once(
        caller.app,
        request,
        ctx,
        lambda tx: tell_link(tx, ctx, Event.LINK_CREATED, links.create(tx, ctx, draft)),
        lambda made: ("link", made.id),
        load,
    )
    caller.table.forget(link.host, link.key)
    return link_object(link)


@patch("/links/{link_id:str}", tags=["links"], summary="Change a link")
async def update_link(link_id: str, data: LinkChanges, caller: Caller) -> dict[str, Any]:
    """`link_id` is an id or `ext_<externalId>`; fields left out stay as they are."""
    data.refuse_unsupported()
    ctx = caller.app.context(caller.id)
    reference = with_slashes(link_id)
    before = await caller.app.db.read(links.by_reference, caller.id, reference)

    def run(tx: Write) -> Link:
        known = links.by_reference(tx, caller.id, before.id)
        link = links.update(tx, ctx, reference, _given(data, UNSET))
        return link if link == known else tell_link(tx, ctx, Event.LINK_UPDATED, link)

    link = await caller.app.db.write(run)
    caller.table.forget(before.host, before.key)
    caller.table.forget(link.host, link.key)
    return link_object(link)


@get("/links", tags=["links"], summary="List links, newest first")
async def list_links(
    request: HttpRequest,
    caller: Caller,
    page: Page = 1,
    page_size: PageSize = 100,
    starting_after: Annotated[str | None, QueryParameter(name="startingAfter")] = None,
    ending_before: Annotated[str | None, QueryParameter(name="endingBefore")] = None,
    domain: str | None = None,
    search: Annotated[str | None, Parameter(max_length=255)] = None,
    tenant_id: Annotated[str | None, QueryParameter(name="tenantId")] = None,
    show_archived: Annotated[bool, QueryParameter(name="showArchived")] = False,
) -> list[dict[str, Any]]:
    refuse_unknown_filters(request)
    wanted = LinkFilter(
        domain=links.host_name(domain) if domain else None,
        tenant_id=tenant_id,
        search=search,
        show_archived=show_archived,
        starting_after=starting_after,
        ending_before=ending_before,
        limit=page_size,
        offset=0 if starting_after or ending_before else offset(page, page_size),
    )
    found = await caller.app.db.read(links.page, caller.id, wanted)
    return [link_object(link) for link in found]


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
    return link_object(link)


@get("/links/{link_id:str}", tags=["links"], summary="Get a link")
async def get_link(link_id: str, caller: Caller) -> dict[str, Any]:
    """`link_id` is an id or `ext_<externalId>`."""
    link = await caller.app.db.read(links.by_reference, caller.id, with_slashes(link_id))
    return link_object(link)
