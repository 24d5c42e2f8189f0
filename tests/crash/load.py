"""Visitors who click, sign up, buy and are refunded, many at once, until the server is gone."""

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.crash.memory import Call, Click, Memory
from tests.support import BROWSER, DOMAIN

LINKS = ("one", "two", "three")
VISITORS_AT_ONCE = 24
GONE = (aiohttp.ClientError, OSError, TimeoutError)


@dataclass(slots=True)
class Teller:
    """Sends what the memory holds, and keeps what was answered there before anything else."""

    session: aiohttp.ClientSession
    url: str
    key: str

    async def click(self, click: Click) -> bool:
        """True if the redirect carried an id."""
        click.sent += 1
        headers = {"host": DOMAIN, "user-agent": click.agent}
        async with self.session.get(
            f"{self.url}/{click.link}", headers=headers, allow_redirects=False
        ) as answer:
            _, carried, click_id = answer.headers["location"].partition("hw_id=")
            assert answer.status == 302
        if carried:
            click.answer(click_id)
        return bool(carried)

    async def call(self, call: Call) -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {self.key}"}
        async with self.session.post(
            self.url + call.path, json=call.body, headers=headers
        ) as answer:
            status, body = answer.status, json.loads(await answer.read())
        if status == 200 and call.answer is None:
            call.answer = body
        return status, body


@asynccontextmanager
async def teller(url: str, key: str) -> AsyncIterator[Teller]:
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=VISITORS_AT_ONCE),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=30),
    )
    session._retry_connection = False  # a request sent twice must be one we know of
    async with session:
        yield Teller(session, url, key)


async def load(
    memory: Memory, url: str, key: str, chance: random.Random, *, gone: Callable[[], Any]
) -> None:
    """Until the server does not answer any more, or `gone` says so."""
    async with teller(url, key) as tell, asyncio.TaskGroup() as visitors:
        for _ in range(VISITORS_AT_ONCE):
            visitors.create_task(_visitors(tell, memory, chance, gone))


async def _visitors(
    tell: Teller, memory: Memory, chance: random.Random, gone: Callable[[], Any]
) -> None:
    with suppress(*GONE):
        while not gone():
            await _story(tell, memory, chance)


async def _story(tell: Teller, memory: Memory, chance: random.Random) -> None:
    """One visitor; each step only after the one before was answered."""
    name = uuid.UUID(int=chance.getrandbits(128)).hex[:12]
    link = chance.choice(LINKS)
    click = memory.click(link, f"{BROWSER} {name}")
    if not await tell.click(click):
        memory.refused += 1
        return
    if chance.random() < 0.3:
        return
    for path, body in _steps(name, next(iter(click.click_ids)), chance):
        call = memory.call(link, path, body)
        if chance.random() < 0.2:  # a client that asks twice at once
            await _twice(tell, call)
        else:
            await tell.call(call)
        if call.answer is None:
            memory.refused += 1
            return


async def _twice(tell: Teller, call: Call) -> None:
    answers = await asyncio.gather(tell.call(call), tell.call(call), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer


def _steps(name: str, click_id: str, chance: random.Random) -> list[tuple[str, dict[str, Any]]]:
    """A lead, then none to two sales, one of them perhaps refunded in part."""
    customer = {"customerExternalId": f"u-{name}"}
    steps: list[tuple[str, dict[str, Any]]] = []
    steps.append(("/track/lead", customer | {"clickId": click_id, "eventName": "Sign up"}))
    for number in range(chance.randrange(3)):
        invoice = f"in-{name}-{number}"
        amount = 10 * chance.randrange(100, 10_000)
        steps.append(("/track/sale", customer | {"amount": amount, "invoiceId": invoice}))
        if chance.random() < 0.5:
            refund = {"amount": amount // 20 * 10, "key": "first"}
            steps.append((f"/sales/ext_{invoice}/refunds", refund))
    return steps
