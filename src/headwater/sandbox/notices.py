"""Telling a server what became of actions (N-21), once each: any 2xx acknowledges, and nothing is
tried again.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from aiohttp import web

from headwater.sandbox.account import Account, Notify
from headwater.sandbox.network import Network

PULSE_S = 1.0
TIMEOUT_S = 5.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True, kw_only=True)
class Notice:
    """`status` 0: nobody answered."""

    at: float
    method: str
    url: str
    said: dict[str, Any]
    status: int = 0


class Telling(Protocol):
    """A stand-in, as far as it tells others."""

    account: Account
    network: Network
    notices: list[Notice]

    def now(self) -> float: ...


def notices_of(news: Sequence[dict[str, Any]], notify: Notify, at: float) -> list[Notice]:
    """In the order in which they go out."""
    told = [each for each in news for _ in range(2 if notify.twice else 1)]
    if notify.backwards:
        told.reverse()
    return [Notice(at=at, method=notify.method, url=notify.url, said=each) for each in told]


class Teller:
    """Tells what is new after each request, and of what time alone brought within a second."""

    def __init__(self, standin: Telling) -> None:
        self._standin = standin
        self._woken = asyncio.Event()

    @web.middleware
    async def after(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        self._woken.set()
        return answer

    async def running(self, _: web.Application) -> AsyncIterator[None]:
        """While the application runs."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT_S)) as session:
            task = asyncio.create_task(self._run(session))
            yield
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self, session: aiohttp.ClientSession) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(PULSE_S):
                    await self._woken.wait()
            self._woken.clear()
            standin = self._standin
            if standin.account.notify is None:
                standin.network.news.clear()
                continue
            standin.network.age(standin.now())
            for notice in self._new(standin, standin.account.notify):
                notice.status = await _send(session, notice)

    def _new(self, standin: Telling, notify: Notify) -> list[Notice]:
        news, standin.network.news = standin.network.news, []
        made = notices_of(news, notify, standin.now())
        standin.notices.extend(made)
        return made


async def _send(session: aiohttp.ClientSession, notice: Notice) -> int:
    plain = {name: value for name, value in notice.said.items() if name != "items"}
    query = plain | {"items": json.dumps(notice.said["items"])}
    try:
        if notice.method == "GET":
            call = session.get(notice.url, params=query, allow_redirects=False)
        else:
            call = session.post(notice.url, json=notice.said, allow_redirects=False)
        async with call as answer:
            return answer.status
    except (aiohttp.ClientError, OSError, ValueError):
        return 0
