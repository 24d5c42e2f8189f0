"""A workspace with webhooks, a real receiver on loopback, and the real worker."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from aiohttp import web

from headwater import config as settings
from headwater import delivery
from headwater.db import open_database
from headwater.kit.clock import SystemClock
from headwater.kit.context import Context
from headwater.kit.entropy import SystemEntropy
from headwater.kit.ids import new_id
from headwater.worker import deliver
from headwater.worker.pace import Pace

CLOCK = SystemClock()
ENTROPY = SystemEntropy()


@pytest.fixture
def place(store):
    """Opens the same store again and again, as several processes would."""
    opened = []

    def open_store():
        opened.append(open_database(data=store.data, url=store.url, now_us=CLOCK.now_us()))
        return opened[-1]

    yield open_store
    for each in opened:
        each.close()


@pytest.fixture
def office(place):
    return Office(place=place, database=place())


@dataclass
class Office:
    """One workspace and what the API would do in it."""

    place: Callable[[], Any]
    database: Any
    workspace_id: str = ""

    def __post_init__(self):
        self.workspace_id = self.workspace()

    def workspace(self):
        made = new_id("ws_", CLOCK.now_us(), ENTROPY)
        self.write(
            lambda tx: tx.run(
                "insert into workspaces (id, slug, currency, click_param, salt, created_at)"
                " values (:id, :id, 'usd', 'hw_id', '00', 0)",
                {"id": made},
            )
        )
        return made

    def ctx(self, workspace_id=None):
        return Context(
            workspace_id=workspace_id or self.workspace_id,
            now_us=CLOCK.now_us(),
            entropy=ENTROPY,
        )

    def write(self, fn, *args):
        return self.database.write_now(fn, *args)

    def read(self, fn, *args):
        return self.database.read_now(fn, *args)

    def subscribe(self, url, *triggers):
        new = delivery.NewWebhook(
            name="hook", url=url, triggers=triggers or (delivery.Event.SALE_CREATED,)
        )
        return self.write(delivery.create_webhook, self.ctx(), new, True)

    def sell(self, subject="sale_1", customer="cus_1", event=delivery.Event.SALE_CREATED):
        draft = delivery.Draft(
            event=event, subject_id=subject, order_key=customer, data=lambda: {"sale": subject}
        )
        self.write(delivery.plan, self.ctx(), [draft])

    def of(self, subject="sale_1"):
        """The one delivery about `subject`, with its log."""
        (found,) = self.read(delivery.deliveries_for_conversion, self.workspace_id, [subject])
        return self.read(delivery.get_delivery, self.workspace_id, found.id)

    def deliveries(self, **filters):
        return self.database.read_now(
            lambda tx: delivery.list_deliveries(
                tx, self.workspace_id, delivery.Filters(**filters), limit=1000
            )
        )

    def settled(self):
        return not self.deliveries(state=delivery.State.WAITING)

    async def reached(self, condition):
        await reached(condition)

    async def delivering(self, until=None, *, workers=1, at_most_s=10, **changes):
        """Run the worker until the condition holds."""
        stop = asyncio.Event()
        stores = [self.database] + [self.place() for _ in range(workers - 1)]
        async with asyncio.timeout(at_most_s), asyncio.TaskGroup() as tasks:
            for store in stores:
                tasks.create_task(
                    deliver.run(store, quick(**changes), CLOCK, ENTROPY, Pace(CLOCK), stop)
                )
            await reached(until or self.settled)
            stop.set()


def quick(*, allow_private=True, **changes):
    """Settings with waits a test can sit through."""
    config = settings.load()
    tuned = {"schedule_s": (0.05, 0.1), "timeout_s": 2.0, "rest_after": 0, **changes}
    return msgspec.structs.replace(
        config,
        delivery=msgspec.structs.replace(config.delivery, **tuned),
        egress=msgspec.structs.replace(config.egress, allow_private=allow_private),
    )


async def reached(condition):
    while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - the condition is in the store
        await asyncio.sleep(0.01)


@dataclass
class Call:
    path: str
    headers: dict
    body: bytes
    at: float

    @property
    def subject(self):
        return msgspec.json.decode(self.body)["data"]["sale"]


@dataclass
class Receiver:
    """Answers each path with its next planned answer, then 200; a last "hang" stays.

    An answer is a status, a (status, headers) pair, or an async function of the request.
    """

    url: str = ""
    port: int = 0
    calls: list[Call] = field(default_factory=list)
    answers: dict[str, list] = field(default_factory=dict)
    closing: asyncio.Event | None = None

    def will(self, path, *answers):
        self.answers[path] = list(answers)

    def subjects(self, path=None):
        return [call.subject for call in self.calls if path in {None, call.path}]

    async def _handle(self, request):
        body = await request.read()
        now = asyncio.get_running_loop().time()
        self.calls.append(Call(request.path, dict(request.headers), body, now))
        planned = self.answers.get(request.path) or [200]
        answer = planned[0] if planned == ["hang"] else planned.pop(0)
        match answer:
            case "hang":
                await self.closing.wait()
                return web.Response()
            case int():
                return web.Response(status=answer)
            case (status, headers):
                return web.Response(status=status, headers=headers)
            case _:
                return await answer(request)

    @asynccontextmanager
    async def open(self, port=0):
        self.closing = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._handle)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        try:
            yield self
        finally:
            self.closing.set()
            await runner.cleanup()


@pytest.fixture
def receiver():
    return Receiver()
