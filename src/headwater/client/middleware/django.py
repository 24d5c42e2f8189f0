"""For Django, by WSGI and by ASGI. In the settings:

    HEADWATER = {"client": Headwater(...), "proxy_path": "/hw"}
    MIDDLEWARE = ["headwater.client.middleware.django.HeadwaterMiddleware", ...]

The visit is `request.headwater`.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException

from headwater.client.headwater import Headwater
from headwater.client.middleware import flask as wsgi
from headwater.client.middleware.front import Front
from headwater.client.middleware.proxy import AT_ONCE, BODY_MAX, Asked, Given
from headwater.client.request import Request, named
from headwater.client.visit import Visit


class HeadwaterMiddleware:
    """First in the list, so that its cookies are on every answer."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        client, proxy_path = _configured()
        self._next = get_response
        self._front = Front.of(client, proxy_path)
        self._threads: ThreadPoolExecutor | None = None
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)
            self._threads = ThreadPoolExecutor(AT_ONCE, "headwater-proxy")

    def __call__(self, request: Any) -> Any:
        if iscoroutinefunction(self):
            return self._awaited(request)
        asked = self._front.proxied(request_of(request))
        if asked is not None:
            return _response(self._answer(asked, body_of(request)))
        request.headwater = self._front.look(request_of(request))
        return self._with_cookies(self._next(request), request.headwater)

    async def _awaited(self, request: Any) -> Any:
        asked = self._front.proxied(request_of(request))
        if asked is not None:
            loop = asyncio.get_running_loop()
            body = body_of(request)
            return _response(await loop.run_in_executor(self._threads, self._answer, asked, body))
        request.headwater = self._front.look(request_of(request))
        return self._with_cookies(await self._next(request), request.headwater)

    def _answer(self, asked: Asked, body: bytes) -> Given:
        assert self._front.proxy is not None
        return self._front.proxy.answer(asked, body)

    def _with_cookies(self, response: Any, visit: Visit) -> Any:
        given = [(name.lower(), value) for name, value in response.headers.items()]
        given += [("set-cookie", each.OutputString()) for each in response.cookies.values()]
        added = self._front.answered(visit, given)
        if added.cache_control is not None:
            response.headers["Cache-Control"] = added.cache_control
        for line in added.cookies:
            set_cookie(response, line)
        return response


def visit_of(request: Any) -> Visit:
    """Who the middleware saw."""
    return cast("Visit", request.headwater)


def set_cookie(response: Any, line: str) -> None:
    """A Set-Cookie header on an answer of Django, which only takes cookies apart."""
    first, *rest = [part.strip() for part in line.split(";")]
    name, _, value = first.partition("=")
    attributes = dict(part.lower().partition("=")[::2] for part in rest)
    response.cookies[name] = value
    morsel = response.cookies[name]
    for attribute, given in attributes.items():
        morsel[attribute] = given or True
    if "samesite" in attributes:
        morsel["samesite"] = attributes["samesite"].title()


def request_of(request: HttpRequest) -> Request:
    """A request of Django as the client looks at it; SECURE_PROXY_SSL_HEADER is respected."""
    meta = request.META
    return Request(
        method=str(request.method),
        scheme=str(request.scheme),
        host=meta.get("HTTP_HOST") or meta.get("SERVER_NAME", ""),
        path=request.path,
        query=meta.get("QUERY_STRING", "").encode("latin-1", "replace").decode("utf-8", "replace"),
        headers=named(request.headers.items()),
        peer=meta.get("REMOTE_ADDR", ""),
    )


def body_of(request: Any) -> bytes:
    """What was sent, or one byte more than is taken where it is too much; nothing where somebody
    has read it before.

    By WSGI Django itself reads nothing that comes without a length.
    """
    if hasattr(request, "environ") and not request.META.get("CONTENT_LENGTH"):
        return wsgi.body_of(request.environ, BODY_MAX)
    try:
        return bytes(request.body)
    except RequestDataTooBig:
        return bytes(BODY_MAX + 1)
    except (RawPostDataException, OSError):
        return b""


def _response(given: Given) -> Any:
    response = HttpResponse(given.body, status=given.status)
    del response.headers["Content-Type"]
    for name, value in given.headers:
        if name == "set-cookie":
            set_cookie(response, value)
        else:
            response.headers[name] = value
    return response


def _configured() -> tuple[Headwater, str | None]:
    given: Any = getattr(settings, "HEADWATER", None)
    if isinstance(given, Mapping) and isinstance(given.get("client"), Headwater):
        return given["client"], given.get("proxy_path")
    raise ImproperlyConfigured(
        'Set HEADWATER = {"client": Headwater(...), "proxy_path": "/hw"} in the settings.'
    )
