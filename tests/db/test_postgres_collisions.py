"""PostgreSQL: transactions that meet, and connections that break."""

import asyncio
import threading
from typing import Any

import pytest

from headwater.db import Read, StoreUnavailable, Write
from tests.db.conftest import PATIENCE_S, Things


@pytest.fixture(params=["postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_deadlock_is_retried_and_both_are_done(things: Things) -> None:
    """Each takes one row and then the other's; both are answered and count once."""
    things.db.write_now(things.add_all, ["a", "b"])
    met = threading.Barrier(2)
    things.run(_both(things, met))
    assert things.db.read_now(_amounts) == [("a", 2), ("b", 2)]
    assert len(things.runs) > 4  # so one of them was run again


def test_a_lock_does_not_hold_up_others(things: Things) -> None:
    """Two names are two locks; the second write ends while the first still waits."""

    async def beside() -> None:
        entered, go = threading.Event(), threading.Event()
        holding = asyncio.create_task(things.db.write(_locked, "x", entered, go))
        await asyncio.to_thread(entered.wait, PATIENCE_S)
        await things.db.write(_locked, "y", threading.Event(), _set())
        waiting = asyncio.create_task(things.db.write(_locked, "x", threading.Event(), _set()))
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
        go.set()
        await asyncio.gather(holding, waiting)

    things.run(beside())


def test_a_broken_connection_is_unavailable_and_the_next_write_works(things: Things) -> None:
    with pytest.raises(StoreUnavailable):
        things.db.write_now(_cut_off, things)
    things.db.write_now(things.add, "next")
    assert things.stored() == ["next"]


def test_a_broken_connection_while_reading_is_unavailable(things: Things) -> None:
    with pytest.raises(StoreUnavailable):
        things.db.read_now(lambda tx: tx.one("select pg_terminate_backend(pg_backend_pid())"))
    assert things.stored() == []


def test_a_read_only_server_is_unavailable(things: Things) -> None:
    """As after a switch to a replica."""
    with pytest.raises(StoreUnavailable):
        things.db.write_now(_read_only, things)
    things.db.write_now(things.add, "next")
    assert things.stored() == ["next"]


def test_a_bad_item_beside_a_broken_connection_hurts_nobody(things: Things) -> None:
    """The batch falls once with its connection and is then run item by item."""
    broken = threading.Event()

    def add_all(tx: Write, wanted: list[str]) -> list[str]:
        if not broken.is_set():
            broken.set()
            _cut_off(tx, things)
        return things.add_all(tx, wanted)

    async def items() -> list[Any]:
        return await asyncio.gather(*(things.db.append(add_all, name) for name in "abc"))

    assert things.run(items()) == ["a", "b", "c"]
    assert things.stored() == ["a", "b", "c"]


async def _both(things: Things, met: threading.Barrier) -> None:
    await asyncio.gather(
        things.db.write(_bump, things, ("a", "b"), met),
        things.db.write(_bump, things, ("b", "a"), met),
    )


def _bump(tx: Write, things: Things, order: tuple[str, str], met: threading.Barrier) -> None:
    for name in order:
        things.runs.append(name)
        tx.run("update things set n = n + 1 where name = :name", {"name": name})
        _meet(met)


def _meet(met: threading.Barrier) -> None:
    """The first time both come here they go on together."""
    try:
        met.wait(PATIENCE_S)
    except threading.BrokenBarrierError:
        return
    met.abort()


def _amounts(tx: Read) -> list[Any]:
    return tx.all("select name, n from things order by name")


def _locked(tx: Write, name: str, entered: threading.Event, go: threading.Event) -> None:
    tx.lock(name)
    entered.set()
    assert go.wait(PATIENCE_S)


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


def _cut_off(tx: Write, things: Things) -> None:
    things.add(tx, "lost")
    tx.one("select pg_terminate_backend(pg_backend_pid())")


def _read_only(tx: Write, things: Things) -> None:
    tx.run("set transaction read only")
    things.add(tx, "refused")
