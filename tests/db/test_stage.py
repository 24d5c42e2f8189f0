"""Scripts on the thread of the loop that serves: the same results, in the same order."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from headwater.db import StoreUnavailable, Write
from headwater.db.stage import LOOK_AGAIN_S, SLICE_S, Stage, Step
from tests.db.conftest import Things

STEPS = 20


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop running on a thread of its own, as that of a server beside the writer."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    if not loop.is_closed():
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def played(loop: asyncio.AbstractEventLoop | None, steps: list[Step]) -> bool:
    stage = Stage()
    stage.use(loop)
    return stage.play(steps)


def test_steps_run_in_order_on_the_loops_thread(loop: asyncio.AbstractEventLoop) -> None:
    seen: list[tuple[int, int]] = []

    def step(number: int) -> bool:
        time.sleep(SLICE_S / 4)  # so that they take several slices
        seen.append((number, threading.get_ident()))
        return True

    assert played(loop, [lambda n=n: step(n) for n in range(STEPS)])
    assert [number for number, _ in seen] == list(range(STEPS))
    assert {thread for _, thread in seen}.isdisjoint({threading.get_ident()})


def test_the_loop_has_its_turn_between_slices(loop: asyncio.AbstractEventLoop) -> None:
    turns: list[int] = []
    done: list[int] = []

    def turn() -> None:
        turns.append(len(done))
        if len(done) < STEPS:
            loop.call_soon(turn)

    def step() -> bool:
        time.sleep(SLICE_S)
        done.append(1)
        return True

    loop.call_soon_threadsafe(turn)
    assert played(loop, [step] * STEPS)
    assert len(set(turns)) > STEPS / 2


def test_a_step_that_says_no_is_the_last(loop: asyncio.AbstractEventLoop) -> None:
    ran: list[int] = []
    steps: list[Step] = [lambda n=n: ran.append(n) or n < 2 for n in range(5)]
    assert not played(loop, steps)
    assert ran == [0, 1, 2]


def test_what_a_step_raises_is_raised_where_it_is_waited_for(
    loop: asyncio.AbstractEventLoop,
) -> None:
    def fails() -> bool:
        raise LookupError("as a step may")

    with pytest.raises(LookupError, match="as a step may"):
        played(loop, [lambda: True, fails])


def test_a_loop_that_ends_under_them_leaves_no_step_undone(
    loop: asyncio.AbstractEventLoop,
) -> None:
    ran: list[int] = []

    def step(number: int) -> bool:
        ran.append(number)
        if number == 3:
            loop.stop()
            time.sleep(2 * SLICE_S)
        return True

    assert played(loop, [lambda n=n: step(n) for n in range(STEPS)])
    assert ran == list(range(STEPS))


def test_a_closed_loop_is_no_stage() -> None:
    closed = asyncio.new_event_loop()
    closed.close()
    assert played(closed, [lambda: True] * 3)


def test_once_the_loop_ended_no_slice_waits_for_it() -> None:
    """What was accepted before SIGTERM runs at once: a role has 8.5 seconds for all of it."""
    ended = asyncio.new_event_loop()
    ended.close()

    def step() -> bool:
        time.sleep(SLICE_S)  # so that each takes a slice
        return True

    begun = time.monotonic()
    assert played(ended, [step] * STEPS)
    assert time.monotonic() - begun < LOOK_AGAIN_S


def test_writes_come_out_alike_on_the_stage(things: Things) -> None:
    """Errors fail alone, the rest of the group stands, and all ran on the loop's thread."""
    threads: set[int] = set()

    def add(tx: Write, name: str) -> str:
        threads.add(threading.get_ident())
        return things.add(tx, name)

    def add_and_fail(tx: Write) -> None:
        add(tx, "undone")
        raise LookupError("after it had written")

    async def main() -> list[Any]:
        things.db.play_on(asyncio.get_running_loop())
        try:
            writes = [things.db.write(add, f"name-{n}") for n in range(STEPS)]
            return await asyncio.gather(
                *writes, things.db.write(add_and_fail), return_exceptions=True
            )
        finally:
            things.db.play_on(None)

    *named, failed = things.run(main())
    assert named == [f"name-{n}" for n in range(STEPS)]
    assert isinstance(failed, LookupError)
    assert not isinstance(failed, StoreUnavailable)
    assert things.stored() == sorted(named)
