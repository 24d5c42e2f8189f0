"""A store to be crashed again and again."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.rounds import Rounds, begin, set_up
from tests.support import Store


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Rounds:
    """Program, partner and links on SQLite, to be copied."""
    made = begin(Store(tmp_path_factory.mktemp("prepared") / "data"), seed=0)
    server = made.serve()
    set_up(server.client)
    assert server.stop() == 0
    return made


@pytest.fixture
def rounds(prepared: Rounds, tmp_path: Path) -> Iterator[Rounds]:
    """On SQLite, with program, partner and links; no server runs yet."""
    shutil.copytree(prepared.store.data, tmp_path / "data")
    made = Rounds(Store(tmp_path / "data"), prepared.key, random.Random(_seed()))
    yield made
    made.close()


@pytest.fixture
def both_engines(store: Store) -> Iterator[Rounds]:
    """On SQLite and on PostgreSQL."""
    made = begin(store, seed=_seed())
    yield made
    made.close()


def _seed() -> int:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # shown where the test fails
    return seed
