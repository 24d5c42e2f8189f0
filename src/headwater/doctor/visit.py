"""A visitor's browser, as far as HTTP goes: requests one by one, with the cookies it was given."""

import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver

from headwater.doctor.model import CannotWalk, Cookie, page_only
from headwater.doctor.page import host_of, joined
from headwater.kit.sites import is_local, site_of
from headwater.kit.targets import is_private

AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
    " Safari/537.36"
)
BODY_MAX = 1_000_000
REDIRECTS_MAX = 5  # of what a page asks for
_NAVIGATION = {
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "cross-site",
    "Upgrade-Insecure-Requests": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Headers by their small names, and up to BODY_MAX bytes of the body."""

    url: str
    status: int
    headers: Mapping[str, str]
    cookies: tuple[Cookie, ...]
    body: str


class _Names(ThreadedResolver):
    """As browsers know names: everything below `localhost` is this machine (RFC 6761)."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return await super().resolve(asked_for(host), port, family)


def asked_for(host: str) -> str:
    return "localhost" if is_local(host) else host


class Browser:
    """Use as `async with`. It runs no script."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._jar: dict[tuple[str, str], Cookie] = {}  # by domain (with a dot: and below) and name
        self._session: aiohttp.ClientSession | None = None
        self._inside: bool | None = None  # whether the walk began in a private network

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=self._timeout,
            connector=aiohttp.TCPConnector(resolver=_Names(), socket_factory=self._socket),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": AGENT},
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._session is not None
        await self._session.close()

    async def go(self, url: str) -> Answer:
        """Where a link or the address line leads to; redirects are not followed."""
        return await self._get(url, _NAVIGATION)

    async def fetch(self, url: str, origin: str) -> Answer:
        """What a page of that origin asks for, where it is in the end."""
        for _ in range(REDIRECTS_MAX):
            answer = await self._get(url, {"Origin": origin, "Referer": f"{origin}/"})
            to = moved_to(answer)
            if to is None:
                return answer
            url = to
        raise CannotWalk(f"{page_only(url)} is still sent on after {REDIRECTS_MAX} redirects")

    def _socket(self, info: Any) -> socket.socket:
        """Where everybody can begin, the way leads nowhere that only this network can reach."""
        family, kind, protocol, _, address = info
        private = is_private(str(address[0]))
        if self._inside is None:
            self._inside = private
        if private and not self._inside:
            words = f"{address[0]} is a private address, which visitors cannot reach"
            raise OSError(errno.EHOSTUNREACH, words)
        return socket.socket(family, kind, protocol)

    async def _get(self, url: str, headers: Mapping[str, str]) -> Answer:
        assert self._session is not None
        known = "; ".join(f"{each.name}={each.value}" for each in self.cookies_for(url))
        sent = {**headers, "Cookie": known} if known else dict(headers)
        try:
            async with self._session.get(url, headers=sent, allow_redirects=False) as response:
                raw = await _body(response)
                lines = response.headers.getall("Set-Cookie", [])
                cookies = [cookie for line in lines if (cookie := parsed(line)) is not None]
                named: dict[str, str] = {}
                for name, value in response.headers.items():  # several policies are all in force
                    name = name.lower()  # noqa: PLW2901
                    named[name] = f"{named[name]}, {value}" if name in named else value
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise CannotWalk(f"{page_only(url)} did not answer: {_said(error)}") from error
        for cookie in cookies:
            self._keep(url, cookie)
        return Answer(
            url=url,
            status=response.status,
            headers=named,
            cookies=tuple(cookies),
            body=_text(raw, response.charset),
        )

    def _keep(self, url: str, cookie: Cookie) -> None:
        if refusal(cookie, url):
            return
        place = (f".{cookie.domain}" if cookie.domain else host_of(url), cookie.name)
        if cookie.dies:
            self._jar.pop(place, None)
        else:
            self._jar[place] = cookie

    def cookies_for(self, url: str) -> list[Cookie]:
        host, safe = host_of(url), is_safe(url)
        return [
            cookie
            for (place, _), cookie in self._jar.items()
            if (belongs(host, place[1:]) if place.startswith(".") else place == host)
            and (safe or not cookie.secure)
        ]

    def knows(self, url: str, name: str) -> bool:
        return any(cookie.name == name for cookie in self.cookies_for(url))


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """What came of it: a page whose end never comes is one all the same."""
    found = b""
    try:
        while len(found) < BODY_MAX:
            part = await response.content.read(BODY_MAX - len(found))
            if not part:
                break
            found += part
    except (TimeoutError, aiohttp.ClientPayloadError):
        if not found:
            raise
    return found


def _text(raw: bytes, charset: str | None) -> str:
    try:
        return raw.decode(charset or "utf-8", "replace")
    except LookupError:  # there is no such charset
        return raw.decode("utf-8", "replace")


def moved_to(answer: Answer) -> str | None:
    """None where it is no redirect, or one to no page."""
    given = answer.headers.get("location", "")
    to = joined(answer.url, given) if 300 <= answer.status < 400 and given else ""
    return to if is_web(to) else None


def is_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://")) and host_of(url) != ""


def refusal(cookie: Cookie, url: str) -> str:
    """Why a browser does not keep it; empty where it does."""
    host, domain = host_of(url), cookie.domain
    if domain and not belongs(host, domain):
        return f"{host} does not belong to its Domain, {domain}"
    if domain not in {"", host} and not site_of(domain):
        return f"its Domain, {domain}, is not one owner's"
    if cookie.secure and not is_safe(url):
        return "it is Secure and came without https"
    return ""


def belongs(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def is_safe(url: str) -> bool:
    """Where browsers keep cookies that are only for https: there, and on this machine."""
    return url.startswith("https:") or is_local(host_of(url))


def parsed(line: str) -> Cookie | None:
    """One `Set-Cookie` line as browsers read it: what they do not know, they pass over."""
    first, *rest = line.split(";")
    name, found, value = first.partition("=")
    if not found or not name.strip():
        return None
    pairs = [each.partition("=") for each in rest]
    said = {word.strip().lower(): text.strip() for word, _, text in pairs}
    return Cookie(
        name=name.strip(),
        value=value.strip(),
        domain=said.get("domain", "").lstrip(".").lower(),
        path=said.get("path", ""),
        max_age=_seconds(said.get("max-age", "")),
        secure="secure" in said,
        http_only="httponly" in said,
        same_site=said.get("samesite", "").lower(),
    )


def _seconds(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__
