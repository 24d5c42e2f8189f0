"""One running server per engine, shared by all tests of this folder that run in one process."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.http.world import World, serve
from tests.support import Store

ENGINES = ("sqlite", "postgres")


def new_store(engine: str, data: Path, request: pytest.FixtureRequest) -> Store:
    """An empty store on an engine, for longer than one test."""
    if engine == "sqlite":
        return Store(data)
    server = request.getfixturevalue("postgres")
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        copied = request.getfixturevalue("migrated")
        connection.execute(f"create database {name} template {copied} strategy file_copy")
    return Store(data, server.replace("/postgres?", f"/{name}?"))


@pytest.fixture(scope="session", params=ENGINES)
def world(request: pytest.FixtureRequest) -> World:
    """The same one for every test on an engine: starting a server takes longer than most tests."""
    built: World = request.getfixturevalue(f"world_on_{request.param}")
    return built


@pytest.fixture(scope="session")
def world_on_sqlite(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    yield from _running("sqlite", request, tmp_path_factory)


@pytest.fixture(scope="session")
def world_on_postgres(
    request: pytest.FixtureRequest, postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    yield from _running("postgres", request, tmp_path_factory)


@pytest.fixture(scope="module", params=ENGINES)
def battered(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Another world, for tests that send whatever comes to mind."""
    yield from _running(request.param, request, tmp_path_factory)


def _running(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    store = new_store(engine, tmp_path_factory.mktemp("world") / "data", request)
    built = serve(store)
    yield built
    built.server.stop()
