"""From a request's connection and headers to who it comes from."""

from collections.abc import Iterable

from headwater import attribution, visitors, workspace
from headwater.http.address import network, visitor_address
from headwater.kit.clock import DAY_US
from headwater.runtime import App

Headers = dict[bytes, bytes]

_KEPT_MAX = 1000  # characters of an agent or referrer that are kept
_FORWARDED = b"x-forwarded-for"


class Visitors:
    """Addresses become identities under the salt of the day; they are never stored or logged."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._salts: dict[int, bytes] = {}
        self._trusted = [network(n) for n in app.config.server.trusted_proxies]

    async def identity(self, client: str, headers: Headers, real_us: int) -> bytes:
        """Of that day, which is the real one also in a sandbox: a salt made for a day to come would
        be kept until then.
        """
        if self._app.config.edge.visitor_cookie:
            visitor_id, _ = came_with(headers)
            known = attribution.from_cookie(visitor_id or "", self._app.click_key)
            if known is not None:
                return known
        day = real_us // DAY_US
        salt = self._salts.get(day) or await self.prepare(day)
        forwarded = headers.get(_FORWARDED, b"") if self._trusted else b""
        address = visitor_address(client, forwarded, self._trusted)
        return attribution.identity(address, text(headers, b"user-agent"), salt)

    async def prepare(self, day: int) -> bytes:
        """Have the salt of a day at hand; the day before is forgotten."""
        salt = await self._app.db.write(workspace.daily_salt, day, self._app.entropy)
        self._salts = {kept: s for kept, s in self._salts.items() if kept >= day - 1}
        self._salts[day] = salt
        return salt


def came_with(headers: Headers) -> tuple[str | None, str | None]:
    """Visitor id and last own click of the cookie, whoever made them. Another host of the domain
    may have set one of the same name that is none: the first that is one counts.
    """
    cookies = headers.get(b"cookie", b"").decode("latin-1")
    for part in cookies.split(";"):
        name, _, value = part.strip().partition("=")
        visitor_id, click_id = visitors.cookie_parts(value)
        if name == attribution.COOKIE and visitor_id is not None:
            return visitor_id, click_id
    return None, None


def headers_of(given: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The last of each name; of X-Forwarded-For every line, because together they are one list."""
    given = list(given)
    headers: Headers = dict(given)
    if _FORWARDED in headers and len(headers) < len(given):
        headers[_FORWARDED] = b",".join(value for name, value in given if name == _FORWARDED)
    return headers


def text(headers: Headers, name: bytes) -> str:
    """A header as text, without what no store could keep."""
    value = headers.get(name)
    return value.decode("latin-1").replace("\x00", "")[:_KEPT_MAX] if value else ""


def purpose(headers: Headers) -> str:
    """What a browser says of a request nobody asked for yet."""
    for name in (b"sec-purpose", b"purpose", b"x-moz", b"x-purpose"):
        if name in headers:
            return text(headers, name)
    return ""
