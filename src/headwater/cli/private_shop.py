"""The example shop beside a server of one's own: for the demonstration, and for its tests."""

import json
import subprocess
import sys
import urllib.request
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from headwater.cli import child
from headwater.shop import Settings


@dataclass(slots=True)
class PrivateShop:
    """A process of its own, stopped at the end. What opens the server goes through a pipe."""

    settings: Settings
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def runs(self) -> bool:
        return child.runs(self.process)

    def start(self) -> None:
        """Raises RuntimeError with the end of the log where it does not answer."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "headwater.shop"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        assert self.process.stdin is not None
        told = {**asdict(self.settings), "file": str(self.settings.file)}
        self.process.stdin.write(json.dumps(told).encode())
        self.process.stdin.close()
        child.wait_until_ready(self.process, self._ready, self.log, "the shop")

    def stop(self) -> None:
        child.stop(self.process)

    def _ready(self) -> bool:
        host = {"Host": f"blog.shop.localhost:{self.settings.port}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.settings.port}/", headers=host)
        with suppress(OSError), urllib.request.urlopen(request, timeout=2) as answer:
            return bool(answer.status == 200)
        return False
