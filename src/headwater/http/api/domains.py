"""Domains: GET and POST /domains, PATCH and DELETE /domains/{slug}, GET /domains/{slug}/verify,
GET /domains/status, POST /domains/register.
"""

import asyncio
from typing import Annotated, Any

import msgspec
import structlog
from litestar import delete, get, patch, post
from litestar.params import Parameter
from msgspec import UNSET, UnsetType

from headwater import links, workspace
from headwater.db import Read, Write
from headwater.http.api.common import Body, HttpRequest, Page, offset, write_once
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.api.folders import FewPerPage
from headwater.http.api.link_fields import split
from headwater.http.auth import Caller
from headwater.kit.problems import Code, Problem, invalid
from headwater.shapes import domain_object, verification_object
from headwater.workspace import Domain

log = structlog.get_logger(__name__)

Slug = Annotated[str, msgspec.Meta(min_length=1, max_length=190)]
Address = Annotated[str, msgspec.Meta(max_length=32_000)]
AppFile = Annotated[str, msgspec.Meta(max_length=50_000)]
STATUS_MAX = 100
LOOK_WAIT_S = 8.0  # longer than the worker needs for a look at names nobody answers for
_ASK_AGAIN_S, _ASK_AGAIN_MAX_S = 0.05, 1.0


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


class Registration(Body, kw_only=True):
    domain: Slug


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
    return [_shown(caller, domain) for domain in found]


@post("/domains", tags=["domains"], summary="Add a domain")
async def create_domain(data: NewDomain, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """Its root link leads nowhere yet. Where the server looks at the DNS (`domains.target`), it is
    verified once it was seen to point here, and one that another workspace holds is served for
    this one once a TXT record proves whose it is: `GET /domains/{slug}/verify` says which.
    """
    ctx = caller.context()
    settings, provable = data.settings(), bool(caller.app.config.domains.target)

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Domain:
        return workspace.domain_by_host(tx, workspace_id, reference[1])

    made = await write_once(
        caller.app,
        request,
        ctx,
        lambda tx: links.add_domain(tx, ctx, data.slug, settings, provable=provable),
        lambda domain: ("domain", domain.host),
        load,
    )
    await caller.table.refresh()
    return _shown(caller, made)


@patch("/domains/{slug:str}", tags=["domains"], summary="Change a domain")
async def update_domain(slug: str, data: DomainChanges, caller: Caller) -> dict[str, Any]:
    """It takes another `slug` only while no link but its root link leads from it."""
    changes = data.settings()
    if data.slug is not UNSET:
        changes["host"] = data.slug
    ctx = caller.context()
    changed = await caller.app.db.write(links.change_domain, ctx, slug, changes)
    await caller.table.refresh()
    return _shown(caller, changed)


@delete("/domains/{slug:str}", tags=["domains"], summary="Delete a domain", status_code=200)
async def delete_domain(slug: str, caller: Caller) -> dict[str, str]:
    """Refused (409) while links lead from it, its root link aside."""
    ctx = caller.context()
    root = await caller.app.db.write(links.remove_domain, ctx, slug)
    if root is not None:
        caller.table.forget(root.host, root.key)
    await caller.table.refresh()
    return {"slug": slug}


@get("/domains/{slug:str}/verify", tags=["domains"], summary="Look at a domain's DNS now")
async def verify_domain(slug: str, caller: Caller) -> dict[str, Any]:
    """What the look found and which records are missing. Where the worker does not get round to it
    within eight seconds, what was found before.
    """
    app, host = caller.app, links.host_name(slug)
    targets = app.config.domains.target
    ctx = caller.context()

    def known(tx: Read) -> tuple[Domain, str]:
        return (
            workspace.domain_by_host(tx, caller.id, host),
            workspace.proof(tx, caller.id, host),
        )

    def asked(tx: Write) -> tuple[Domain, str]:
        workspace.ask_look(tx, ctx, host)
        return known(tx)

    found, proof = await (app.db.write(asked) if targets else app.db.read(known))
    pause_s = _ASK_AGAIN_S
    try:
        async with asyncio.timeout(LOOK_WAIT_S):
            while targets and _is_due(found, app.clock.now_us()):
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _ASK_AGAIN_MAX_S)
                found, proof = await app.db.read(known)
    except TimeoutError:
        log.info("domain_not_looked_at", seconds=LOOK_WAIT_S)
    await caller.table.refresh()
    return verification_object(found, proof, targets)


def _is_due(domain: Domain, now_us: int) -> bool:
    look_at = domain.standing.look_at
    return look_at is not None and look_at <= now_us


@get("/domains/status", tags=["domains"], summary="Ask whether names can be bought here")
async def domain_status(
    caller: Caller,  # noqa: ARG001 - only who has a key is answered
    domains: Annotated[str, Parameter(min_length=1, max_length=25_000)],
) -> list[dict[str, Any]]:
    """None can: this server sells no names, so each is answered as not available."""
    names = split(domains)
    if not names or len(names) > STATUS_MAX:
        raise invalid("domains", f"Ask for 1..{STATUS_MAX} names, with commas between.")
    nothing = {"available": False, "premium": None, "prices": None, "price": None}
    return [{"domain": links.host_name(name)} | nothing for name in names]


@post("/domains/register", tags=["domains"], summary="Buy a domain (never here)")
async def register_domain(
    data: Registration,
    caller: Caller,  # noqa: ARG001 - only who has a key is answered
) -> dict[str, Any]:
    """Always 403: names are bought from a registrar and then added with `POST /domains`."""
    raise Problem(
        Code.FORBIDDEN,
        f"This server sells no domains. Buy {links.host_name(data.domain)} from a registrar, then"
        " add it with POST /domains.",
        "domain",
    )


def _shown(caller: Caller, domain: Domain) -> dict[str, Any]:
    return domain_object(domain, looked_up=bool(caller.app.config.domains.target))


def _refuse_no_json(field: str, text: str | None) -> None:
    if text is None:
        return
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise invalid(field, f"{field} is no JSON: give the file as its app wants it.") from error
