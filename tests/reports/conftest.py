"""A workspace that reports to the stand-in of impact.com, over HTTP, with a clock that is moved."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headwater import attribution, customers, delivery, reports
from headwater.config import Overrides, load
from headwater.delivery import Filters, State
from headwater.kit.clock import SECOND_US, SystemClock
from headwater.kit.context import Context
from headwater.kit.egress import EgressClient
from headwater.runtime import App, open_app
from headwater.sandbox import Account, Standin
from headwater.sandbox.board import LEAVE
from headwater.sandbox.run import listen
from headwater.sandbox.server import Fault
from headwater.worker import deliver, follow
from headwater.worker.pace import Pace
from tests.http.conftest import new_store

ENGINES = ("sqlite", "postgres")
START_US = 1_780_000_000 * SECOND_US
TRACKERS = {"signup": 2001, "trialStart": 2002, "trialEnd": 2003, "sale": 2004}
EMAIL = "  USER@example.com  "
HASHED = "63a710569261a24b3766275b7000ce8d7b32e2f7"


@dataclass
class Frozen:
    """A clock that stands until it is moved."""

    us: int = START_US

    def now_us(self) -> int:
        return self.us

    def monotonic_us(self) -> int:
        return SystemClock().monotonic_us()

    def move(self, seconds: float) -> None:
        self.us += round(seconds * SECOND_US)


class Running:
    """The stand-in on a port of its own, in a loop of its own."""

    def __init__(self) -> None:
        self.standin = Standin()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._listens = threading.Event()
        self._app = self.standin.app()
        self._thread.start()
        assert self._listens.wait(10)

    def _run(self) -> None:
        def ready(port: int) -> None:
            self.url = f"http://127.0.0.1:{port}"
            self._listens.set()

        self._loop.run_until_complete(listen(self._app, 0, ready))

    def let_go(self) -> None:
        """Whoever hangs is answered."""
        closing, self.standin.closing = self.standin.closing, asyncio.Event()
        self._loop.call_soon_threadsafe(closing.set)

    def come_back(self) -> None:
        """Before the time it left for."""
        self._loop.call_soon_threadsafe(self._app[LEAVE].put_nowait, 0.0)

    def stop(self) -> None:
        self.let_go()
        self._loop.call_soon_threadsafe(self._app[LEAVE].put_nowait, None)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    started = Running()
    yield started
    started.stop()


@pytest.fixture(scope="session", params=ENGINES)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One store per engine for all tests of this folder: each has a workspace of its own."""
    folder: Path = tmp_path_factory.mktemp("reports")
    store = new_store(request.param, folder / "data", request)
    config = load(Overrides(data=str(store.data), database=store.url))
    opened = open_app(config, owner=True)
    yield opened
    opened.close()


@pytest.fixture
def desk(shared: App, running: Running) -> Iterator["Desk"]:
    clock = Frozen()
    standin = running.standin
    standin.__init__(Account(), clock=lambda: clock.us / SECOND_US)  # type: ignore[misc]
    made = Desk(running=running, clock=clock, app=replace(shared, clock=clock))
    made.workspace_id = made.ctx("ws_none").new_id("ws_")
    made.write(made.open_workspace)
    yield made
    running.let_go()
    made.close()


