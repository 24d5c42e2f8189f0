"""A store with one table of our own, written through the public face on both engines."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from headwater.db import Database, Read, Write, open_database
from tests.support import Store

PATIENCE_S = 30.0


@dataclass(slots=True)
class Things:
    """The database, and the few statements these tests need."""

    store: Store
    db: Database
    runs: list[str] = field(default_factory=list)

    def add(self, tx: Write, name: str, amount: int = 0) -> str:
        """Answers its own name, so that a mixed-up answer shows."""
        self.runs.append(name)
        tx.run("insert into things (name, n) values (:name, :n)", {"name": name, "n": amount})
        return name

    def add_all(self, tx: Write, names: list[str]) -> list[str]:
        return [self.add(tx, name) for name in names]

    def stored(self) -> list[str]:
        return self.db.read_now(names)

    def run(self, main: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run(asyncio.wait_for(main, PATIENCE_S))

    def again(self, *, owner: bool = True) -> "Things":
        """Opened once more, as another process would."""
        return Things(self.store, _open(self.store, owner=owner))

    async def together(self, *starts: Callable[[], Any]) -> list[Any]:
        """Results or errors of work that was all waiting when the writer turned to it."""
        entered, go = threading.Event(), threading.Event()

        def hold(_: Write) -> None:
            entered.set()
            assert go.wait(PATIENCE_S)

        holding = asyncio.ensure_future(self.db.write(hold))
        await asyncio.to_thread(entered.wait, PATIENCE_S)
        tasks = [asyncio.ensure_future(start()) for start in starts]
        await asyncio.sleep(0.01)  # each has put its work into the queue
        go.set()
        await holding
        return await asyncio.gather(*tasks, return_exceptions=True)


def names(tx: Read) -> list[str]:
    return [row[0] for row in tx.all("select name from things order by name")]


def _open(store: Store, *, owner: bool = True) -> Database:
    return open_database(data=store.data, url=store.url, now_us=0, owner=owner)


@pytest.fixture
def as_new() -> str:
    """Migrations are tried here, so a store has none."""
    return "template1"


@pytest.fixture
def things(store: Store) -> Iterator[Things]:
    database = _open(store)
    database.write_now(
        lambda tx: tx.run("create table things (name text primary key, n bigint not null)")
    )
    opened = Things(store, database)
    yield opened
    opened.db.close()
