"""POST /track/click, /track/visit, /track/open: visits that no redirect saw."""

from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import msgspec
from litestar import post

from headwater import links, programs
from headwater.attribution import Trigger
from headwater.db import Read
from headwater.http.api.common import Body, HttpRequest
from headwater.http.auth import Rim, refuse_other_hosts
from headwater.http.body import MISREAD
from headwater.http.call_log import KEYLESS, belongs_to, call_of, log_visit
from headwater.http.link_table import EdgeLink, LinkTable
from headwater.http.visitor import headers_of
from headwater.kit.problems import Code, Problem, invalid
from headwater.links import Expired
from headwater.shapes import partner_brief

Url = Annotated[str, msgspec.Meta(max_length=32000)]
Domain = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
NO_TRACK = "dub-no-track"
_HOST_MAX = 253
_NO_LINK = "There is no short link {}. Check its domain and its key."
_EXPIRED = "The short link {} has expired. Ask whoever gave it to you for a new one."


class ClickBody(Body, kw_only=True, rename="camel"):
    domain: Domain
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=190)]
    url: Url | None = None
    referrer: Url | None = None


class VisitBody(Body, kw_only=True, rename="camel"):
    domain: Domain | None = None
    url: Url | None = None
    referrer: Url | None = None


class OpenBody(Body, kw_only=True, rename="camel"):
    deep_link: Url | None = None
    dub_domain: Annotated[str, msgspec.Meta(max_length=2000)] | None = None


@post(
    "/track/click", tags=["track"], summary="Record a click", status_code=200, security=[],
    opt={"log": "click"},
)  # fmt: skip
async def track_click(data: ClickBody, request: HttpRequest, rim: Rim) -> dict[str, Any]:
    """The click a redirect would have made for this visitor. The log tells of those that were
    refused: the others are clicks.
    """
    host = _hostname(data.domain, "domain")
    link = await _link(rim, request, host, data.key, "key")
    _refuse_other_hosts(rim, request, host)
    trigger = Trigger.QR if request.query_params.get("qr") == "1" else Trigger.LINK
    click_id = await _clicked(rim, request, link, trigger, data.url, data.referrer)
    return {"clickId": click_id} | await rim.app.db.read(_behind, link.workspace_id, link.number)


@post(
    "/track/visit", tags=["track"], summary="Record a page view", status_code=200, security=[],
    opt={"log": "visit"},
)  # fmt: skip
async def track_visit(data: VisitBody, request: HttpRequest, rim: Rim) -> dict[str, Any]:
    """A visit to a page that has a link of its own: the path of `url` is its key."""
    if data.domain:
        _own(rim.table, request, _hostname(data.domain, "domain"))
    if not data.domain or not data.url:
        field = "url" if data.domain else "domain"
        raise Problem(Code.BAD_REQUEST, f"{field} is missing: say which page was visited.", field)
    host = _hostname(data.domain, "domain")
    link = await _link(rim, request, host, _split(data.url, "url")[1], "url")
    _refuse_other_hosts(rim, request, host)
    click_id = await _clicked(rim, request, link, Trigger.PAGEVIEW, data.url, data.referrer)
    log_visit(rim.app, request, link.number, click_id)
    return {"clickId": click_id}


@post(
    "/track/open", tags=["track"], summary="Record a deep link", status_code=200, security=[],
    opt={"log": "open"},
)  # fmt: skip
async def track_open(data: OpenBody, request: HttpRequest, rim: Rim) -> dict[str, Any]:
    """A link an app was opened with. With `dubDomain` alone both parts of the answer are null:
    that would need the address of the visitor, and none is kept.
    """
    if not data.deep_link:
        if not data.dub_domain:
            raise invalid("deepLink", "deepLink is missing: send the link the app was opened with.")
        return {"clickId": None, "link": None}
    host, key = _split(data.deep_link, "deepLink")
    link = await _link(rim, request, host, key, "deepLink")
    found = await rim.app.db.read(links.by_number, link.workspace_id, link.number)
    assert found is not None
    # Anybody may ask: what a password protects is not told, the app has the short link anyway.
    url = found.short_link if found.password else found.url
    told = {"id": found.id, "domain": found.host, "key": found.key, "url": url}
    if NO_TRACK in request.headers or NO_TRACK in request.query_params:
        log_visit(rim.app, request, link.number, None)
        return {"clickId": None, "link": told}
    click_id = await _clicked(rim, request, link, Trigger.DEEPLINK, None, None)
    log_visit(rim.app, request, link.number, click_id)
    return {"clickId": click_id, "link": told}


def own_by_what_it_says(table: LinkTable, request: HttpRequest) -> None:
    """Of a call whose body has the wrong form, the short domain may be readable all the same."""
    said = request.scope.get(MISREAD)
    if not isinstance(said, dict) or call_of(request) not in KEYLESS:
        return
    for field in ("domain", "deepLink"):
        text = said.get(field)
        if isinstance(text, str):
            with suppress(Problem):
                _own(table, request, table.named(_hostname(text, field)))


def _own(table: LinkTable, request: HttpRequest, host: str) -> None:
    owner = table.workspace_of(host)
    if owner is not None:
        belongs_to(request, owner)


async def _link(rim: Rim, request: HttpRequest, host: str, key: str, field: str) -> EdgeLink:
    host = rim.table.named(host)
    _own(rim.table, request, host)
    link = await rim.edge.find(host, key)
    if link is None:
        raise Problem(Code.NOT_FOUND, _NO_LINK.format(_place(host, key)), field)
    shut = links.closed(link.special, rim.table.now_us(link.workspace_id)) if link.special else None
    if shut is not None:
        said = _EXPIRED if isinstance(shut, Expired) else _NO_LINK
        raise Problem(Code.NOT_FOUND, said.format(_place(host, key)), field)
    return link


def _place(host: str, key: str) -> str:
    """Cut: it comes from anybody and goes into the log of the domain's owner."""
    return repr(f"{host[:_HOST_MAX]}/{key}" if len(key) <= links.KEY_MAX else host[:_HOST_MAX])


def _refuse_other_hosts(rim: Rim, request: HttpRequest, host: str) -> None:
    owner = rim.table.workspace_of(rim.table.named(host))
    if owner is not None:
        refuse_other_hosts(owner, request.headers)


async def _clicked(
    rim: Rim,
    request: HttpRequest,
    link: EdgeLink,
    trigger: Trigger,
    url: str | None,
    referrer: str | None,
) -> str:
    client = request.client.host if request.client else ""
    _, click_id = await rim.edge.hit(
        link,
        client,
        headers_of(request.scope["headers"]),
        url=(url or "")[:2000],
        referrer=(referrer or "")[:1000],
        trigger=trigger,
    )
    if click_id is None:
        raise Problem(Code.UNAVAILABLE, "The click could not be stored. Send it again later.")
    return click_id


def _hostname(domain: str, field: str) -> str:
    return _split(domain, field)[0]


def _split(text: str, field: str) -> tuple[str, str]:
    """Host and key of a short link, whether its scheme is written or not."""
    text = text.strip()
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host = (parts.hostname or "").lower()
    except ValueError as error:
        raise invalid(field, f"{field} is neither a host name nor a URL.") from error
    return links.host_name(host), unquote(parts.path).strip("/")


def _behind(tx: Read, workspace_id: str, number: int) -> dict[str, Any]:
    """Partner and discount, only for a partner's link."""
    link = links.by_number(tx, workspace_id, number)
    if link is None or link.partner_id is None:
        return {}
    partner = programs.partner(tx, workspace_id, link.partner_id, link.program_id)
    return {"partner": partner_brief(partner), "discount": None}
