"""Rounds of load, kill, restart and check on one store."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.crash.check import lost, unbalanced
from tests.crash.faults import Orders
from tests.crash.load import LINKS, load
from tests.crash.memory import Memory
from tests.crash.process import ROOT, Process
from tests.support import Client, Store, initialise

SECONDS_LEAST = 0.3  # of load before a kill


@dataclass(slots=True)
class Rounds:
    """One store, the client that remembers all of it, and what was found wrong so far."""

    store: Store
    key: str
    chance: random.Random
    memory: Memory = field(default_factory=Memory)
    started: list[Process] = field(default_factory=list)

    @property
    def orders(self) -> Orders:
        """To the disk of the servers started here."""
        return Orders(self.store.data.with_name("orders"))

    def forgetful(self, *options: str) -> Process:
        """The core and the worker in one process, on the disk that forgets."""
        faults = ["--control", str(self.orders.directory), "--seed", str(self.chance.random())]
        command = ["-m", "tests.crash.launch", *self.store.arguments, *faults, *options]
        return self._start(Process(command, self._log, self.key))

    def serve(self) -> Process:
        """`headwater serve` as it is shipped."""
        command = ["-m", "headwater", "serve", *self.store.arguments]
        return self._start(Process(command, self._log, self.key))

    def serve_with_faults(self) -> Process:
        """`headwater serve` whose core has a disk that takes orders."""
        env = {
            "PYTHONPATH": str(Path(__file__).with_name("site")),
            "CRASH_TESTS_ROOT": str(ROOT),
            "CRASH_TESTS_CONTROL": str(self.orders.directory),
        }
        command = ["-m", "headwater", "serve", *self.store.arguments]
        return self._start(Process(command, self._log, self.key, env))

    def close(self) -> None:
        for process in self.started:
            process.close()

    @property
    def _log(self) -> Path:
        return self.store.data.with_name("server.log")

    def _start(self, process: Process) -> Process:
        self.started.append(process)
        return process.start()

    def load(self, server: Process, *, seconds: float) -> None:
        """For so long, or until the server is gone."""
        asyncio.run(self._load(server, lambda: None, seconds))

    def load_until(self, server: Process, end: Callable[[], Any], *, seconds: float) -> None:
        """At a random moment within so long call `end`, with the load going on meanwhile."""
        asyncio.run(self._load(server, end, self.chance.uniform(SECONDS_LEAST, seconds)))

    def load_and_kill(self, server: Process, *, seconds: float) -> None:
        self.load_until(server, server.kill, seconds=seconds)

    def check(self, server: Process, *, everything: bool = False) -> list[str]:
        return asyncio.run(lost(self.memory, server.url, self.key, everything=everything))

    def unbalanced(self) -> list[str]:
        return unbalanced(self.store, self.store.data.with_name("copy"))

    async def _load(self, server: Process, end: Callable[[], Any], after_s: float) -> None:
        ended = asyncio.Event()
        visitors = asyncio.create_task(
            load(self.memory, server.url, self.key, self.chance, gone=ended.is_set)
        )
        await asyncio.wait({visitors}, timeout=after_s)
        await asyncio.to_thread(end)
        ended.set()
        await visitors


def begin(store: Store, *, seed: int) -> Rounds:
    """A fresh store with the workspace acme."""
    return Rounds(store, initialise(store)["secret_key"], random.Random(seed))


def set_up(client: Client) -> None:
    """A program paying 5.00 per lead and 10 % per sale, and a partner with three links."""
    program = client.post("/programs", {"name": "Main"})["id"]
    lead = {"event": "lead", "type": "flat", "amountInCents": 500}
    sale = {"event": "sale", "type": "percentage", "amountInPercentage": 10}
    client.post(f"/programs/{program}/rewards", lead)
    client.post(f"/programs/{program}/rewards", sale)
    partner = client.post("/partners", {"email": "pat@partner.test"})["id"]
    for key in LINKS:
        link = {"url": "https://acme.test/", "key": key}
        client.post("/links", link | {"programId": program, "partnerId": partner})
