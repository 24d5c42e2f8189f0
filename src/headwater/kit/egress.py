"""The one guarded HTTP client: no private addresses, bounded in time and size; redirects, where any
are followed, are looked at like the first address.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.http_exceptions import LineTooLong
from yarl import URL

from headwater.kit.targets import Answer, Cause, EgressError, Fetched, is_private, parsed

USER_AGENT = "Headwater"
_MOVED = frozenset({301, 302, 303, 307, 308})
RESOLVER_THREADS = 32  # a name server that hangs holds one of these per name, nothing else
KEEPALIVE_S = 4.0  # below what receivers commonly use, so that we close an idle connection first


class _PrivateAddressError(OSError):
    pass


def _guarded_socket(info: Any) -> socket.socket:
    """The last gate: sees the very address that is connected to, literal or resolved."""
    family, kind, protocol, _, address = info
    if is_private(str(address[0])):
        raise _PrivateAddressError("the address is private")
    return socket.socket(family, kind, protocol)


class _Resolver(AbstractResolver):
    """System resolver on threads of its own, so that slow names do not hold up other work."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="resolver")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._pool, _lookup, host, port, family)
        return [_resolved(host, port, entry) for entry in found]

    async def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _lookup(host: str, port: int, family: int) -> list[Any]:
    return socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)


def _resolved(host: str, port: int, entry: Any) -> ResolveResult:
    family, _, protocol, _, address = entry
    return ResolveResult(
        hostname=host,
        host=address[0],
        port=port,
        family=family,
        proto=protocol,
        flags=socket.AI_NUMERICHOST,  # what was resolved is what is connected to
    )


class EgressClient:
    """Use as `async with`; one per process, connections are kept and reused."""

    def __init__(
        self,
        *,
        allow_private: bool,
        timeout_s: float,
        max_response_bytes: int,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._timeout_s = timeout_s
        self._max_response_bytes = max_response_bytes
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            resolver=self._resolver or _Resolver(),
            socket_factory=None if self._allow_private else _guarded_socket,
            limit=0,
            keepalive_timeout=KEEPALIVE_S,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            headers={"User-Agent": USER_AGENT},
            auto_decompress=False,  # a small answer must not unpack into a large one
            trust_env=False,
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

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        return await self.send("POST", url, headers, body)

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        answer_max: int | None = None,
    ) -> Answer:
        """Send once. EgressError if no whole answer (up to the size cap) came in time."""
        most = answer_max or self._max_response_bytes
        target = parsed(url, self._allow_private)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._exchange(method, target, headers, body, most)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise _translated(error) from error

    async def fetch(self, url: str, redirects: int) -> Fetched:
        """Fetch the whole of it. EgressError if it is larger than the cap, did not come in time, or
        is behind more than so many redirects.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                for _ in range(redirects + 1):
                    found = await self._fetch(parsed(url, self._allow_private))
                    if isinstance(found, Fetched):
                        return found
                    url = found
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise _translated(error) from error
        raise EgressError(Cause.REDIRECTS)

    async def _fetch(self, url: URL) -> Fetched | str:
        """The answer, or where it says to look instead."""
        assert self._session is not None
        plain = {"Accept-Encoding": "identity"}
        async with self._session.get(url, headers=plain, allow_redirects=False) as response:
            location = response.headers.get("Location")
            if response.status in _MOVED and location:
                return str(url.join(URL(location)))
            return Fetched(status=response.status, body=await self._whole(response))

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """The whole answer or an EgressError, also where it is larger than the cap."""
        target = parsed(url, self._allow_private)
        assert self._session is not None
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._session.get(target, headers=headers, allow_redirects=False) as response,
            ):
                body = await self._whole(response)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise _translated(error) from error
        return _answer(response, body)

    async def _exchange(
        self, method: str, url: URL, headers: Mapping[str, str], body: bytes, most: int
    ) -> Answer:
        assert self._session is not None
        async with self._session.request(
            method, url, data=body or None, headers=headers, allow_redirects=False
        ) as response:
            excerpt = await self._read(response, most)
            return _answer(response, excerpt[:most])

    async def _whole(self, response: aiohttp.ClientResponse) -> bytes:
        most = self._max_response_bytes
        body = await self._read(response, most)
        if len(body) > most:
            raise EgressError(Cause.TOO_LARGE, f"more than {most} bytes")
        return body

    async def _read(self, response: aiohttp.ClientResponse, most: int) -> bytes:
        """The chunks up to the one that passes `most`; the rest is dropped with its connection."""
        kept = bytearray()
        async for chunk in response.content.iter_any():
            kept += chunk
            if len(kept) > most:
                response.close()
                break
        return bytes(kept)


def _answer(response: aiohttp.ClientResponse, body: bytes) -> Answer:
    return Answer(
        status=response.status,
        retry_after=response.headers.get("Retry-After"),
        body_excerpt=body,
        limit_left=response.headers.get("X-RateLimit-Remaining"),
        limit_reset=response.headers.get("X-RateLimit-Reset"),
    )


def _translated(error: BaseException) -> EgressError:
    return EgressError(_cause(error), type(error).__name__)


def _cause(error: BaseException | None) -> Cause:
    """The first that fits, on the outside or within: the library wraps what it met."""
    while error is not None:
        for kind, cause in _CAUSES:
            if isinstance(error, kind):
                return cause
        error = error.__cause__
    return Cause.NETWORK


_CAUSES: tuple[tuple[type[BaseException], Cause], ...] = (
    (aiohttp.ClientSSLError, Cause.TLS),
    (ssl.SSLError, Cause.TLS),
    (aiohttp.ClientConnectorDNSError, Cause.DNS),
    (_PrivateAddressError, Cause.PRIVATE_ADDRESS),
    (ConnectionRefusedError, Cause.REFUSED),
    (TimeoutError, Cause.TIMEOUT),
    (aiohttp.InvalidURL, Cause.BAD_URL),
    (LineTooLong, Cause.TOO_LARGE),
)
