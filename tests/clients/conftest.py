"""The shared server of tests/http, for clients written by others."""

from collections.abc import Iterator

import pytest

from tests.clients.typescript import HERE, Sdk
from tests.http.conftest import world, world_on_postgres, world_on_sqlite
from tests.http.world import World

__all__ = ["world", "world_on_postgres", "world_on_sqlite"]


@pytest.fixture
def sdk(world: World) -> Iterator[Sdk]:
    """The TypeScript one."""
    assert (HERE / "node_modules").exists(), "run `make .venv/installed-dev`"
    opened = Sdk(world.server.url, str(world.client.key))
    yield opened
    opened.close()
