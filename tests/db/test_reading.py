"""Readers see one moment of the store, and neither wait for the writer nor keep it waiting."""

import asyncio
import threading

import pytest

from headwater.db import Read, Write
from tests.db.conftest import PATIENCE_S, Things, names


def test_a_reader_sees_one_moment_while_others_write(things: Things) -> None:
    """The write finishes although the reader is not done, and the reader does not see it."""

    async def read_beside_a_write() -> None:
        entered, go = threading.Event(), threading.Event()
        reading = asyncio.create_task(things.db.read(_twice, entered, go))
        await asyncio.to_thread(entered.wait, PATIENCE_S)
        await things.db.write(things.add, "new")
        go.set()
        assert await reading == ([], [])
        assert await things.db.read(names) == ["new"]

    things.run(read_beside_a_write())


def test_a_reader_does_not_wait_for_a_writer(things: Things) -> None:
    """Nor does it see what is not committed."""

    async def read_within_a_write() -> None:
        entered, go = threading.Event(), threading.Event()
        writing = asyncio.create_task(things.db.write(_hold, things, entered, go))
        await asyncio.to_thread(entered.wait, PATIENCE_S)
        assert await things.db.read(names) == []
        go.set()
        await writing
        assert await things.db.read(names) == ["held"]

    things.run(read_within_a_write())


def test_a_reader_cannot_write(things: Things) -> None:
    with pytest.raises(Exception, match=r"(?i)read.?only"):
        things.db.read_now(things.add, "smuggled")
    assert things.stored() == []


def test_an_error_while_reading_leaves_the_reader_usable(things: Things) -> None:
    for _ in range(20):
        with pytest.raises(Exception, match="nowhere"):
            things.db.read_now(lambda tx: tx.all("select * from nowhere"))
    assert things.stored() == []


def _twice(tx: Read, entered: threading.Event, go: threading.Event) -> tuple[list[str], list[str]]:
    first = names(tx)
    entered.set()
    assert go.wait(PATIENCE_S)
    return first, names(tx)


def _hold(tx: Write, things: Things, entered: threading.Event, go: threading.Event) -> None:
    things.add(tx, "held")
    entered.set()
    assert go.wait(PATIENCE_S)
