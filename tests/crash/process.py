"""Real processes that are started, killed and waited for, with all their children."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import Client, free_port, wait_until

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Process:
    """A server by its command; with a port of its own."""

    command: list[str]
    log: Path
    key: str | None = None
    env: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    running: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def client(self) -> Client:
        return Client(self.url, self.key)

    @property
    def pid(self) -> int:
        assert self.running is not None
        return self.running.pid

    def start(self) -> "Process":
        command = [sys.executable, *self.command, "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | self.env, stdout=log, stderr=log
            )
        wait_until(self.ready, timeout_s=60)
        return self

    def ready(self) -> bool:
        assert self.running is not None
        assert self.running.poll() is None, f"the server ended:\n{self.log.read_text()[-3000:]}"
        with suppress(OSError):
            return Client(self.url, None).call("GET", "/readyz").status == 200
        return False

    def kill(self) -> None:
        """All of it at one instant: kill -9 for the process and its children."""
        family = [self.pid, *children(self.pid)]
        for pid in family:
            _kill(pid)
        assert self.running is not None
        self.running.wait()
        wait_until(lambda: not any(map(_alive, family)))

    def role(self, name: str) -> int | None:
        """The process of a role under `headwater serve`."""
        return next((pid for pid in children(self.pid) if name in _words(pid)), None)

    def kill_role(self, name: str) -> None:
        """One child of `headwater serve`; the supervisor stays."""
        pid = self.role(name)
        assert pid is not None
        _kill(pid)

    def exit_code(self) -> int:
        """Waits for an end that comes by itself."""
        assert self.running is not None
        return self.running.wait(20)

    def stop(self) -> int:
        assert self.running is not None
        self.running.terminate()
        return self.running.wait(20)

    def close(self) -> None:
        if self.running is not None and self.running.poll() is None:
            self.kill()


def children(pid: int) -> list[int]:
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _parent(entry) == pid]


def _parent(entry: Path) -> int | None:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _alive(pid: int) -> bool:
    """A zombie, whose parent has not asked yet, is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
