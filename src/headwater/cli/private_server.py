"""A server of one's own: for the simulator and the demonstration, as a user would start it."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headwater.cli import child

# Receivers are on loopback, and a failing one must end within the run.
ENVIRONMENT = {
    "HEADWATER_EGRESS_ALLOW_PRIVATE": "true",
    "HEADWATER_DELIVERY_SCHEDULE_S": "0.2,0.3,0.5,0.5,0.5,1,1,2",
    "HEADWATER_DELIVERY_CLICK_BATCH_S": "0.5",
    "HEADWATER_DELIVERY_TIMEOUT_S": "2",
    "HEADWATER_DELIVERY_LEASE_S": "6",
    "HEADWATER_DELIVERY_DISABLE_AFTER": "0",  # its receivers fail on purpose
    "HEADWATER_DELIVERY_REST_AFTER": "0",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True, kw_only=True)
class PrivateServer:
    """`headwater init` and `headwater serve` on a store of their own, stopped at the end."""

    log: Path
    workspace: str
    domain: str
    port: int
    data: str = ""
    database: str = ""  # a PostgreSQL URL goes before the directory
    more: dict[str, str] = field(default_factory=dict)  # settings beside those above
    secret: str = ""
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def runs(self) -> bool:
        return child.runs(self.process)

    def check_port(self) -> None:
        """Refuses a port that is taken: by itself the child would say so in its log alone."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
                probe.listen()
            except OSError as error:
                raise RuntimeError(
                    f"cannot listen on 127.0.0.1:{self.port}: {error.strerror}. Choose another"
                    " with --port, or stop what listens there."
                ) from error

    def start(self) -> None:
        """Refuses a port that is taken and, with the end of its log, a server that does not become
        ready.
        """
        self.check_port()
        self.secret = self.make(self.workspace, self.domain)["secret_key"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                _command("serve", *self._place(), "--port", str(self.port)),
                env=self._environment() | ENVIRONMENT | self.more,
                stdout=log,
                stderr=log,
            )
        child.wait_until_ready(self.process, self._ready, self.log, "the server")

    def stop(self) -> None:
        child.stop(self.process)

    def verify(self) -> bool:
        """What `headwater verify` says of the books."""
        done = subprocess.run(
            _command("verify", *self._place()),
            env=self._environment(),
            stdout=sys.stderr,
            check=False,
        )
        return done.returncode == 0

    def make(self, workspace: str, domain: str, *, sandbox: bool = False) -> dict[str, Any]:
        """A workspace with its keys, also while the server runs. Refuses one that is there."""
        names = ["--workspace", workspace, "--domain", domain, "--json"]
        names += ["--sandbox"] if sandbox else []
        done = subprocess.run(
            _command("init", *self._place(), *names),
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        made: dict[str, Any] = json.loads(done.stdout)
        if not made["created"]:
            raise RuntimeError(
                "this store already has that workspace, and its key cannot be shown again;"
                " give an empty directory or database"
            )
        return made

    def _place(self) -> list[str]:
        return [] if self.database else ["--data", self.data]

    def _environment(self) -> dict[str, str]:
        """The address of a database stands here: everybody can read a command line."""
        place = {"HEADWATER_STORE_DATABASE": self.database} if self.database else {}
        return os.environ | place

    def _ready(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
        return False


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "headwater", *arguments]
