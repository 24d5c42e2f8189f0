"""What goes to the server later: a bounded queue, and one thread per process that empties it.

A request only appends. The thread sends in order and repeats what failed in passing, so what waits
behind a server that is away arrives in order when it is back. What does not fit, is refused for
good or is left at the end is counted and logged.
"""

import os
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from headwater.client.errors import HeadwaterError
from headwater.client.letter import Letter, Queue
from headwater.client.log import log
from headwater.client.world import spread

DELAY_FIRST_S, DELAY_MAX_S = 0.5, 30.0
# After so many failures on one letter the others go first. If the server takes them, it is about
# the letter, which is then lost. A server that is away is waited for without end.
FAILURES_MAX = 8


@dataclass(slots=True)
class Counts:
    """Since the process began. `lost` is by why: `full`, `refused`, `broken`, `left`."""

    sent: int = 0
    repeated: int = 0
    lost: dict[str, int] = field(default_factory=dict)

    def plus(self, other: "Counts") -> "Counts":
        lost = Counter(self.lost) + Counter(other.lost)
        return Counts(self.sent + other.sent, self.repeated + other.repeated, dict(lost))


class Outbox:
    """`send` makes one call and raises HeadwaterError; `idle` is run when there is time for it;
    `anew` in a child after a fork. `setup` are statuses that say nothing of a letter: somebody has
    to mend the site's settings.
    """

    def __init__(
        self,
        send: Callable[[Letter], None],
        waiting: Queue,
        *,
        idle: Callable[[], None] = lambda: None,
        anew: Callable[[], None] = lambda: None,
        setup: Collection[int] = (),
        delay_s: float = DELAY_FIRST_S,
    ) -> None:
        self._send, self._waiting, self._setup = send, waiting, setup
        self._idle, self._anew, self._delay_s = idle, anew, delay_s
        self._begin_anew()
        _OPEN.add(self)

    def _begin_anew(self) -> None:
        """Also in a child after a fork: what waited is the parent's, and so is its thread."""
        self.counts = Counts()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._hurry = False
        self._failures = self._in_a_row = 0
        self._pause_s = self._delay_s
        self._passed_over: dict[str, int] = {}  # when they were, by how much had been sent
        self._waiting.begin_anew()
        self._anew()

    def put(self, letter: Letter) -> bool:
        """False where the queue is full: the letter is lost, and counted."""
        with self._changed:
            if self._closing or not self._waiting.append(letter):
                self._lose("left" if self._closing else "full")
                return False
            self._wake()
        return True

    @property
    def closed(self) -> bool:
        return self._closing

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

    def waiting(self) -> list[Letter]:
        with self._changed:
            return self._waiting.all()

    def __len__(self) -> int:
        return len(self.waiting())

    def hurry(self) -> None:
        """The end is near: send what waits, without the pauses after failures."""
        with self._changed:
            self._closing = self._hurry = True
            self._changed.notify_all()

    def close(self, timeout_s: float) -> None:
        """Send what waits while there is time; then stop."""
        self.hurry()
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        with self._changed:
            self._thread = None
            left = self._waiting.leave()
            if left:
                self._lose("left", left)

    def _wake(self) -> None:
        """A process that may have no more threads tries again with the next letter."""
        if self._thread is None or not self._thread.is_alive():
            thread = threading.Thread(target=self._run, name="headwater-outbox", daemon=True)
            self._thread = thread
            try:
                thread.start()
            except RuntimeError:
                self._thread = None
                log.warning("no_thread_to_send")
        self._changed.notify_all()

    def _run(self) -> None:
        self._pause_s = self._delay_s
        while self._thread is threading.current_thread():
            if not self._closing:
                self._safely(self._idle)
            letter = self._next()
            if letter is None and self._closing:
                return
            if letter is None:
                continue
            if self._tried(letter):
                self._pause_s = self._delay_s
                continue
            if self._closing:
                return
            self._pause(spread(self._pause_s))
            self._pause_s = min(self._pause_s * 2, DELAY_MAX_S)

    def _next(self) -> Letter | None:
        """The oldest letter, which stays in its place until it is done with."""
        with self._changed:
            found = self._waiting.first()
            if found is None and not self._closing:
                self._changed.wait(self._waiting.look_s)
                found = self._waiting.first()
            return found

    def _tried(self, letter: Letter) -> bool:
        """False where it has to be tried again."""
        try:
            self._send(letter)
        except HeadwaterError as error:
            passing = error.passing or error.status in self._setup
            if passing and not self._is_hopeless(letter, error):
                self._repeat(error)
                return False
            return self._done(letter, "refused", error.status)
        except Exception:
            log.exception("sending_broke")
            return self._done(letter, "broken")
        return self._done(letter, None)

    def _is_hopeless(self, letter: Letter, error: HeadwaterError) -> bool:
        """The server breaks on it again and again, and took others meanwhile."""
        if not error.broken:
            return False
        self._failures += 1
        if self._failures < FAILURES_MAX:
            return False
        if self._passed_over.get(letter.id, self.counts.sent) < self.counts.sent:
            return True
        with self._changed:
            self._passed_over[letter.id] = self.counts.sent
            self._waiting.to_the_end(letter)
        self._failures, self._pause_s = 0, self._delay_s
        return False

    def _repeat(self, error: HeadwaterError) -> None:
        self.counts.repeated += 1
        self._in_a_row += 1
        if _worth_a_line(self._in_a_row - 1, self._in_a_row):
            values = {"status": error.status, "code": error.code, "times": self._in_a_row}
            log.warning("sending_failed", **values)

    def _done(self, letter: Letter, lost: str | None, status: int = 0) -> bool:
        """False where it could not be removed: it is sent again, which counts once."""
        with self._changed:
            self._failures = self._in_a_row = 0
            if not self._waiting.remove(letter):
                return False  # or the end came first, and counted it
            self._passed_over.pop(letter.id, None)
            if lost is None:
                self.counts.sent += 1
            else:
                self._lose(lost, status=status)
        return True

    def _pause(self, delay_s: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._hurry, delay_s)

    def _lose(self, why: str, more: int = 1, *, status: int = 0) -> None:
        before = self.counts.lost.get(why, 0)
        count = before + more
        self.counts.lost[why] = count
        if _worth_a_line(before, count):
            log.warning("letters_lost", why=why, count=count, status=status)

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
