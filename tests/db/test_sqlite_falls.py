"""Errors at which SQLite rolls back everything: the group is run again, each piece by itself."""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from headwater.db import StoreUnavailable, Write
from tests.db.conftest import Things

PAGES_LEFT = 40
BIG = 400_000  # bytes, more than the pages left can take


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def small(things: Things) -> Things:
    """A file that may grow by a few pages only."""
    things.db.write_now(_limit, PAGES_LEFT)
    return things


def test_what_does_not_fit_fails_alone(small: Things) -> None:
    """SQLITE_FULL undoes the neighbours too; they are run again and each counts once."""
    starts = [
        partial(small.db.write, small.add, "before"),
        partial(small.db.append, small.add_all, "item"),
        partial(small.db.write, _big, small),
        partial(small.db.write, small.add, "after"),
    ]
    before, item, big, after = small.run(small.together(*starts))
    assert (before, item, after) == ("before", "item", "after")
    assert isinstance(big, StoreUnavailable)
    assert small.stored() == ["after", "before", "item"]
    assert small.runs.count("before") == 2  # so it did fall and was run again


def test_an_item_that_does_not_fit_fails_alone(small: Things) -> None:
    def add_sized(tx: Write, wanted: list[str]) -> list[str]:
        return [_big(tx, small) if name == "big" else small.add(tx, name) for name in wanted]

    starts = [partial(small.db.append, add_sized, name) for name in ("a", "big", "b")]
    starts.append(partial(small.db.write, small.add, "c"))
    results = small.run(small.together(*starts))
    assert isinstance(results.pop(1), StoreUnavailable)
    assert results == ["a", "b", "c"]
    assert small.stored() == ["a", "b", "c"]


def test_a_full_store_is_said_to_be_unavailable_and_recovers(small: Things) -> None:
    with pytest.raises(StoreUnavailable, match="full"):
        small.db.write_now(_big, small)
    small.db.write_now(_limit, 1_000_000)
    small.db.write_now(_big, small)
    assert small.stored() == ["big"]


def test_an_interrupted_statement_leaves_nobody_without_a_result(things: Things) -> None:
    """An interrupt undoes the whole group; run again, all of it stands, once."""
    interrupt = _Once(_interrupted_insert)
    starts = [
        partial(things.db.write, things.add, "before"),
        partial(things.db.write, interrupt, things),
        partial(things.db.write, things.add, "after"),
    ]
    assert things.run(things.together(*starts)) == ["before", "long", "after"]
    assert things.stored() == ["after", "before", "long"]
    assert things.runs.count("before") == 2


def test_a_script_that_hides_a_fall_disturbs_nobody(small: Things) -> None:
    """It goes on as if nothing had happened: it is refused, and the work behind it counts once."""
    starts = [
        partial(small.db.write, small.add, "before"),
        partial(small.db.write, _hide, small),
        partial(small.db.write, small.add, "after"),
    ]
    before, hidden, after = small.run(small.together(*starts))
    assert (before, after) == ("before", "after")
    assert isinstance(hidden, Exception)
    assert small.stored() == ["after", "before"]


def _hide(tx: Write, small: Things) -> str:
    small.add(tx, "half")
    with suppress(Exception):
        _big(tx, small)
    return "hidden"


def _limit(tx: Write, more: int) -> None:
    row = tx.one("pragma page_count")
    assert row is not None
    tx.one(f"pragma max_page_count = {row[0] + more}")


def _big(tx: Write, things: Things) -> str:
    things.runs.append("big")
    tx.run("insert into things (name, n) values ('big', 0)")
    tx.run("create table if not exists bodies (body blob)")
    tx.run("insert into bodies values (zeroblob(:size))", {"size": BIG})
    return "big"


class _Once:
    """The first run goes wrong, the second does not."""

    def __init__(self, wrong: Callable[[Any], None]) -> None:
        self._wrong: Callable[[Any], None] | None = wrong

    def __call__(self, tx: Write, things: Things) -> str:
        things.add(tx, "long")
        if self._wrong is not None:
            wrong, self._wrong = self._wrong, None
            wrong(tx)
        return "long"


def _interrupted_insert(tx: Any) -> None:
    """A long statement that somebody stops in the middle."""
    stop = threading.Timer(0.2, tx._connection.interrupt)
    stop.start()
    tx.run(
        "with recursive count (n) as (select 1 union all select n + 1 from count where n < 1e8)"
        " insert into things select 'row ' || n, n from count"
    )
