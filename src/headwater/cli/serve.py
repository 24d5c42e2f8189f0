"""`headwater serve`: the core and the worker, supervised."""

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TextIO

from headwater.cli.exits import CANNOT_START, STORE_AWAY, STORE_GONE, UNFINISHED
from headwater.cli.options import Data, Database, Host, Port, configured
from headwater.cli.store import check_place
from headwater.config import Store

STOP_TIMEOUT_S = 9.2
REAP_S = 0.5  # of a process that was killed
RESTART_PAUSE_S = 0.5
RESTART_PAUSE_MAX_S = 5.0
RESTARTS_MAX = 5
RESTART_WINDOW_S = 60.0
POLL_S = 0.1
ROOM_S = 0.1  # how long a line waits for the log to take it
GAVE_UP = 1


def serve(
    *, data: Data = None, database: Database = None, port: Port = None, host: Host = None
) -> int:
    """Everything in one command: API and edge on one port, deliveries behind them.

    A role that dies is started again. A core that keeps dying, or that cannot start whatever one
    waits, ends the whole, so that whoever supervises this process sees it; a worker never does:
    links lead on without it.
    """
    config = configured(data, database, port=port, host=host)
    check_place(config)
    address = ["--port", str(config.server.port), "--host", config.server.host]
    roles = [_Role(name, config.store, address) for name in ("core", "worker")]
    _say(f"API at {config.public_url}, edge on the same port by Host", sys.stdout)
    return _supervise(roles)


class _Role:
    """One child process, its recent deaths, and when it is started again."""

    def __init__(self, name: str, store: Store, arguments: list[str]) -> None:
        self.name = name
        place, self._environment = _at(store)
        command = [sys.executable, "-m", "headwater", name, *place, *arguments]
        self._command = [*command, "--supervised"]
        self._deaths: list[float] = []
        self._again_at: float | None = 0.0  # None: it runs, or it is not started again
        self.process: subprocess.Popen[bytes] | None = None

    def look(self) -> int | None:
        """Start it if that is due and see whether it runs. A status if all has to end with it."""
        now = time.monotonic()
        if self._again_at is not None:
            if now >= self._again_at:
                self._again_at = None
                self._start()
            return None
        status = None if self.process is None else self.process.poll()
        if status is None:
            return None
        self.process = None
        _say(f"{self.name} ended with status {status}")
        return self._after_the_end(status, now)

    def _start(self) -> None:
        # Its own group: Ctrl-C reaches the supervisor alone, which then stops the roles in order.
        # Standard input stays open as long as the supervisor lives: see cli/parent.py.
        self.process = subprocess.Popen(
            self._command,
            env=os.environ | self._environment,
            start_new_session=True,
            stdin=subprocess.PIPE,
        )

    def _after_the_end(self, status: int, now: float) -> int | None:
        deaths = self._died(status, now)
        if self.name == "core":
            if status == CANNOT_START:
                return CANNOT_START
            if status == STORE_GONE:
                # Started again, the core would make an empty store where the full one was, and
                # the worker would go on with a file that has no name any more.
                _say(
                    "the store was moved or deleted. Put it back, then start headwater again: the"
                    " same file with its -wal, which holds facts that were answered; another file,"
                    " as a backup, must not meet that -wal (where one took the place of the store,"
                    " it was set aside as headwater.db-wal.of-<number>)"
                )
                return STORE_GONE
            if deaths > RESTARTS_MAX:
                _say(f"giving up: the core died {deaths} times; see the log")
                return GAVE_UP
        elif status == CANNOT_START:
            _say("no message goes out until headwater is started again")
            return None
        self._again_at = now + min(RESTART_PAUSE_S * deaths, RESTART_PAUSE_MAX_S)
        return None

    def _died(self, status: int, now: float) -> int:
        """Counts a death; returns how many there were lately.

        A start that waited for the store in vain was no life: it takes ten seconds, and six of
        them would never fall into one minute. So the deaths before it still count.
        """
        if status != STORE_AWAY:
            self._deaths = [at for at in self._deaths if now - at < RESTART_WINDOW_S]
        self._deaths.append(now)
        return len(self._deaths)


def _at(store: Store) -> tuple[list[str], dict[str, str]]:
    """Arguments and environment that lead a role to the store. Everybody can read a command line,
    so an address, which may hold a password, is not on it.
    """
    if not store.database:
        return ["--data", store.data], {}
    named = {"HEADWATER_STORE_DATABASE": store.database, "HEADWATER_STORE_DATA": store.data}
    return [], named


def _supervise(roles: list[_Role]) -> int:
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: stopping.append(received))
    status: int | None = None
    while not stopping and status is None:
        for role in roles:
            if status is None and not stopping:
                status = role.look()
        time.sleep(POLL_S)  # a signal is seen at the latest after this: the rest has 9.9 s
    clean = _stop(roles)
    if status is not None:
        return status
    return 0 if clean else 1


def _stop(roles: list[_Role]) -> bool:
    """False if one had to be killed, or says itself that it left something undone."""
    clean = True
    running = [(role.name, role.process) for role in roles if role.process is not None]
    for _, process in running:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_TIMEOUT_S
    for name, process in running:
        try:
            status = process.wait(max(0.1, deadline - time.monotonic()))
            clean = clean and status != UNFINISHED
        except subprocess.TimeoutExpired:
            process.kill()
            _say(f"{name} did not end in time and was killed")
            with suppress(subprocess.TimeoutExpired):
                process.wait(REAP_S)  # who stops this service may start another: no role is left
            clean = False
    return clean


def _say(words: str, file: TextIO | None = None) -> None:
    """Into the log, unless another file is named. On a full disk that fails, and the roles must not
    die of it. Where nobody reads it would wait for ever, so it is said only if there is room.
    """
    file = file or sys.stderr
    with suppress(OSError):
        _, room, _ = select.select([], [file], [], ROOM_S)
        if room:
            print(f"headwater: {words}", file=file, flush=True)
