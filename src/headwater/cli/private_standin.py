"""The stand-in of impact.com as a process of one's own: for the simulator and the demonstration."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

STOP_TIMEOUT_S = 5.0
_ADDRESS = re.compile(r"apiUrl (http://\S+)")


@dataclass(slots=True)
class PrivateStandin:
    """`headwater sandbox` on a port that was free, stopped at the end."""

    log: Path
    process: "subprocess.Popen[str] | None" = None

    def start(self) -> None:
        """It gets ready by itself."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "headwater", "sandbox", "--port", "0"],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def address(self) -> str:
        """RuntimeError where it does not say one."""
        assert self.process is not None
        assert self.process.stdout is not None
        found = _ADDRESS.search(self.process.stdout.readline())
        if found is None:
            self.stop()
            raise RuntimeError(f"the stand-in of the network did not start; see {self.log}")
        return found[1]

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
