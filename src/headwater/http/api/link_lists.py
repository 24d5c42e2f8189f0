"""Many links: GET /links and /links/count, and the bulk calls."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, patch, post
from litestar.params import Parameter, QueryParameter

from headwater import links
from headwater.db import Read, Write
from headwater.http.api.common import (
    Body,
    HttpRequest,
    Page,
    PageSize,
    Short,
    offset,
    one_cursor,
    within,
    write_once,
)
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.api.link_fields import BulkChanges, NewLink, split
from headwater.http.api.links import shown
from headwater.http.auth import Caller
from headwater.kit.problems import Code, Problem, invalid
from headwater.links import Link, LinkFilter, Refused
from headwater.shapes import link_object

BULK_MAX = 100
References = Annotated[list[Short], msgspec.Meta(max_length=BULK_MAX)]
Search = Annotated[str | None, Parameter(max_length=255)]
TenantId = Annotated[str | None, QueryParameter(name="tenantId")]
FolderId = Annotated[str | None, QueryParameter(name="folderId")]
TagId = Annotated[str | None, QueryParameter(name="tagId")]
TagIds = Annotated[str | None, QueryParameter(name="tagIds", max_length=25_000)]
TagNames = Annotated[str | None, QueryParameter(name="tagNames", max_length=25_000)]
ShowArchived = Annotated[bool, QueryParameter(name="showArchived")]
WithTags = Annotated[bool, QueryParameter(name="withTags")]
GroupBy = Annotated[Literal["domain", "folderId", "tagId"] | None, QueryParameter(name="groupBy")]


@get("/links", tags=["links"], summary="List links, newest first")
async def list_links(
    request: HttpRequest,
    caller: Caller,
    page: Page = 1,
    page_size: PageSize = 100,
    starting_after: Annotated[str | None, QueryParameter(name="startingAfter")] = None,
    ending_before: Annotated[str | None, QueryParameter(name="endingBefore")] = None,
    domain: str | None = None,
    search: Search = None,
    tenant_id: TenantId = None,
    folder_id: FolderId = None,
    tag_id: TagId = None,
    tag_ids: TagIds = None,
    tag_names: TagNames = None,
    show_archived: ShowArchived = False,
    with_tags: WithTags = True,  # noqa: ARG001 - taken, because SDKs send it
) -> list[dict[str, Any]]:
    """`folderId=unsorted` are links in no folder; of several tags a link needs one."""
    refuse_unknown_filters(request)
    after, before = one_cursor(starting_after, ending_before)
    wanted = LinkFilter(
        domain=links.host_name(domain) if domain else None,
        tenant_id=tenant_id,
        search=search,
        show_archived=show_archived,
        folder_id=folder_id or None,
        tag_ids=_ids(tag_id, tag_ids),
        tag_names=tuple(split(tag_names)),
        starting_after=after,
        ending_before=before,
        limit=page_size,
        offset=0 if after or before else offset(page, page_size),
    )
    found = await caller.app.db.read(links.page, caller.id, wanted)
    return [link_object(link, caller.api_url) for link in found]


@get("/links/count", tags=["links"], summary="Count links")
async def count_links(
    request: HttpRequest,
    caller: Caller,
    domain: str | None = None,
    search: Search = None,
    tenant_id: TenantId = None,
    folder_id: FolderId = None,
    tag_id: TagId = None,
    tag_ids: TagIds = None,
    tag_names: TagNames = None,
    show_archived: ShowArchived = False,
    with_tags: WithTags = True,  # noqa: ARG001 - taken, because SDKs send it
    group_by: GroupBy = None,
) -> Any:
    """A number; with `groupBy` `[{<field>, _count}]`, most first."""
    refuse_unknown_filters(request)
    wanted = LinkFilter(
        domain=links.host_name(domain) if domain else None,
        tenant_id=tenant_id,
        search=search,
        show_archived=show_archived,
        folder_id=folder_id or None,
        tag_ids=_ids(tag_id, tag_ids),
        tag_names=tuple(split(tag_names)),
    )
    if group_by is None:
        return await caller.app.db.read(links.total, caller.id, wanted)
    found = await caller.app.db.read(links.totals, caller.id, wanted, group_by)
    return [{group_by: value, "_count": count} for value, count in found]


class BulkUpdate(Body, kw_only=True, rename="camel"):
    """Which links, and what to change of each; `linkIds` win over `externalIds`."""

    data: BulkChanges
    link_ids: References | None = None
    external_ids: References | None = None

    def references(self) -> list[str]:
        if self.link_ids:
            return self.link_ids
        named = self.external_ids or []
        return [f"ext_{each.removeprefix('ext_')}" for each in named]


class BulkResult(msgspec.Struct, frozen=True):
    links: list[Link]
    refused: list[Refused]


@post("/links/bulk", tags=["links"], summary="Create up to 100 links", status_code=200)
async def create_links(
    data: list[NewLink], request: HttpRequest, caller: Caller
) -> list[dict[str, Any]]:
    """The links made, then `{link, error, code}` for each item that could not be."""
    if not 1 <= len(data) <= BULK_MAX:
        raise invalid("body", f"One call creates 1..{BULK_MAX} links. Send several calls.")
    ctx = caller.context()
    wanted = [_fields(item, place) for place, item in enumerate(data)]

    def refer(result: BulkResult) -> tuple[str, str]:
        made = [link.id for link in result.links]
        codes = [(each.place, each.code) for each in result.refused]
        return "links", msgspec.json.encode([made, codes]).decode()

    def script(tx: Write) -> BulkResult:
        return BulkResult(*links.create_many(tx, ctx, wanted))

    result = await write_once(
        caller.app,
        request,
        ctx,
        script,
        refer,
        _first_result,
    )
    items = msgspec.json.decode(await request.body())
    told = [_told(each, items[each.place]) for each in result.refused]
    return [shown(caller, link) for link in result.links] + told


def _fields(item: NewLink, place: int) -> dict[str, Any]:
    with within(f"[{place}]"):
        return item.fields()


def _first_result(tx: Read, workspace_id: str, reference: tuple[str, str]) -> BulkResult:
    """Under its Idempotency-Key: the same links, and the codes of what was refused."""
    made, codes = msgspec.json.decode(reference[1])
    again = "This was refused when the call was first made."
    return BulkResult(
        [links.ever(tx, workspace_id, link_id) for link_id in made],
        [Refused(place=place, code=code, message=again) for place, code in codes],
    )


@patch("/links/bulk", tags=["links"], summary="Change up to 100 links alike")
async def update_links(data: BulkUpdate, caller: Caller) -> list[dict[str, Any]]:
    """The links as they are now, then `{link, error, code}` for each that could not be changed."""
    references = data.references()
    if not references:
        raise invalid("linkIds", "Say which links to change: give linkIds or externalIds.")
    ctx = caller.context()
    with within("data"):
        changes = data.data.fields()
    both, refused = await caller.app.db.write(links.update_many, ctx, references, changes)
    for before, _ in both:
        caller.table.forget(before.host, before.key)
    told = [_told(each, references[each.place]) for each in refused]
    return [shown(caller, link) for _, link in both] + told


@delete("/links/bulk", tags=["links"], summary="Delete up to 100 links", status_code=200)
async def delete_links(
    caller: Caller,
    link_ids: Annotated[str | None, QueryParameter(name="linkIds", max_length=30_000)] = None,
) -> dict[str, int]:
    """Ids or `ext_` ids, joined with commas. Unknown ones and root links are passed over."""
    references = split(link_ids)
    if not references:
        raise Problem(Code.BAD_REQUEST, "Say which links to delete: linkIds=a,ext_b.", "linkIds")
    if len(references) > BULK_MAX:
        raise invalid("linkIds", f"One call deletes up to {BULK_MAX} links. Send several.")
    ctx = caller.context()
    gone = await caller.app.db.write(links.delete_many, ctx, references)
    for link in gone:
        caller.table.forget(link.host, link.key)
    return {"deletedCount": len(gone)}


def _ids(tag_id: str | None, tag_ids: str | None) -> tuple[str, ...]:
    return (*split(tag_ids), *split(tag_id))


def _told(refused: Refused, item: Any) -> dict[str, Any]:
    return {"link": item, "error": refused.message, "code": refused.code}
