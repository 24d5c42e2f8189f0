"""Every caller of the writer gets its own result, whatever happens to the work beside it."""

import asyncio
import threading
from functools import partial
from typing import Any

import pytest

from headwater.db import Collision, Write
from tests.db.conftest import PATIENCE_S, Things

MANY = 300  # more than one group


def test_each_caller_gets_its_own_result(things: Things) -> None:
    wanted = [f"{number:04}" for number in range(MANY)]
    starts = [partial(things.db.write, things.add, name) for name in wanted]
    assert things.run(things.together(*starts)) == wanted
    assert things.stored() == wanted


def test_each_item_gets_its_own_result(things: Things) -> None:
    wanted = [f"{number:04}" for number in range(5 * MANY)]
    starts = [partial(things.db.append, things.add_all, name) for name in wanted]
    assert things.run(things.together(*starts)) == wanted
    assert things.stored() == wanted


def test_items_of_two_batch_functions_go_with_scripts(things: Things) -> None:
    def shout(tx: Write, words: list[str]) -> list[str]:
        return [things.add(tx, word.upper()) for word in words]

    starts = [
        partial(things.db.append, things.add_all, "a"),
        partial(things.db.append, shout, "b"),
        partial(things.db.write, things.add, "c"),
        partial(things.db.append, things.add_all, "d"),
    ]
    assert things.run(things.together(*starts)) == ["a", "B", "c", "d"]
    assert things.stored() == sorted(["a", "B", "c", "d"])


def test_a_failing_script_leaves_its_neighbours_alone(things: Things) -> None:
    """What it wrote before it failed is gone; the rest stands."""
    starts = [partial(things.db.write, _perhaps(things), f"{n:03}") for n in range(50)]
    results = things.run(things.together(*starts))
    for number, result in enumerate(results):
        if number % 3 == 0:
            assert isinstance(result, _OddError)
        else:
            assert result == f"{number:03}"
    assert things.stored() == [f"{n:03}" for n in range(50) if n % 3]


def test_a_failing_item_leaves_the_others_alone(things: Things) -> None:
    """A-78."""

    def add_good(tx: Write, wanted: list[str]) -> list[str]:
        return [_perhaps(things)(tx, name) for name in wanted]

    starts = [partial(things.db.append, add_good, f"{n:03}") for n in range(50)]
    results = things.run(things.together(*starts))
    assert [isinstance(result, _OddError) for result in results] == [n % 3 == 0 for n in range(50)]
    assert things.stored() == [f"{n:03}" for n in range(50) if n % 3]


def test_a_second_row_under_a_unique_name_is_a_collision(things: Things) -> None:
    things.db.write_now(things.add, "taken")
    starts = [
        partial(things.db.write, things.add, "free"),
        partial(things.db.write, things.add, "taken"),
        partial(things.db.append, things.add_all, "also free"),
        partial(things.db.append, things.add_all, "taken"),
    ]
    free, taken, also_free, taken_too = things.run(things.together(*starts))
    assert (free, also_free) == ("free", "also free")
    assert isinstance(taken, Collision)
    assert isinstance(taken_too, Collision)
    assert things.stored() == ["also free", "free", "taken"]


def test_another_broken_rule_is_no_collision(things: Things) -> None:
    """Only a unique constraint means that somebody was first. A-105: of the row nothing is said."""
    with pytest.raises(Exception, match=r"(?i)not.null") as caught:
        things.db.write_now(lambda tx: tx.run("insert into things (name) values ('secret')"))
    assert not isinstance(caught.value, Collision)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_what_a_client_gave_up_on_is_done_all_the_same(things: Things) -> None:
    """The script is not cut in half, nor lost."""

    async def give_up() -> None:
        entered, go = threading.Event(), threading.Event()
        writing = asyncio.create_task(things.db.write(_slow, things, entered, go))
        await asyncio.to_thread(entered.wait, PATIENCE_S)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        go.set()
        await things.db.write(things.add, "later")

    things.run(give_up())
    things.db.close()
    things.db = things.again().db
    assert things.stored() == ["later", "slow"]


def test_closing_finishes_what_was_queued(things: Things) -> None:
    async def close_behind() -> list[Any]:
        writes = [asyncio.create_task(things.db.write(things.add, f"w{n:03}")) for n in range(200)]
        items = [things.db.append(things.add_all, f"i{n:03}") for n in range(200)]
        await asyncio.sleep(0)
        await asyncio.to_thread(things.db.close)
        return await asyncio.gather(*writes, *items)

    answered = things.run(close_behind())
    things.db = things.again().db
    assert things.stored() == sorted(answered)
    assert len(answered) == 400


def test_rows_of_a_returning_statement_come_back_in_order(things: Things) -> None:
    rows = [{"name": name, "n": number} for number, name in enumerate(("c", "a", "b"))]
    sql = "insert into things (name, n) values (:name, :n) returning n"
    assert things.db.write_now(lambda tx: tx.many(sql, rows)) == [(0,), (1,), (2,)]
    assert things.db.write_now(lambda tx: tx.run("update things set n = 7 where n > 0")) == 2


def test_a_counter_under_a_lock_loses_no_step(things: Things) -> None:
    """`lock` lets scripts read, think and write one after the other."""
    things.db.write_now(things.add, "counter")
    starts = [partial(things.db.write, _step) for _ in range(40)]

    async def all_at_once() -> None:
        await asyncio.gather(*(start() for start in starts))

    things.run(all_at_once())
    assert things.db.read_now(lambda tx: tx.one("select n from things")) == (40,)


class _OddError(Exception):
    pass


def _perhaps(things: Things) -> Any:
    def add(tx: Write, name: str) -> str:
        things.add(tx, name)
        if int(name) % 3 == 0:
            raise _OddError(name)
        return name

    return add


def _slow(tx: Write, things: Things, entered: threading.Event, go: threading.Event) -> None:
    things.add(tx, "slow")
    entered.set()
    assert go.wait(PATIENCE_S)


def _step(tx: Write) -> None:
    tx.lock("counter")
    row = tx.one("select n from things where name = 'counter'")
    assert row is not None
    tx.run("update things set n = :n where name = 'counter'", {"n": row[0] + 1})
