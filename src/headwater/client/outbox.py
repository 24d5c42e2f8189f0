"""What goes to the server later: a bounded queue, and one thread per process that empties it.

A request only appends. The thread sends in order and repeats what failed in passing, so what waits
behind a server that is away arrives in order when it is back. What does not fit, is refused for
good or is left at the end is counted and logged.
"""

import json
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from headwater.client.errors import HeadwaterError
from headwater.client.log import log
from headwater.client.world import spread, ticks_ms

DELAY_FIRST_S, DELAY_MAX_S = 0.5, 30.0
IDLE_S = 60.0
# A server that fails so often on one letter will not take it; the others must not wait for that.
# One that is away (no answer, 502 to 504) is waited for without end.
FAILURES_MAX, _FAILED = 8, 500


@dataclass(frozen=True, slots=True)
class Letter:
    """One call to make. How long ago something was is told anew each time: our clocks need not
    agree with the server's.
    """

    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(repr=False)
    visitor: str = ""
    touch: Mapping[str, Any] | None = None
    happened_ms: int = field(default_factory=ticks_ms)

    def payload(self) -> bytes:
        body = dict(self.body)
        if self.touch is not None:
            body["events"] = [{"type": "touch"} | self.aged(self.touch)]
        if body.get("landing"):
            body["landing"] = self.aged(body["landing"])
        if body.get("touches"):
            body["touches"] = [self.aged(each) for each in body["touches"]]
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")

    def aged(self, touch: Mapping[str, Any]) -> dict[str, Any]:
        """A touch of that time as the server takes it now."""
        waited_ms = max(0, ticks_ms() - self.happened_ms)
        return {**touch, "age": touch.get("age", 0) + waited_ms}


@dataclass(slots=True)
class Counts:
    """Since the process began. `lost` is by why: `full`, `refused`, `broken`, `left`."""

    sent: int = 0
    repeated: int = 0
    lost: dict[str, int] = field(default_factory=dict)


class Outbox:
    """`send` makes one call and raises HeadwaterError; `idle` is run when there is time for it."""

    def __init__(
        self,
        send: Callable[[Letter], None],
        idle: Callable[[], None],
        *,
        size: int,
        delay_s: float = DELAY_FIRST_S,
    ) -> None:
        self._send, self._idle, self._size, self._delay_s = send, idle, size, delay_s
        self._begin_anew()
        _OPEN.add(self)

    def _begin_anew(self) -> None:
        """Also in a child after a fork: what waited is the parent's, and so is its thread."""
        self.counts = Counts()
        self._waiting: deque[Letter] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._hurry = False
        self._failures = 0

    def put(self, letter: Letter) -> bool:
        """False where the queue is full: the letter is lost, and counted."""
        with self._changed:
            if self._closing or len(self._waiting) >= self._size:
                self._lose("left" if self._closing else "full")
                return False
            self._waiting.append(letter)
            self._wake()
        return True

    def open(self) -> None:
        """Have the thread running; also again after `close`."""
        with self._changed:
            if self._closing:
                self._closing = self._hurry = False
                self._thread = None
            self._wake()

    def wake(self) -> None:
        """Have the idle work looked at."""
        with self._changed:
            if not self._closing:
                self._wake()

    def waiting_of(self, visitor: str) -> list[dict[str, Any]]:
        """Touches of a visitor that the server may not know yet."""
        with self._changed:
            mine = [each for each in self._waiting if each.visitor == visitor]
        return [letter.aged(letter.touch) for letter in mine if letter.touch is not None]

    def __len__(self) -> int:
        with self._changed:
            return len(self._waiting)

    def close(self, timeout_s: float) -> None:
        """Send what waits while there is time, without the pauses after failures; then stop."""
        with self._changed:
            self._closing = self._hurry = True
            thread = self._thread
            self._changed.notify_all()
        if thread is not None:
            thread.join(timeout_s)
        with self._changed:
            left = len(self._waiting)
            self._waiting.clear()
            if left:
                self._lose("left", left)

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="headwater-outbox", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        delay_s = self._delay_s
        while self._thread is threading.current_thread():
            if not self._closing:
                self._safely(self._idle)
            letter = self._next()
            if letter is None and self._closing:
                return
            if letter is None:
                continue
            if self._tried(letter):
                delay_s = self._delay_s
                continue
            if self._closing:
                return
            self._pause(spread(delay_s))
            delay_s = min(delay_s * 2, DELAY_MAX_S)

    def _next(self) -> Letter | None:
        """The oldest letter, which stays in its place until it is done with."""
        with self._changed:
            if not self._waiting and not self._closing:
                self._changed.wait(IDLE_S)
            return self._waiting[0] if self._waiting else None

    def _tried(self, letter: Letter) -> bool:
        """False where it has to be tried again."""
        try:
            self._send(letter)
        except HeadwaterError as error:
            self._failures += error.status == _FAILED
            if error.passing and self._failures < FAILURES_MAX:
                self.counts.repeated += 1
                log.info("sending_failed", status=error.status, waiting=len(self))
                return False
            self._done(letter, "refused", error.status)
        except Exception:
            log.exception("sending_broke")
            self._done(letter, "broken")
        else:
            self._done(letter, None)
        return True

    def _done(self, letter: Letter, lost: str | None, status: int = 0) -> None:
        with self._changed:
            self._failures = 0
            if not self._waiting or self._waiting[0] is not letter:
                return  # the end came first, and counted it
            self._waiting.popleft()
            if lost is None:
                self.counts.sent += 1
            else:
                self._lose(lost, status=status)

    def _pause(self, delay_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._hurry, delay_s)

    def _lose(self, why: str, more: int = 1, *, status: int = 0) -> None:
        before = self.counts.lost.get(why, 0)
        count = before + more
        self.counts.lost[why] = count
        if _worth_a_line(before, count):
            log.warning("touches_lost", why=why, count=count, status=status)

    @staticmethod
    def _safely(work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            log.exception("background_work_broke")


def _worth_a_line(before: int, after: int) -> bool:
    """The first, the second, the fourth, the eighth: a flood of losses is no flood of lines."""
    return after.bit_length() > before.bit_length()


_OPEN: "weakref.WeakSet[Outbox]" = weakref.WeakSet()


def _after_fork() -> None:
    for outbox in list(_OPEN):
        outbox._begin_anew()  # noqa: SLF001 - the class's own hook


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
