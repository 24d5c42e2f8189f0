"""For Flask and every other WSGI application.

`HeadwaterMiddleware(app.wsgi_app, client)`; the visit is `environ["headwater"]`, in a Flask view
`visit_of(request.environ)`.
"""

from collections.abc import Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any, cast

from headwater.client.headwater import Headwater
from headwater.client.middleware.front import Front
from headwater.client.middleware.proxy import BODY_MAX, Asked
from headwater.client.request import Request, named
from headwater.client.visit import Visit

Environ = MutableMapping[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
App = Callable[[Any, Any], Iterable[bytes]]

KEY = "headwater"


class HeadwaterMiddleware:
    """`proxy_path="/hw"` serves the tag at `/hw.js` on the site's own host."""

    def __init__(self, app: App, client: Headwater, proxy_path: str | None = None) -> None:
        self._app = app
        self._front = Front.of(client, proxy_path)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = request_of(environ)
        asked = self._front.proxied(request)
        if asked is not None:
            return self._proxied(asked, environ, start_response)
        visit = self._front.look(request)
        environ[KEY] = visit

        def start(status: str, headers: Headers, *rest: Any) -> Any:
            return start_response(status, self._with_cookies(headers, visit), *rest)

        return self._app(environ, start)

    def _with_cookies(self, headers: Headers, visit: Visit) -> Headers:
        added = self._front.answered(visit, [(name.lower(), value) for name, value in headers])
        if added.cache_control is not None:
            kept = [each for each in headers if each[0].lower() != "cache-control"]
            headers = [*kept, ("Cache-Control", added.cache_control)]
        return [*headers, *(("Set-Cookie", each) for each in added.cookies)]

    def _proxied(
        self, asked: Asked, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        assert self._front.proxy is not None
        given = self._front.proxy.answer(asked, body_of(environ, BODY_MAX))
        start_response(status_line(given.status), given.lines)
        return [given.body]


def visit_of(environ: Environ) -> Visit:
    """Who the middleware saw."""
    return cast("Visit", environ[KEY])


def body_of(environ: Environ, most: int) -> bytes:
    """One byte more than will be taken says that it is too much. Without a length only a server
    that ends the stream itself can be read from.
    """
    stream = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdigit():
        return bytes(stream.read(min(int(length), most + 1)))
    if not environ.get("wsgi.input_terminated"):
        return b""
    return bytes(stream.read(most + 1))


def status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def request_of(environ: Environ) -> Request:
    """A WSGI environment as the client looks at it."""
    given = [
        (key.removeprefix("HTTP_").replace("_", "-"), value)
        for key, value in environ.items()
        if key.startswith("HTTP_") or key in {"CONTENT_TYPE", "CONTENT_LENGTH"}
    ]
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return Request(
        method=environ["REQUEST_METHOD"],
        scheme=environ.get("wsgi.url_scheme", "http"),
        host=environ.get("HTTP_HOST") or environ.get("SERVER_NAME", ""),
        path=_unicode(path),
        query=_unicode(environ.get("QUERY_STRING", "")),
        headers=named(given),
        peer=environ.get("REMOTE_ADDR", ""),
    )


def _unicode(written: str) -> str:
    """WSGI hands bytes over as latin-1."""
    return written.encode("latin-1", "replace").decode("utf-8", "replace")
