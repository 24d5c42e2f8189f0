"""Logging of the long-running roles: one JSON line per event on standard error."""

import asyncio
import atexit
import itertools
import logging
import os
import queue
import sys
import time
from collections.abc import Coroutine, MutableMapping
from contextlib import suppress
from typing import Any

import structlog

from headwater.cli.parent import beside
from headwater.kit.clock import SECOND_US, Clock, SystemClock, iso_ms
from headwater.kit.problems import Collision, StoreUnavailable

log = structlog.get_logger(__name__)

Event = MutableMapping[str, Any]

# A full disk or a database that is away meets every request and every turn of every loop. Of these
# events the first is said; those that follow are counted. The values tell one such state from
# another.
_STATES: dict[str, tuple[str, ...]] = {
    "checkpoint_failed": (),
    "click_not_stored": ("error",),
    "database_unreachable": (),
    "delivery_claim_failed": ("error",),
    "delivery_results_wait": (),
    "link_not_read": ("error",),
    "not_ready": ("error",),
    "place_not_read": ("error",),
    "refresh_failed": ("error",),
    "store_refused": ("error",),
    "store_unavailable": (),
    "visitor_unknown": (),
    "worker_step_failed": ("step", "error"),
}
QUIET_S = 30.0  # after which a state is over; longer than the pause between two health checks
LOOK_EVERY_S = 1.0
LINES_MAX = 10_000  # that wait to be written
FLUSH_S = 0.2  # for them at the end; less than cli/parent.py leaves for last words
FLUSH_LOOKS = 100


class _Lines:
    """Lines on their way to standard error, on a thread of their own.

    A log on a full disk loses lines, and one that nobody reads takes none: neither may hold up
    whoever has something to say. What finds no room is counted, and the count said when there is.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._waiting: queue.Queue[str] = queue.Queue(LINES_MAX)
        self._drops = itertools.count(1)
        self._dropped = 0
        beside("log", self._write)
        atexit.register(self.flush)

    def msg(self, line: str) -> None:
        try:
            self._waiting.put_nowait(line)
        except queue.Full:
            self._dropped = next(self._drops)

    debug = info = warning = error = msg

    def critical(self, line: str) -> None:
        """Said before the process ends itself, so it waits a moment for its line to be out."""
        self.msg(line)
        self.flush()

    def flush(self) -> None:
        """Wait until all is written that was said so far, but not for long."""
        for _ in range(FLUSH_LOOKS):
            if not self._waiting.unfinished_tasks:
                return
            time.sleep(FLUSH_S / FLUSH_LOOKS)

    def _write(self) -> None:
        said = 0
        while True:
            self._out(self._waiting.get())
            self._waiting.task_done()
            dropped = self._dropped
            if dropped > said and self._waiting.empty():
                log.warning("log_lines_dropped", times=dropped - said)
                said = dropped

    def _out(self, line: str) -> None:
        """Below Python's own buffering: its lock, held here, would stop the interpreter's end."""
        left = f"{line}\n".encode(errors="backslashreplace")
        with suppress(OSError):
            while left:
                left = left[os.write(self._file, left) :]


class _State:
    """One trouble that goes on. Counted without a lock: each step is one of the interpreter's."""

    def __init__(self, event: Event, values: tuple[Any, ...], clock: Clock) -> None:
        self.of = str(event["event"])
        self.values = dict(zip(_STATES[self.of], values, strict=True))
        self.first_us = self.last_us = clock.now_us()  # as people read it
        self.quiet_since_us = clock.monotonic_us()  # on the clock that never steps
        self._numbers = itertools.count(1)
        self.times = 0

    def again(self, clock: Clock) -> int:
        self.quiet_since_us = clock.monotonic_us()
        self.last_us = clock.now_us()
        self.times = next(self._numbers)
        return self.times

    def said(self) -> dict[str, Any]:
        return {
            "of": self.of,
            **self.values,
            "times": self.times,
            "first": iso_ms(self.first_us),
            "last": iso_ms(self.last_us),
        }


class States:
    """A processor that lets the first line of a state pass and counts the others."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._going_on: dict[tuple[Any, ...], _State] = {}

    def __call__(self, _: Any, __: str, event: Event) -> Event:
        told_apart_by = _STATES.get(event["event"])
        if told_apart_by is None:
            return event
        values = tuple(event.get(name) for name in told_apart_by)
        state = self._going_on.setdefault(
            (event["event"], *values), _State(event, values, self._clock)
        )
        if state.again(self._clock) > 1:
            raise structlog.DropEvent
        return event

    def say_ends(self) -> None:
        """A line for each state that was not met again for a while."""
        before_us = self._clock.monotonic_us() - round(QUIET_S * SECOND_US)
        for key, state in list(self._going_on.items()):
            if state.quiet_since_us <= before_us:
                del self._going_on[key]
                log.warning("state_ended", **state.said())

    def say_left(self) -> None:
        """A line for each state that goes on while the process ends."""
        for state in self._going_on.values():
            log.warning("state_left", **state.said())
        self._going_on.clear()


_states = States(SystemClock())


def set_up_logs(role: str) -> None:
    lines = _Lines(sys.stderr.fileno())

    def named(_: Any, __: str, event: Event) -> Event:
        """In the line, not in the context: threads begin with an empty one."""
        event.setdefault("role", role)
        return event

    structlog.configure(
        processors=[
            _states,
            structlog.contextvars.merge_contextvars,
            named,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    logging.getLogger().addHandler(_OfLibraries(logging.WARNING))


async def saying_ends(main: Coroutine[Any, Any, None]) -> None:
    """Run `main`, and meanwhile say which states are over."""

    async def look() -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            _states.say_ends()

    looking = asyncio.create_task(look())
    try:
        await main
    finally:
        looking.cancel()


def say_what_is_left() -> None:
    """At the end of the process, so that no count is lost."""
    _states.say_left()


def say_unfinished(what: str) -> None:
    """The last line of a process that was told to end and could not."""
    say_what_is_left()
    log.critical("ended_unfinished", what=what)


class _OfLibraries(logging.Handler):
    """What libraries say, as events of ours: raw lines are no JSON and come in floods."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, StoreUnavailable | Collision):
            return  # a caller gave up before its answer; the store has said what it met
        said = " ".join(record.getMessage().split())
        if record.name.startswith("psycopg"):
            log.warning("database_unreachable", detail=said)
        elif error is not None:
            log.error("library_failed", library=record.name, detail=said, exc_info=error)
        else:
            log.warning("library_said", library=record.name, detail=said)


class _Pool(logging.Handler):
    """Keeps the last words of the connection pool: its own error says only how long it waited."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        _Pool.last = " ".join(record.getMessage().split())


def keep_quiet() -> None:
    """For a command with an answer of its own: one sentence says what the events would."""

    def drop(_: Any, __: str, ___: Event) -> Event:
        raise structlog.DropEvent

    structlog.configure(processors=[drop])


def hear_the_pool() -> None:
    """Commands that set up no logs print no line of the pool either."""
    logging.getLogger("psycopg").addHandler(_Pool())


def last_of_the_pool() -> str:
    return _Pool.last.partition("connection failed: ")[2] or _Pool.last
