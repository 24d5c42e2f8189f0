"""Running scripts on the event loop's own thread, in slices, while the writer's thread waits.

Two busy Python threads hand the interpreter lock to each other at every SQLite call, which cost
more than the scripts themselves. So where a loop serves requests in the same process, only the
waiting is done on the writer's thread: BEGIN, whole batches in one statement, COMMIT.
"""

import asyncio
import threading
from collections.abc import Callable

SLICE_S = 0.002  # a redirect waits at most about this long behind scripts
LOOK_AGAIN_S = 0.5  # how often a waiting writer looks whether the loop is still there

Step = Callable[[], bool]


class Stage:
    """The loop that steps are run on, or none: then they run where they are called."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def use(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self._loop = loop

    def play(self, steps: list[Step]) -> bool:
        """Run the steps in order up to the first that says False; True if none did.

        Raises what a step raises.
        """
        if self._loop is None or not steps:
            return all(step() for step in steps)
        return _Play(self._loop, steps).finished()


class _Play:
    """One list of steps and the place reached in it. One thread at a time runs steps."""

    def __init__(self, loop: asyncio.AbstractEventLoop, steps: list[Step]) -> None:
        self._loop = loop
        self._steps = iter(steps)
        self._turn = threading.Lock()
        self._over = threading.Event()
        self._error: BaseException | None = None
        self._refused = False

    def finished(self) -> bool:
        self._next()
        while not self._over.is_set():
            if self._loop.is_running():
                self._over.wait(LOOK_AGAIN_S)
            else:
                self._slice()  # the loop ended: nobody else runs them, so there is no wait
        if self._error is not None:
            raise self._error
        return not self._refused

    def _next(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._slice)
        except RuntimeError:  # closed; `finished` sees that it runs no more
            return

    def _slice(self) -> None:
        with self._turn:
            try:
                goes_on = self._some()
            except BaseException as error:
                self._error, goes_on = error, False
            if not goes_on:
                self._over.set()
                return
        self._next()

    def _some(self) -> bool:
        """Steps for one slice; whether some are left."""
        if self._over.is_set():
            return False
        end = self._loop.time() + SLICE_S
        for step in self._steps:
            if not step():
                self._refused = True
                return False
            if self._loop.time() >= end:
                return True
        return False
