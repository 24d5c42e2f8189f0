"""The rarer visits of a short link: with features of the link, or with a query of the visitor."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import assert_never

import structlog

from headwater.attribution import HitClass, Trigger, classify
from headwater.http.address import network, visitor_address
from headwater.http.asgi import Send, respond
from headwater.http.asked import Request, names_of, password_of, system_of
from headwater.http.limits import Guesses
from headwater.http.link_table import EdgeLink, LinkTable
from headwater.http.pages import (
    EMPTY,
    EXPIRED,
    HTML,
    INDEXED,
    NOT_FOUND,
    PRIVATE,
    SAFE,
    TEXT,
    WAIT,
    WRONG,
    framed_page,
    password_page,
    preview_page,
)
from headwater.http.place import Places
from headwater.http.visitor import Headers, Visitors, text
from headwater.links import SHARES as SHARES_OF_VISITORS
from headwater.links import (
    Disabled,
    Empty,
    Expired,
    Framed,
    Link,
    Locked,
    Outcome,
    Previewed,
    Sent,
    Visit,
    around_click_id,
    outcome,
    with_deep_link,
    with_visitors_query,
)
from headwater.runtime import App
from headwater.workspace import Host

log = structlog.get_logger(__name__)

NO_TRACK = b"dub-no-track"
_PAGE = [HTML, SAFE, *PRIVATE]
_URL_KEPT_MAX = 2000

Hits = Callable[..., Awaitable[tuple[bytes, str | None]]]
Lines = list[tuple[bytes, bytes]]


class Detour:
    def __init__(
        self,
        app: App,
        table: LinkTable,
        visitors: Visitors,
        places: Places,
        hit: Hits,
        cookies: Callable[[EdgeLink, str, Headers, bytes, str | None], Lines],
    ) -> None:
        self._app = app
        self._table = table
        self._visitors = visitors
        self._places = places
        self._hit = hit
        self._cookies = cookies
        self._guesses = Guesses(app)
        self._trusted = [network(n) for n in app.config.server.trusted_proxies]

    async def __call__(self, request: Request, link: EdgeLink) -> None:
        special = link.special
        found: Outcome = Sent(link.url)
        if special is not None:
            visit = await self._visit(request, special)
            wait_s = self._wait_s(request, special, visit)
            if wait_s:
                lines = [*_PAGE, (b"retry-after", b"%d" % wait_s)]
                await respond(request.send, 429, lines, password_page(WAIT.format(wait_s)))
                return
            found = outcome(special, visit)
        match found:
            case Locked(wrong):
                page = password_page(WRONG if wrong else "")
                await respond(request.send, 403 if wrong else 200, _PAGE, page)
            case Disabled():
                await no_link(request.send, self._table.host(request.host), "")
            case Expired(url):
                await self._expired(request, url)
            case Empty() | Previewed() | Framed() | Sent():
                await self._through(request, link, found)
            case _:
                assert_never(found)

    def _wait_s(self, request: Request, link: Link, visit: Visit) -> int:
        """Before the next guess at the password; a wrong one is counted. Whatever waits was read
        before, so that guesses made at once are not all looked at.
        """
        if not link.password or visit.password is None:
            return 0
        forwarded = request.headers.get(b"x-forwarded-for", b"") if self._trusted else b""
        address = visitor_address(request.client, forwarded, self._trusted)
        wait_s = self._guesses.wait_s(link.number, address)
        if not wait_s and outcome(link, visit) == Locked(wrong=True):
            self._guesses.wrong(link.number, address)
        return wait_s

    async def _visit(self, request: Request, link: Link) -> Visit:
        agent = text(request.headers, b"user-agent")
        country = None
        if link.features.geo:
            country = self._places.of(request.client, request.headers).country
        return Visit(
            now_us=self._table.now_us(link.workspace_id),
            share=await self._share(request, link) if link.features.test_variants else 0,
            system=system_of(agent),
            country=country,
            bot=classify(agent, "").hit_class in (HitClass.BOT, HitClass.PREVIEW),
            password=await password_of(request) if link.password else None,
        )

    async def _share(self, request: Request, link: Link) -> int:
        """One visitor sees one variant for as long as they are known again; no cookie is needed."""
        try:
            real_us = self._app.clock.now_us()
            identity = await self._visitors.identity(request.client, request.headers, real_us)
        except Exception:
            log.exception("visitor_unknown")
            return 0
        digest = hashlib.blake2b(identity, digest_size=8, salt=link.number.to_bytes(8, "big"))
        return int.from_bytes(digest.digest(), "big") % SHARES_OF_VISITORS

    async def _expired(self, request: Request, url: str | None) -> None:
        host = self._table.host(request.host)
        location = url or (host.expired_url if host else None)
        if location is None:
            await respond(request.send, 410, [TEXT, *PRIVATE], EXPIRED)
            return
        await respond(request.send, 302, [(b"location", location.encode()), *PRIVATE], b"")

    async def _through(
        self, request: Request, link: EdgeLink, found: Empty | Previewed | Framed | Sent
    ) -> None:
        """Recorded, unless the visitor wants no trace or only asks for the headers."""
        names = names_of(request.query)
        destination = found.url if isinstance(found, Framed | Sent) else ""
        url = self._asked(request, link, destination, names)
        identity, click_id = b"", None
        untracked = NO_TRACK in request.headers or NO_TRACK.decode() in names
        if request.scope["method"] != "HEAD" and not untracked:
            kept = url[:_URL_KEPT_MAX]
            trigger = Trigger.QR if names.get("qr") == "1" else Trigger.LINK
            identity, click_id = await self._hit(
                link, request.client, request.headers, url=kept, trigger=trigger
            )
        if url and click_id is not None and link.before is not None:
            before, after = around_click_id(url, self._click_param(request))
            url = f"{before}{click_id}{after}"
        indexed = link.special is not None and link.special.features.do_index
        cookies = self._cookies(link, request.client, request.headers, identity, click_id)
        lines = [*(INDEXED if indexed else PRIVATE), *cookies]
        await _answer(request, link.special, found, url, lines)

    def _asked(self, request: Request, link: EdgeLink, url: str, names: dict[str, str]) -> str:
        """The destination with the visitor's query, less what was meant for us. An app that is to
        be installed gets the short link, with the same query.
        """
        if not url:
            return url
        dropped = {NO_TRACK.decode()}
        dropped |= {name for name in ("qr", "skip_deeplink_preview") if names.get(name) == "1"}
        if link.special is not None and link.special.password:
            dropped.add("pw")
        if link.before is not None:
            dropped.add(self._click_param(request))
        url = with_visitors_query(url, request.query, frozenset(dropped))
        if link.special is None:
            return url
        asked = with_visitors_query(link.special.short_link, request.query, frozenset(dropped))
        return with_deep_link(url, asked)

    def _click_param(self, request: Request) -> str:
        owner = self._table.workspace_of(request.host)
        assert owner is not None
        return owner.click_param


async def no_link(send: Send, host: Host | None, key: str) -> None:
    """Where no link answers: files of the domain for apps, its own address, or a page of ours."""
    said = _of_apps(host, key) if host else None
    if said is not None:
        await respond(send, 200, [(b"content-type", b"application/json")], said.encode())
    elif host is not None and host.not_found_url is not None:
        location = (b"location", host.not_found_url.encode())
        await respond(send, 307, [location, *PRIVATE], b"")
    else:
        await respond(send, 404, [TEXT], NOT_FOUND)


def _of_apps(host: Host, key: str) -> str | None:
    if key == ".well-known/assetlinks.json":
        return host.asset_links
    if key == ".well-known/apple-app-site-association":
        return host.apple_app_site_association
    return None


def asks_for_password(link: EdgeLink) -> bool:
    return link.special is not None and bool(link.special.password)


async def _answer(
    request: Request,
    link: Link | None,
    found: Empty | Previewed | Framed | Sent,
    url: str,
    lines: Lines,
) -> None:
    match found:
        case Sent():
            # A form that was sent must not be sent again to the destination.
            status = 303 if request.scope["method"] == "POST" else 302
            await respond(request.send, status, [(b"location", url.encode()), *lines], b"")
        case Framed():
            assert link is not None
            await respond(request.send, 200, [HTML, *lines], framed_page(link, url))
        case Previewed():
            assert link is not None
            await respond(request.send, 200, [HTML, SAFE, *lines], preview_page(link))
        case Empty():
            await respond(request.send, 200, [TEXT, *lines], EMPTY)
        case _:
            assert_never(found)
