"""The example shop beside a server of one's own: for the demonstration, and for its tests."""

import json
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from headwater.shop import Settings

READY_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 8.0


@dataclass(slots=True)
class PrivateShop:
    """A process of its own, stopped at the end. What opens the server goes through a pipe."""

    settings: Settings
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

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
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not self._ready():
            if not self.runs or time.monotonic() > deadline:
                self.stop()
                tail = self.log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"the shop did not start; its log ends with:\n{tail}")
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None and self.runs:
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def _ready(self) -> bool:
        host = {"Host": f"blog.shop.localhost:{self.settings.port}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.settings.port}/", headers=host)
        with suppress(OSError), urllib.request.urlopen(request, timeout=2) as answer:
            return bool(answer.status == 200)
        return False
