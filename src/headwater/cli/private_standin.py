"""The stand-in of impact.com as a process of one's own: for the simulator and the demonstration."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from headwater.cli import child

_ADDRESS = re.compile(r"apiUrl (http://\S+)")


@dataclass(slots=True)
class PrivateStandin:
    """`headwater sandbox` on a port that was free, stopped at the end."""

    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """It gets ready by itself."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "headwater", "sandbox", "--port", "0"],
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def address(self) -> str:
        """RuntimeError where it does not say one."""
        assert self.process is not None
        assert self.process.stdout is not None
        found = _ADDRESS.search(self.process.stdout.readline().decode())
        if found is None:
            self.stop()
            raise RuntimeError(f"the stand-in of the network did not start; see {self.log}")
        return found[1]

    def stop(self) -> None:
        child.stop(self.process)
