"""For Starlette, FastAPI, Litestar and every other ASGI application.

The visit is `visit_of(request.scope)`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from headwater.client.headwater import Headwater
from headwater.client.middleware.front import Front
from headwater.client.middleware.proxy import AT_ONCE, BODY_MAX, Asked, Given
from headwater.client.request import Request, named
from headwater.client.visit import Visit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]

KEY = "headwater"


class HeadwaterMiddleware:
    """`proxy_path="/hw"` serves the tag at `/hw.js` on the site's own host."""

    def __init__(self, app: App, client: Headwater, proxy_path: str | None = None) -> None:
        self._app = app
        self._front = Front.of(client, proxy_path)
        # Threads of its own: a server that hangs must not take those the site works with.
        self._threads = ThreadPoolExecutor(AT_ONCE, "headwater-proxy") if proxy_path else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._with_its_life(send))
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = request_of(scope)
        asked = self._front.proxied(request)
        if asked is not None:
            await self._proxied(asked, receive, send)
            return
        visit = self._front.look(request)
        scope[KEY] = visit

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = self._with_cookies(message, visit)
            await send(message)

        await self._app(scope, receive, sent)

    def _with_cookies(self, message: Message, visit: Visit) -> Message:
        lines = list(message.get("headers", ()))
        added = self._front.answered(
            visit,
            [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in lines],
        )
        if added.cache_control is not None:
            lines = [each for each in lines if each[0].lower() != b"cache-control"]
            lines.append((b"cache-control", added.cache_control.encode("latin-1")))
        lines += [(b"set-cookie", each.encode("latin-1")) for each in added.cookies]
        return {**message, "headers": lines}

    async def _proxied(self, asked: Asked, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            return
        assert self._front.proxy is not None
        loop = asyncio.get_running_loop()
        given = await loop.run_in_executor(self._threads, self._front.proxy.answer, asked, body)
        await _give(given, send)

    def _with_its_life(self, send: Send) -> Send:
        """The client lives as long as the application; at its end what waits is sent."""

        async def sent(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._front.client.start()
            elif message["type"] == "lifespan.shutdown.complete":
                await asyncio.to_thread(self._front.client.close)
            await send(message)

        return sent


def visit_of(scope: Mapping[str, Any]) -> Visit:
    """Who the middleware saw."""
    return cast("Visit", scope[KEY])


async def _body(receive: Receive) -> bytes | None:
    """As much as will be judged, however it is sent; None where the visitor has gone."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_MAX or not message.get("more_body"):
            return b"".join(parts)


async def _give(given: Given, send: Send) -> None:
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given.lines]
    await send({"type": "http.response.start", "status": given.status, "headers": lines})
    await send({"type": "http.response.body", "body": given.body})


def request_of(scope: Scope) -> Request:
    """An ASGI connection as the client looks at it."""
    given = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    headers = named(given)
    client = scope.get("client")
    return Request(
        method=scope["method"],
        scheme=scope.get("scheme", "http"),
        host=headers.get("host", ""),
        path=scope["path"],
        query=scope.get("query_string", b"").decode("utf-8", "replace"),
        headers=headers,
        peer=client[0] if client else "",
    )
