"""Work waiting for the writer, and how its results go back to the event loop it came from."""

import asyncio
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from headwater.db.tx import Write

SCRIPTS_PER_GROUP = 64
ITEMS_PER_GROUP = 1024


@dataclass(slots=True, kw_only=True)
class Script:
    """One function to run in a transaction. Safe to run again: the writer may."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    future: "asyncio.Future[Any]"

    def run(self, tx: Write) -> Any:
        return self.fn(tx, *self.args)


@dataclass(slots=True, kw_only=True)
class Item:
    """One row for a batch function, which takes all waiting items of its kind at once."""

    fn: Callable[[Write, list[Any]], list[Any]]
    item: Any
    future: "asyncio.Future[Any]"

    def run(self, tx: Write) -> Any:
        return self.fn(tx, [self.item])[0]


Work = Script | Item


class Intake:
    """The queue in front of the writer.

    A loop hands over what came in one of its turns together: woken for the first request of a
    burst, the writer would commit that one alone while the others wait.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._turn = threading.local()

    def add(self, work: Work) -> None:
        """Called on the loop of the work's future."""
        waiting: list[Work] | None = getattr(self._turn, "waiting", None)
        if waiting:
            waiting.append(work)
            return
        self._turn.waiting = waiting = [work]
        work.future.get_loop().call_soon(self._hand_over, waiting)

    def _hand_over(self, waiting: list[Work]) -> None:
        self._turn.waiting = None
        for work in waiting:
            self._queue.put(work)

    def close(self) -> None:
        self._queue.put(None)

    def take(self) -> tuple[list[Work], bool]:
        """All that waits, up to a group, and whether it was the last; blocks for the first."""
        group: list[Work] = []
        scripts = 0
        work = self._queue.get()
        while work is not None:
            group.append(work)
            scripts += isinstance(work, Script)
            if scripts >= SCRIPTS_PER_GROUP or len(group) >= ITEMS_PER_GROUP:
                return group, False
            try:
                work = self._queue.get_nowait()
            except queue.Empty:
                return group, False
        return group, True


@dataclass(slots=True)
class Outcomes:
    """Results of a group, handed over in one call per event loop, after COMMIT only."""

    settled: list[tuple["asyncio.Future[Any]", Any, BaseException | None]] = field(
        default_factory=list
    )

    def result(self, work: Work, value: Any) -> None:
        self.settled.append((work.future, value, None))

    def error(self, work: Work, error: BaseException) -> None:
        self.settled.append((work.future, None, error))

    def deliver(self) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[Any]] = {}
        for entry in self.settled:
            by_loop.setdefault(entry[0].get_loop(), []).append(entry)
        for loop, entries in by_loop.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, entries)


def _settle(entries: list[tuple["asyncio.Future[Any]", Any, BaseException | None]]) -> None:
    for future, value, error in entries:
        if future.done():  # the caller gave up; the fact stands all the same
            continue
        if error is None:
            future.set_result(value)
        else:
            future.set_exception(error)


def by_function(group: list[Work]) -> list[list[Item]]:
    """The items of a group, by the one call of their batch function that takes them."""
    groups: dict[Any, list[Item]] = {}
    for work in group:
        if isinstance(work, Item):
            groups.setdefault(work.fn, []).append(work)
    return list(groups.values())
