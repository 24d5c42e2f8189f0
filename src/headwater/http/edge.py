"""The redirect: look up, decide, make the click id, append, wait for the disk, answer."""

import asyncio
from collections import deque
from typing import Any
from urllib.parse import unquote

import structlog

from headwater.attribution import Hit, Recorder, Trigger, classify
from headwater.http.arrivals import Arrivals
from headwater.http.asgi import Receive, Scope, Send, respond
from headwater.http.asked import Request
from headwater.http.cookies import Cookies
from headwater.http.detour import NO_TRACK, Detour, asks_for_password, no_link
from headwater.http.link_table import EdgeLink, LinkTable
from headwater.http.pages import PRIVATE, TEXT
from headwater.http.place import Places
from headwater.http.visitor import Headers, Visitors, came_with, headers_of, purpose, text
from headwater.kit.clock import HOUR_US
from headwater.kit.problems import StoreUnavailable
from headwater.links import KEY_MAX, key_folded
from headwater.runtime import App

log = structlog.get_logger(__name__)

SWEEP_EVERY_S = 0.05
_ONLY_LINKS = b"This host serves short links (GET, HEAD). The API answers under another host.\n"
_AWAY = b"This short link cannot be looked up just now. Try again in a moment.\n"


class Edge:
    """ASGI callable for the hosts of short links."""

    def __init__(self, app: App, table: LinkTable, visitors: Visitors, places: Places) -> None:
        self._app = app
        self._table = table
        self._visitors = visitors
        self._places = places
        self._record = Recorder(app.entropy).record
        self._uncounted = app.config.edge.uncounted
        self._timeout_s = app.config.edge.write_timeout_ms / 1000
        self._patience = Patience(self._timeout_s)
        self.jar = Cookies(app)
        self._arrivals = Arrivals(app, table)
        self._detour = Detour(app, table, visitors, places, self.hit, self.cookies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send, host: str) -> None:
        method, key = scope["method"], unquote(scope["path"]).strip("/")
        if method not in ("GET", "HEAD", "POST"):
            await respond(send, 405, [TEXT, (b"allow", b"GET, HEAD")], _ONLY_LINKS)
            return
        try:
            link = await self.find(host, key)
        except StoreUnavailable as error:
            log.error("link_not_read", error=type(error).__name__, detail=str(error))
            await respond(send, 503, [TEXT, (b"retry-after", b"1"), *PRIVATE], _AWAY)
            return
        if method == "POST" and (link is None or not asks_for_password(link)):
            await respond(send, 405, [TEXT, (b"allow", b"GET, HEAD")], _ONLY_LINKS)
            return
        if link is None:
            await no_link(send, self._table.host(host), key)
            return
        headers = headers_of(scope["headers"])
        if link.special is not None or scope["query_string"] or NO_TRACK in headers:
            await self._detour(Request(scope, receive, send, host, headers), link)
            return
        if method == "HEAD":
            await respond(send, 302, [(b"location", link.url.encode()), *PRIVATE], b"")
            return
        client = scope["client"][0] if scope.get("client") else ""
        identity, click_id = await self.hit(link, client, headers)
        cookies = self.cookies(link, client, headers, identity, click_id)
        await respond(send, 302, _answer(link, click_id, cookies), b"")

    async def find(self, host: str, key: str) -> EdgeLink | None:
        """The link for a key on a host of ours; the empty key is the root link.

        StoreUnavailable where it is not in memory and the store does not say it in time.
        """
        if "\x00" in key or len(key) > KEY_MAX:
            return None
        folded = key_folded(key) or "_root"
        try:
            known = self._table.known(host, folded)
            if known is not None:
                return known
            async with asyncio.timeout(self._timeout_s):
                return await self._table.fetch(host, folded)
        except UnicodeEncodeError:
            return None
        except TimeoutError:
            raise StoreUnavailable("the link could not be read in time") from None

    async def hit(
        self, link: EdgeLink, client: str, headers: Headers, *, url: str = "", referrer: str = "",
        trigger: Trigger = Trigger.LINK,
    ) -> tuple[bytes, str | None]:  # fmt: skip
        """Record a hit; the click id is None where the store did not take it."""
        now_us = self._table.now_us(link.workspace_id)
        hour = now_us // HOUR_US
        try:
            identity = await self._visitors.identity(client, headers, self._app.clock.now_us())
        except Exception:
            log.exception("visitor_unknown")
            return b"", None
        ref, click_id = self._app.settings.click_ids.derive(link.number, identity, hour)
        user_agent = text(headers, b"user-agent")
        kind = classify(user_agent, purpose(headers))
        hit = Hit(
            link.workspace_id,
            link.number,
            hour,
            ref.visitor,
            click_id,
            now_us,
            kind.hit_class.value,
            kind.reason,
            trigger is Trigger.DEEPLINK or kind.hit_class.value not in self._uncounted,
            user_agent,
            referrer or text(headers, b"referer"),
            url or link.url,
            trigger.value,
            self._places.of(client, headers),
        )
        return identity, click_id if await self._stored(hit) else None

    async def _stored(self, hit: Hit) -> bool:
        """The redirect goes out whatever happens to the disk; only the id depends on it."""
        stored = self._app.db.append(self._record, hit)
        self._patience.watch(stored)
        try:
            await stored
        except (Exception, asyncio.CancelledError) as error:
            log.error("click_not_stored", error=type(error).__name__)
            return False
        return True

    def cookies(
        self,
        link: EdgeLink,
        client: str,
        headers: Headers,
        identity: bytes,
        click_id: str | None,
    ) -> list[tuple[bytes, bytes]]:
        """What makes a visitor known again, where the operator wants that. Their clicks are kept
        with it: the cookie names the last one alone.
        """
        if not self._app.config.edge.visitor_cookie or not identity:
            return []
        visitor_id = self.jar.of(headers, identity)
        if click_id is not None:
            self._arrivals.add(link, visitor_id, click_id, headers)
        last = click_id or came_with(headers)[1]
        return [self.jar.line(client, headers, visitor_id, last)]


def _answer(
    link: EdgeLink, click_id: str | None, cookies: list[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    location = link.url
    if click_id is not None and link.before is not None:
        location = f"{link.before}{click_id}{link.after}"
    return [(b"location", location.encode()), *PRIVATE, *cookies]


class Patience:
    """Ends waits that last too long. One timer for all: one per redirect showed in its cost."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._waits: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, wait: "asyncio.Future[Any]") -> None:
        loop = wait.get_loop()
        self._waits.append((loop.time() + self._timeout_s, wait))
        if self._timer is None:
            self._timer = loop.call_later(SWEEP_EVERY_S, self._sweep, loop)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """The same patience for all, so the oldest wait is always the first."""
        now = loop.time()
        while self._waits and (self._waits[0][1].done() or self._waits[0][0] <= now):
            self._waits.popleft()[1].cancel()
        self._timer = loop.call_later(SWEEP_EVERY_S, self._sweep, loop) if self._waits else None
