"""When a role ends: with the supervisor that started it, and in time."""

import os
import signal
import threading
from collections.abc import Callable

from headwater.cli.exits import UNFINISHED

STDIN = 0  # read below Python's own buffering, which cannot be left waiting when the process ends
# Before the supervisor kills (9.2 s): a busy machine lets a role hear of its end a second late.
# Service managers are told ten seconds.
AT_MOST_S = 8.0
LAST_WORDS_S = 0.3  # what may be said then


def end_with_parent() -> None:
    """Standard input is a pipe the supervisor holds: its end is the supervisor's end."""
    beside("parent", _watch)


def beside(name: str, run: Callable[[], None]) -> None:
    """A thread that the end of the process does not wait for."""
    threading.Thread(target=run, name=name, daemon=True).start()


def _watch() -> None:
    while os.read(STDIN, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


class LastCall:
    """Ends the process a while after it was told to end, whatever still hangs.

    A store that another program holds can keep the writer for ever. What it had not committed was
    answered to nobody, so nothing is lost that anybody was promised.
    """

    def __init__(self, say: Callable[[str], None], doing: str) -> None:
        self._say = say
        self._timer: threading.Timer | None = None
        self.doing = doing  # what is not finished if time is up now

    def begin(self) -> None:
        """From the moment the process is told to end; called again, it changes nothing."""
        if self._timer is None:
            self._timer = _after(AT_MOST_S, self._end)
            # It says nothing, so nothing holds it up: not even a log that nobody reads.
            _after(AT_MOST_S + LAST_WORDS_S, lambda: os._exit(UNFINISHED))

    def _end(self) -> None:
        try:
            self._say(self.doing)
        finally:
            os._exit(UNFINISHED)


def _after(seconds: float, run: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, run)
    timer.daemon = True
    timer.start()
    return timer
