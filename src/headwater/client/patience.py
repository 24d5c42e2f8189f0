"""Calls somebody waits for: so long and no longer, few at once, none where they were in vain."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar

from headwater.client.errors import HeadwaterError
from headwater.client.world import ticks_ms

Result = TypeVar("Result")
NOT_ASKED = "not_asked"
REST_FIRST_MS, REST_MAX_MS = 2_000, 60_000


class Patience:
    """After a call that failed in passing none is made for two seconds, then four, up to a minute;
    when that is over, one tries. Raises HeadwaterError with status 0 where none is made
    (`not_asked`) or none ends in time: looking a name up, connecting and reading together.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self.begin_anew()

    def begin_anew(self) -> None:
        """Also in a child after a fork, which has none of the threads."""
        self._lock = threading.Lock()
        self._running = 0
        self._failures = 0
        self._resting_until_ms = 0

    def heard(self) -> None:
        """The server is there again, as somebody else found out."""
        self._failures = self._resting_until_ms = 0

    def run(self, work: Callable[[], Result], timeout_s: float) -> Result:
        if not self._begins():
            raise HeadwaterError(NOT_ASKED, "Headwater was away a moment ago, or is slow.")
        given: SimpleQueue[tuple[Result | None, BaseException | None]] = SimpleQueue()
        try:
            threading.Thread(target=self._work, args=(work, given), daemon=True).start()
        except RuntimeError:
            self._ends()
            raise HeadwaterError(NOT_ASKED, "The process may have no more threads.") from None
        try:
            result, error = given.get(timeout=timeout_s)
        except Empty:
            error = HeadwaterError("no_answer", f"No answer within {timeout_s} s.")
        if isinstance(error, HeadwaterError) and error.passing:
            self._fails()
        if error is not None:
            raise error
        self.heard()
        return result  # type: ignore[return-value]

    def _begins(self) -> bool:
        with self._lock:
            most = self._at_once if not self._failures else 1
            if ticks_ms() < self._resting_until_ms or self._running >= most:
                return False
            self._running += 1
            return True

    def _ends(self) -> None:
        with self._lock:
            self._running -= 1

    def _work(
        self,
        work: Callable[[], Result],
        given: "SimpleQueue[tuple[Result | None, BaseException | None]]",
    ) -> None:
        try:
            given.put((work(), None))
        except Exception as error:
            given.put((None, error))
        finally:
            self._ends()

    def _fails(self) -> None:
        with self._lock:
            now_ms = ticks_ms()
            if now_ms >= self._resting_until_ms:  # of several at once the first one counts
                rest_ms = min(REST_FIRST_MS << min(self._failures, 5), REST_MAX_MS)
                self._failures += 1
                self._resting_until_ms = now_ms + rest_ms
