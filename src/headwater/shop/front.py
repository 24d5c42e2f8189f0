"""One process, many hosts: who is asked is told by the Host header."""

import mimetypes
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar, Request, Response, asgi, get
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler

from headwater.client.middleware.asgi import HeadwaterMiddleware
from headwater.shop import account, card, checkout, mailbox, provider, signin, site
from headwater.shop.pages import FILES, filled, page
from headwater.shop.parts import Shop
from headwater.shop.settings import (
    APP,
    BLOG,
    CARD,
    CAREFUL,
    MAIL,
    PROVIDER,
    SITE,
    TAG_PATH,
    Settings,
)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]

DESK = "/customers/cloud-subscription-checkout"
NAMES = frozenset(each.name for each in FILES.iterdir() if each.suffix in {".css", ".js", ".svg"})
# What is posted from elsewhere on purpose; each has a proof of its own.
FROM_ELSEWHERE = {"/callback", "/webhooks/card"}


def hosts(shop: Shop) -> dict[str, Asgi]:
    landing = _app(shop, site.home, site.consent)
    at_desk = asgi(DESK, is_mount=True, copy_scope=False)(checkout.desk(shop))
    app = _app(
        shop,
        *(account.start, account.account, account.plans, site.consent),
        *(signin.door, signin.sign_up, signin.sign_in, signin.sign_out),
        *(signin.leave, signin.come_back, signin.mail_link, signin.letter),
        *(at_desk, checkout.paid, checkout.thanks),
    )
    return {
        SITE: HeadwaterMiddleware(landing, shop.client),
        CAREFUL: HeadwaterMiddleware(landing, shop.client),
        APP: HeadwaterMiddleware(app, shop.client, proxy_path=TAG_PATH),
        BLOG: _app(shop, site.blog),
        PROVIDER: _app(shop, provider.ask, provider.answer, provider.token),
        MAIL: _app(shop, mailbox.letters),
        CARD: _app(shop, card.open_session, card.ask, card.pay),
    }


def _app(shop: Shop, *handlers: ControllerRouterHandler) -> Litestar:
    codes, errands = provider.Codes(), card.Errands()
    given = {"shop": shop, "codes": codes, "errands": errands}
    return Litestar(
        [*handlers, file],
        dependencies={name: _provided(value) for name, value in given.items()},
        exception_handlers={HTTPException: _lost(shop.settings)},
        openapi_config=None,
    )


def _lost(settings: Settings) -> Callable[[Request[Any, Any, Any], HTTPException], Response[str]]:
    """A page for people who come by half an address, or by one that never was."""

    def answered(_: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
        if error.status_code == 404:
            title, words = "Nothing is here", "The address is not of a page, or no longer."
        else:
            title, words = "Something is missing", "The address is not whole. Begin again."
        body = filled("lost.html", title=title, words=words, home=settings.at(SITE))
        return page(title, body, status=error.status_code)

    return answered


def _provided(value: object) -> Provide:
    def given() -> Any:
        return value

    return Provide(given, sync_to_thread=False)


@get("/files/{name:str}", sync_to_thread=False)
def file(name: str) -> Response[bytes]:
    if name not in NAMES:
        return Response(b"", status_code=404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {"cache-control": "public, max-age=3600"}
    return Response((FILES / name).read_bytes(), media_type=kind, headers=headers)


class Front:
    """What every answer carries, and what is refused before anybody looks at it."""

    def __init__(self, shop: Shop) -> None:
        self._hosts = hosts(shop)
        self._policy = policy(shop.settings).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        app = self._hosts.get(host.rpartition(":")[0] or host)
        if app is None:
            await _refused(send, 404, b"There is no such host here.")
        elif _from_elsewhere(scope, headers.get(b"origin", ""), host):
            await _refused(send, 403, b"This form was sent from another site.")
        else:
            await app(scope, receive, self._with_policy(send))

    def _with_policy(self, send: Send) -> Send:
        more = [
            (b"content-security-policy", self._policy),
            (b"x-content-type-options", b"nosniff"),
        ]

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        return sent


def policy(settings: Settings) -> str:
    """No script stands in a page; what runs comes from the shop or from the tag's host."""
    shop = " ".join(settings.at(host, "") for host in (APP, SITE, CAREFUL, CARD, PROVIDER, MAIL))
    return (
        f"default-src 'none'; script-src 'self' {settings.track}; style-src 'self'; img-src 'self';"
        f" connect-src 'self' {settings.track}; form-action 'self' {shop}; base-uri 'none';"
        " frame-ancestors 'none'"
    )


def _from_elsewhere(scope: Scope, origin: str, host: str) -> bool:
    if scope["method"] != "POST" or scope["path"] in FROM_ELSEWHERE:
        return False
    return bool(origin) and urlsplit(origin).netloc != host


async def _refused(send: Send, status: int, words: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(words))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words})
