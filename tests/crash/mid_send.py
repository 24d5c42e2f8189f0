"""A worker that is killed while a receiver has its requests, again and again on one store."""

import asyncio
import os
import random
import subprocess
import sys
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from headwater import delivery
from headwater.config import Overrides, load
from headwater.delivery import Delivery, Draft, Event, Filters, NewWebhook, State
from headwater.runtime import App, open_app
from headwater.workspace import Workspace, workspace_by_id
from tests.crash.process import ROOT
from tests.support import Store, wait_until

CUSTOMERS, EACH = 8, 3
# A lease may not be shorter than two attempts; it is what the test waits for.
SETTINGS = {
    "HEADWATER_EGRESS_ALLOW_PRIVATE": "true",
    "HEADWATER_DELIVERY_TIMEOUT_S": "0.5",
    "HEADWATER_DELIVERY_LEASE_S": "1",
    "HEADWATER_DELIVERY_SCHEDULE_S": "0.1,0.1,0.1,0.1,0.1,0.1",
    "HEADWATER_DELIVERY_REST_AFTER": "0",
}


@dataclass(slots=True)
class Mailbox:
    """A receiver on a thread of its own: it keeps all it is sent, and may leave it unanswered."""

    got: list[tuple[str, str]] = field(default_factory=list)  # message id and body, as they came
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    url: str = ""

    def open(self) -> "Mailbox":
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.url = asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result(10)
        return self

    def hold(self) -> None:
        self.loop.call_soon_threadsafe(self.answering.clear)

    def let_go(self) -> None:
        self.loop.call_soon_threadsafe(self.answering.set)

    async def _listen(self) -> str:
        app = web.Application()
        app.router.add_post("/", self._take)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/"

    async def _take(self, request: web.Request) -> web.Response:
        self.got.append((request.headers["webhook-id"], (await request.read()).decode()))
        await self.answering.wait()
        return web.Response()


@dataclass(slots=True)
class MidSend:
    """One store with one webhook, and what its receiver has to have got by now."""

    store: Store
    app: App
    mailbox: Mailbox
    workspace: Workspace
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def round(self, chance: random.Random) -> list[str]:
        """Plan, let a worker begin, kill it, let another one end; what is wrong."""
        self.mailbox.got.clear()
        planned = self.plan()
        self.mailbox.hold()
        first, begun = self.worker(), chance.randint(1, CUSTOMERS)
        wait_until(lambda: len(self.mailbox.got) >= begun)
        first.kill()
        first.wait()
        held = {message_id for message_id, _ in self.mailbox.got}
        self.mailbox.let_go()
        second = self.worker()
        wait_until(lambda: not self.deliveries(State.WAITING), timeout_s=30)
        second.terminate()
        second.wait()
        return self.wrong(planned, held)

    def close(self) -> None:
        for each in self.workers:
            if each.poll() is None:
                each.kill()
                each.wait()
        self.app.close()

    def plan(self) -> dict[str, list[str]]:
        """Of each customer the messages in their order, by what they are about."""
        ctx = self.app.context(self.workspace)
        told = {
            ctx.new_id("cus_"): [ctx.new_id("s_") for _ in range(EACH)] for _ in range(CUSTOMERS)
        }
        for customer, subjects in told.items():
            drafts = [
                Draft(event=Event.SALE_CREATED, subject_id=each, order_key=customer, data=dict)
                for each in subjects
            ]
            self.app.db.write_now(delivery.plan, ctx, drafts)
        return told

    def worker(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "headwater", "worker", *self.store.arguments]
        with self.store.data.with_name("worker.log").open("ab") as log:
            started = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | SETTINGS, stdout=log, stderr=log
            )
        self.workers.append(started)
        return started

    def deliveries(self, state: State | None = None) -> list[Delivery]:
        filters = Filters(state=state)
        return self.app.db.read_now(
            lambda tx: delivery.list_deliveries(tx, self.workspace.id, filters, limit=10_000)
        )

    def wrong(self, planned: dict[str, list[str]], held: set[str]) -> list[str]:
        of = {each.subject_id: each for each in self.deliveries()}
        got: dict[str, list[str]] = defaultdict(list)
        for message_id, body in self.mailbox.got:
            got[message_id].append(body)
        place = {message_id: n for n, (message_id, _) in enumerate(self.mailbox.got)}
        wrong = [f"a body changed: {each}" for each, bodies in got.items() if len(set(bodies)) > 1]
        for subjects in planned.values():
            messages = [of[each].message_id for each in subjects]
            wrong += [f"lost: {each}" for each in messages if each not in got]
            wrong += [f"not told as delivered: {e}" for e in subjects if of[e].state != "delivered"]
            last = [place[each] for each in messages if each in place]
            wrong += [] if last == sorted(last) else [f"out of order: {messages}"]
            wrong += [f"not sent again: {m}" for m in messages if m in held and len(got[m]) < 2]
        return wrong


def begin(store: Store) -> MidSend:
    """A fresh store with a workspace and a webhook."""
    store.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    app = open_app(load(Overrides(data=str(store.data), database=store.url)), owner=False)
    mailbox = Mailbox().open()
    return MidSend(store, app, mailbox, app.db.write_now(_furnish, app, mailbox.url))


def _furnish(tx: Any, app: App, url: str) -> Workspace:
    tx.run(
        "insert into workspaces (id, slug, currency, click_param, salt, created_at)"
        " values ('ws_mid_send', 'mid-send', 'usd', 'hw_id', '00', 0)"
    )
    own = workspace_by_id(tx, "ws_mid_send")
    new = NewWebhook(name="mailbox", url=url, triggers=(Event.SALE_CREATED,))
    delivery.create_webhook(tx, app.context(own), new, True)
    return own
