"""The program's processes, begun with all of it imported already.

To start Python and to import is most of what a short command costs, and the tests run hundreds. So
these are forked from a process that has imported the program and does nothing else. How it starts
by itself, is supervised, ends and is killed is shown with real ones: tests/cli, tests/crash.
"""

import atexit
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from headwater.cli import main

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(
    [
        "tests.forked",
        "uvloop",
        "headwater.bench",
        "headwater.cli.core",
        "headwater.cli.demo",
        "headwater.cli.destinations",
        "headwater.cli.doctor",
        "headwater.cli.explain",
        "headwater.cli.importing",
        "headwater.cli.inbox",
        "headwater.cli.init",
        "headwater.cli.log",
        "headwater.cli.logs",
        "headwater.cli.moving",
        "headwater.cli.reconcile",
        "headwater.cli.reconcile_impact",
        "headwater.cli.verify",
        "headwater.http.serve",
        "headwater.worker.run",
    ]
)


class Forked:
    """As `subprocess.Popen` of `headwater` with these arguments; it ends with who began it."""

    def __init__(
        self, arguments: Sequence[str], env: Mapping[str, str], *, out: Path, err: Path
    ) -> None:
        given = (list(arguments), dict(env), str(Path.cwd()), str(out), str(err))
        self._process = _context.Process(target=_begin, args=given, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        status = self._process.exitcode
        if status is None:
            raise subprocess.TimeoutExpired("headwater", timeout or 0.0)
        return status

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def _begin(arguments: list[str], env: dict[str, str], folder: str, out: str, err: str) -> None:
    for path, number in ((out, 1), (err, 2)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.argv = ["headwater", *arguments]
    try:
        main()
    finally:
        atexit._run_exitfuncs()
