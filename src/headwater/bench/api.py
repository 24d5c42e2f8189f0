"""A small client of the API: enough to prepare a benchmark and to count afterwards."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import aiohttp

from headwater.bench.server import DOMAIN, Server
from headwater.bench.tools import CannotMeasure

AT_ONCE = 32
PAGE = 100
BULK = 100  # links in one call, the most the API takes
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NETWORK = ip_address("198.18.0.0")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One session with one server."""

    server: Server
    session: aiohttp.ClientSession

    async def post(self, path: str, body: Any) -> Any:
        async with self.session.post(self.server.url + path, json=body) as answer:
            return await _accepted(answer)

    async def get(self, path: str, **parameters: Any) -> Any:
        async with self.session.get(self.server.url + path, params=parameters) as answer:
            return await _accepted(answer)

    async def visit(self, key: str, visitor: int) -> str:
        """Follow one link as one visitor and give the click id the redirect carries."""
        headers = {"Host": DOMAIN, "User-Agent": BROWSER, "X-Forwarded-For": _address(visitor)}
        async with self.session.get(
            f"{self.server.url}/{key}", headers=headers, allow_redirects=False
        ) as answer:
            place = urlsplit(answer.headers.get("Location", ""))
            click_id = dict(parse_qsl(place.query)).get("hw_id")
            if answer.status != 302 or click_id is None:
                raise CannotMeasure(
                    f"GET /{key} on {DOMAIN} answered {answer.status} to {place.geturl()!r}; a "
                    "302 with a click id (hw_id) was expected. See that the store can write."
                )
            return click_id

    async def info(self, key: str) -> Any:
        """One link of ours."""
        return await self.get("/links/info", domain=DOMAIN, key=key)

    async def links(self) -> AsyncIterator[dict[str, Any]]:
        """Every link of the workspace, page by page."""
        after: dict[str, str] = {}
        while found := await self.get("/links", pageSize=PAGE, **after):
            for link in found:
                yield link
            after = {"startingAfter": found[-1]["id"]}

    async def total(self, counter: str) -> int:
        """The sum of one counter over all links."""
        return sum([int(link[counter]) async for link in self.links()])


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[Api]:
    """A session that carries the workspace's key."""
    headers = {"Authorization": f"Bearer {server.key}"}
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        yield Api(server=server, session=session)


async def each(work: Callable[[T], Awaitable[Any]], items: Iterable[T]) -> None:
    """Do the same for every item, a fixed number of them at once."""
    waiting = iter(items)

    async def take() -> None:
        for item in waiting:
            await work(item)

    await asyncio.gather(*(take() for _ in range(AT_ONCE)))


def _address(visitor: int) -> str:
    return str(NETWORK + visitor)


async def _accepted(answer: aiohttp.ClientResponse) -> Any:
    if answer.status >= 300:
        raise CannotMeasure(
            f"{answer.method} {answer.url.path} answered {answer.status} while the benchmark "
            f"was prepared or counted: {await answer.text()}"
        )
    return await answer.json()
