"""The tag's own path on the site's host: what browsers ask there goes to the server and back.

Nothing but the tag's files and its calls passes. The server's address is fixed, a path is one plain
name, and no redirect is followed, so that nobody reaches anything else through the site. Of cookies
only the visitor's passes, and it is written anew for the site.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from headwater.client import cookies
from headwater.client.errors import HeadwaterError, SetupError
from headwater.client.headwater import Headwater
from headwater.client.log import log
from headwater.client.patience import NOT_ASKED, Patience
from headwater.client.request import Request
from headwater.client.wire import Reply

BODY_MAX = 128 * 1024
PATIENCE_S = 4.0
AT_ONCE = 8

_PATH = re.compile(r"/[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*")
_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_SENT = (
    *("accept", "accept-language", "content-type", "if-none-match", "if-modified-since"),
    *("origin", "referer", "user-agent", "sec-gpc", "access-control-request-method"),
    "access-control-request-headers",
)
_GIVEN = (
    *("content-type", "cache-control", "etag", "last-modified", "vary", "retry-after", "allow"),
    *("x-content-type-options", "cross-origin-resource-policy", "timing-allow-origin"),
)
_CORS = "access-control-"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the tag: `path` is the server's, None where there is nothing of that name."""

    request: Request
    path: str | None


@dataclass(frozen=True, slots=True)
class Given:
    status: int
    headers: tuple[tuple[str, str], ...] = (("cache-control", "no-store"),)
    body: bytes = b""
    head: bool = False

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The headers, with the length where an answer may say one."""
        if self.head or self.status in {204, 304}:
            return list(self.headers)
        return [*self.headers, ("content-length", str(len(self.body)))]


class Proxy:
    def __init__(self, client: Headwater, path: str) -> None:
        if not _PATH.fullmatch(path):
            raise SetupError(f"{path!r} is no path to serve the tag at. Write it as /hw.")
        self._client, self._path = client, path
        self._patience = Patience(AT_ONCE)

    def asked(self, request: Request) -> Asked | None:
        """`/hw.js` is the tag, `/hw` its calls, `/hw/<name>` what lies beside; None: not ours."""
        if request.path == self._path:
            return Asked(request, "/t" if request.method in {"POST", "OPTIONS"} else None)
        reads = request.method in {"GET", "HEAD", "OPTIONS"}
        if request.path == f"{self._path}.js":
            return Asked(request, "/t.js" if reads else None)
        if not request.path.startswith(f"{self._path}/"):
            return None
        name = request.path.removeprefix(f"{self._path}/")
        return Asked(request, f"/t/{name}" if reads and _NAME.fullmatch(name) else None)

    def answer(self, asked: Asked, body: bytes) -> Given:
        """What the browser gets. A server that is away costs the site a moment, not its threads:
        few calls wait at once, and after a failure none is made for a while.
        """
        if asked.path is None:
            return Given(404)
        if len(body) > BODY_MAX:
            return Given(413)
        try:
            reply = self._patience.run(lambda: self._sent(asked, body), PATIENCE_S)
            return self._given(asked.request, reply)
        except HeadwaterError as error:
            if error.status or error.code == NOT_ASKED:
                return Given(error.status or 503)
            log.warning("tag_not_reached", code=error.code)
            return Given(502)

    def _sent(self, asked: Asked, body: bytes) -> Reply:
        request = asked.request
        query = quote(request.query, safe=_QUERY_SAFE)
        return self._client.wire.send(
            request.method,
            f"{asked.path}?{query}" if query else str(asked.path),
            headers=_headers(request),
            body=body or None,
            timeout_s=PATIENCE_S,
        )

    def _given(self, request: Request, reply: Reply) -> Given:
        if 300 <= reply.status < 400 and reply.status != 304:
            return Given(502)
        passed = [
            (name, value)
            for name, value in reply.headers.items()
            if name in _GIVEN or name.startswith(_CORS)
        ]
        if request.method == "POST":  # files are for everybody, and caches keep them
            passed += [("set-cookie", each) for each in self._cookies(request, reply)]
        return Given(reply.status, tuple(passed), reply.body, head=request.method == "HEAD")

    def _cookies(self, request: Request, reply: Reply) -> Iterator[str]:
        domain = self._client.domain(request)
        for each in reply.cookies:
            name, _, rest = each.partition(";")[0].partition("=")
            value = rest.strip()
            known = cookies.parsed(value)
            if name.strip() != cookies.VISITOR or (value and known is None):
                continue
            gone = known is None or _ended(each)
            yield cookies.written(
                request,
                cookies.VISITOR,
                "" if gone else str(known),
                lasts_s=0 if gone else cookies.LASTS_S,
                domain=domain,
            )


_QUERY_SAFE = "%&=+;,/?:@!$'()*~-._[]|"


def _ended(cookie: str) -> bool:
    return re.search(r";\s*max-age\s*=\s*(0|-\d+)\s*(;|$)", cookie, re.IGNORECASE) is not None


def _headers(request: Request) -> Mapping[str, str]:
    """Only what is named above; what belongs to the connection or to the site stays here."""
    headers = {name: request.header(name) for name in _SENT if request.header(name)}
    visitor = cookies.visitor_of(request)
    if visitor is not None:
        headers["cookie"] = f"{cookies.VISITOR}={visitor}"
    headers["x-forwarded-proto"] = request.scheme
    headers["x-forwarded-host"] = request.host
    if request.peer:
        headers["x-forwarded-for"] = request.peer
    return headers
