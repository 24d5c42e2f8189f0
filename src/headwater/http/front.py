"""In front of everything: the Host header says whether a request is for the edge or the API."""

from typing import Any
from urllib.parse import urlsplit

from headwater.http.api.refunds import routable
from headwater.http.asgi import AsgiApp, Receive, Scope, Send, respond
from headwater.http.call_log import REQUEST_ID
from headwater.http.edge import Edge
from headwater.http.envelope import error_response
from headwater.http.limits import Limits
from headwater.http.linger import Lingering, has_body
from headwater.http.link_table import LinkTable
from headwater.http.tag_paths import is_file, of_tag
from headwater.kit.ids import new_id
from headwater.kit.problems import invalid
from headwater.runtime import App


class Front:
    def __init__(
        self, app: App, edge: Edge, table: LinkTable, api: AsgiApp, limits: Limits
    ) -> None:
        self._app = app
        self._edge = edge
        self._table = table
        self._api = api
        self._limits = limits
        own = urlsplit(app.config.public_url).hostname or ""
        self._own_hosts = {own.lower(), app.config.server.host, "localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._api(scope, receive, send)
            return
        if has_body(scope):
            lingering = Lingering(scope, receive, send)
            receive, send = lingering.receive, lingering.send
        host = self._table.named(_host(scope))
        elsewhere = host not in self._own_hosts and self._table.workspace_of(host) is not None
        if elsewhere and not of_tag(scope["method"], scope["path"]):
            await self._edge(scope, receive, send, host)
            return
        path = scope["path"]
        if path == "/api" or path.startswith("/api/"):
            scope["path"] = path[4:] or "/"
            scope["raw_path"] = scope["path"].encode("utf-8", "surrogateescape")
        scope["path"] = routable(scope["path"])
        await self._named(scope, receive, send)

    async def _named(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Every answer carries the id of its request; those to pages also that they may read it."""
        request_id = new_id("req_", self._app.clock.now_us(), self._app.entropy)
        scope[REQUEST_ID] = request_id
        more = [(b"x-request-id", request_id.encode())]
        if scope["path"] in _FOR_BROWSERS or scope["path"] in _OF_THE_TAG:
            more += _FOR_BROWSERS.get(scope["path"]) or _cors_of(scope)
            if scope["method"] == "OPTIONS":
                await respond(send, 204, more, b"")
                return
        free = scope["path"] in _OF_OPERATORS or is_file(scope["path"])
        admission = None if free else self._limits.admit(scope)
        if admission is not None:
            more += admission.headers

        async def with_more(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *more]
            await send(message)

        if admission is not None and admission.problem is not None:
            await error_response(with_more, admission.problem)
            return
        await self._answer(scope, receive, with_more)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if b"%00" in scope.get("raw_path", b"") or b"%00" in scope["query_string"]:
            message = "The URL contains a NUL character (%00). Remove it."
            await error_response(send, invalid("url", message))
            return
        await self._api(scope, receive, send)


def _cors(methods: bytes) -> list[tuple[bytes, bytes]]:
    """Any page may call these."""
    return [
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-methods", methods),
        (b"access-control-allow-headers", b"Content-Type, Authorization"),
        (b"access-control-expose-headers", b"x-request-id"),
    ]


def _cors_of(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The page that asks may, with its cookie: the handler looks at where it stands."""
    origin = [value for name, value in scope["headers"] if name == b"origin"]
    if not origin:
        return [(b"vary", b"Origin")]
    return [
        (b"vary", b"Origin"),
        (b"access-control-allow-origin", origin[0]),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-allow-methods", _OF_THE_TAG[scope["path"]]),
        (b"access-control-allow-headers", b"Content-Type"),
        (b"access-control-expose-headers", b"x-request-id"),
    ]


_OF_THE_TAG = {"/t": b"POST, OPTIONS", "/t/config": b"GET, OPTIONS"}
_OF_OPERATORS = frozenset({"/healthz", "/readyz"})
_POST = _cors(b"POST, OPTIONS")
_FOR_BROWSERS = {
    "/track/click": _POST,
    "/track/open": _POST,
    "/track/visit": _POST,
    "/track/lead/client": _POST,
    "/track/sale/client": _POST,
    "/qr": _cors(b"GET, OPTIONS"),
}


def _host(scope: Scope) -> str:
    for header, value in scope["headers"]:
        if header == b"host":
            host: str = value.decode("latin-1").lower()
            name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
            return name.removesuffix(".")  # a name may be written with the dot of the root
    return ""