@dataclass
class Desk:
    running: Running
    clock: Frozen
    app: App
    workspace_id: str = ""
    made: list[str] = field(default_factory=list)

    @property
    def standin(self) -> Standin:
        return self.running.standin

    @property
    def account(self) -> Account:
        return self.standin.account

    def ctx(self, workspace_id: str | None = None) -> Context:
        return Context(
            workspace_id=workspace_id or self.workspace_id,
            now_us=self.clock.us,
            entropy=self.app.entropy,
        )

    def open_workspace(self, tx: Any) -> None:
        tx.run(
            "insert into workspaces (id, slug, currency, click_param, salt, created_at)"
            " values (:id, :id, 'usd', 'hw_id', '00', 0)",
            {"id": self.workspace_id},
        )

    def write(self, fn: Any, *args: Any) -> Any:
        return self.app.db.write_now(fn, *args)

    def read(self, fn: Any, *args: Any) -> Any:
        return self.app.db.read_now(fn, *args)

    def connect(self, *, token: str | None = "token-1", **settings: Any) -> Any:
        """A destination at the stand-in; `settings` over those that are right."""
        given = {
            "accountSid": "SID1",
            "programId": 1000,
            "trackers": TRACKERS,
            "apiUrl": self.running.url,
        }
        new = reports.NewAccount(
            kind="impact", name="Impact", settings=given | settings, auth_token=token
        )
        made = self.write(reports.create_account, self.ctx(), new, True)
        self.made.append(made.id)
        return made

    def customer(
        self, click: str | None = "im-1", *, external_id: str = "", email: str | None = EMAIL
    ) -> Any:
        """Somebody the network brought, unless there is no click."""
        draft = customers.CustomerDraft(
            external_id=external_id or self.ctx().new_id("u-"), email=email
        )
        customer_id = self.ctx().new_id("cus_")
        self.write(customers.insert, self.workspace_id, customer_id, draft, self.clock.us)
        made = self.read(customers.by_id, self.workspace_id, customer_id)
        if click is not None:
            row = {
                "customer_id": made.id,
                "provider": "impact",
                "identifier": click,
                "parameter": "im_ref",
                "touched_at": self.clock.us,
                "now": self.clock.us,
            }
            self.write(attribution.insert_foreign, self.workspace_id, row)
        return made

    def plan(self, kind: str, customer: Any, fact_id: str = "", **more: Any) -> str:
        """A fact, as `consequences` reports it; returns its id."""
        fact_id = fact_id or self.ctx().new_id(f"{kind}_")
        fact = reports.Reportable(
            **{"kind": kind, "fact_id": fact_id, "customer": customer, "at": self.clock.us} | more
        )
        self.write(reports.plan, self.ctx(), fact)
        return fact_id

    def sell(self, customer: Any, amount: int = 2900, currency: str = "usd", **more: Any) -> str:
        fact_id = more.pop("fact_id", "") or self.ctx().new_id("sale_")
        return self.plan(
            "sale",
            customer,
            **{"fact_id": fact_id, "sale_id": fact_id, "amount": amount, "currency": currency}
            | more,
        )

    def deliveries(self, **filters: Any) -> list[Any]:
        """Oldest first."""
        found = self.read(
            lambda tx: delivery.list_deliveries(
                tx, self.workspace_id, Filters(**filters), limit=1000
            )
        )
        return found[::-1]

    def one(self, event: str, **filters: Any) -> Any:
        (found,) = self.deliveries(event=f"report.{event}", **filters)
        return found

    def with_log(self, event: str) -> Any:
        return self.read(delivery.get_delivery, self.workspace_id, self.one(event).id)

    def outcomes(self, event: str) -> list[tuple[str, int | None, str | None]]:
        log = self.with_log(event).log
        return [(each.outcome.value, each.status, each.error) for each in log]

    def quiet(self) -> bool:
        """Nothing can be sent now, and nothing is under way."""
        waiting = self.deliveries(state=State.WAITING)
        return all(
            each.next_attempt_at is not None and each.next_attempt_at > self.clock.us
            for each in waiting
        )

    def nothing_under_way(self) -> bool:
        return all(
            each.next_attempt_at is not None for each in self.deliveries(state=State.WAITING)
        )

    def work(self, until: Any = None, *, workers: int = 1, **changes: Any) -> None:
        """The worker, until nothing can be sent at this time."""
        asyncio.run(self.working(until or self.quiet, workers=workers, **changes))

    async def working(self, until: Any, *, workers: int = 1, **changes: Any) -> None:
        stop = asyncio.Event()
        config = tuned(self.app.config, **changes)
        pace = Pace(self.clock)
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            for _ in range(workers):
                tasks.create_task(
                    deliver.run(self.app.db, config, self.clock, self.app.entropy, pace, stop)
                )
            while not await asyncio.to_thread(until):  # noqa: ASYNC110 - it is in the store
                await asyncio.sleep(0.01)
            stop.set()

    def follow(self) -> None:
        """Ask the network, once, about all that may be asked now."""

        async def once() -> None:
            config = tuned(self.app.config)
            client = EgressClient(allow_private=True, timeout_s=2, max_response_bytes=65536)
            async with client:
                await follow.round_of(replace(self.app, config=config), client)

        asyncio.run(once())

    def settle_all(self) -> None:
        """Time for the network to work through what it took, and for us to ask."""
        self.clock.move(61)
        self.follow()

    def requests(self, method: str = "POST") -> list[Any]:
        return [each for each in self.standin.seen if each.method == method]

    def sent(self) -> list[dict[str, Any]]:
        return [each.fields for each in self.requests()]

    def fault(self, mode: str, count: int = 1, order_id: str = "") -> None:
        self.standin.faults.append(Fault(mode, count, order_id))

    def close(self) -> None:
        for each in self.made:
            self.write(delivery.delete_destination, self.ctx(), each)


def tuned(config: Any, **changes: Any) -> Any:
    """Waits are the stand-in's and the clock's, so timeouts alone are short."""
    changed = {"timeout_s": 2.0, "lease_s": 900.0, "rest_after": 0} | changes
    return msgspec.structs.replace(
        config,
        delivery=msgspec.structs.replace(config.delivery, **changed),
        egress=msgspec.structs.replace(config.egress, allow_private=True),
    )
