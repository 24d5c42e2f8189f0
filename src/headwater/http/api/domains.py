"""Domains: GET and POST /domains, PATCH and DELETE /domains/{slug}."""

from typing import Annotated, Any

import msgspec
from litestar import delete, get, patch, post
from litestar.params import Parameter
from msgspec import UNSET, UnsetType

from headwater import links, workspace
from headwater.db import Read
from headwater.http.api.common import Body, HttpRequest, Page, offset, write_once
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.api.folders import FewPerPage
from headwater.http.auth import Caller
from headwater.kit.problems import invalid
from headwater.shapes import domain_object
from headwater.workspace import Domain

Slug = Annotated[str, msgspec.Meta(min_length=1, max_length=190)]
Address = Annotated[str, msgspec.Meta(max_length=32_000)]
AppFile = Annotated[str, msgspec.Meta(max_length=50_000)]


class DomainSettings(Body, kw_only=True, rename="camel"):
    """What is left out stays as it is; null and "" empty a field."""

    archived: bool | UnsetType | None = UNSET
    primary: bool | UnsetType | None = UNSET
    placeholder: Address | UnsetType | None = UNSET
    expired_url: Address | UnsetType | None = UNSET
    not_found_url: Address | UnsetType | None = UNSET
    logo: Address | UnsetType | None = UNSET
    asset_links: AppFile | UnsetType | None = UNSET
    apple_app_site_association: AppFile | UnsetType | None = UNSET

    def settings(self) -> dict[str, Any]:
        """Those given; refuses app files that are no JSON."""
        names = (each.name for each in msgspec.structs.fields(DomainSettings))
        given = {name: getattr(self, name) for name in names}
        found = {name: value or None for name, value in given.items() if value is not UNSET}
        for name, field in _APP_FILES.items():
            _refuse_no_json(field, found.get(name))
        return found | {
            name: bool(found[name]) for name in ("archived", "primary") if name in found
        }


_APP_FILES = {
    "asset_links": "assetLinks",
    "apple_app_site_association": "appleAppSiteAssociation",
}


class NewDomain(DomainSettings, kw_only=True):
    slug: Slug


class DomainChanges(DomainSettings, kw_only=True):
    slug: Slug | UnsetType = UNSET


@get("/domains", tags=["domains"], summary="List domains, oldest first")
async def list_domains(
    request: HttpRequest,
    caller: Caller,
    page: Page = 1,
    page_size: FewPerPage = 50,
    archived: bool = False,
    search: Annotated[str | None, Parameter(max_length=255)] = None,
) -> list[dict[str, Any]]:
    """Those in use, or with `archived=true` those that are not."""
    refuse_unknown_filters(request)
    pattern, start = links.like_pattern(search), offset(page, page_size)
    found = await caller.app.db.read(
        workspace.list_domains, caller.id, pattern, archived, page_size, start
    )
    return [domain_object(domain) for domain in found]


@post("/domains", tags=["domains"], summary="Add a domain")
async def create_domain(data: NewDomain, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """It serves short links at once; its root link leads nowhere yet. Point its DNS here first."""
    ctx = caller.app.context(caller.id)
    settings = data.settings()

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Domain:
        return workspace.domain_by_host(tx, workspace_id, reference[1])

    made = await write_once(
        caller.app,
        request,
        ctx,
        lambda tx: links.add_domain(tx, ctx, data.slug, settings),
        lambda domain: ("domain", domain.host),
        load,
    )
    await caller.table.refresh()
    return domain_object(made)


@patch("/domains/{slug:str}", tags=["domains"], summary="Change a domain")
async def update_domain(slug: str, data: DomainChanges, caller: Caller) -> dict[str, Any]:
    """It takes another `slug` only while no link but its root link leads from it."""
    changes = data.settings()
    if data.slug is not UNSET:
        changes["host"] = data.slug
    ctx = caller.app.context(caller.id)
    changed = await caller.app.db.write(links.change_domain, ctx, slug, changes)
    await caller.table.refresh()
    return domain_object(changed)


@delete("/domains/{slug:str}", tags=["domains"], summary="Delete a domain", status_code=200)
async def delete_domain(slug: str, caller: Caller) -> dict[str, str]:
    """Refused (409) while links lead from it, its root link aside."""
    ctx = caller.app.context(caller.id)
    root = await caller.app.db.write(links.remove_domain, ctx, slug)
    if root is not None:
        caller.table.forget(root.host, root.key)
    await caller.table.refresh()
    return {"slug": slug}


def _refuse_no_json(field: str, text: str | None) -> None:
    if text is None:
        return
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise invalid(field, f"{field} is no JSON: give the file as its app wants it.") from error
