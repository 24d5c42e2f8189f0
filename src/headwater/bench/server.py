"""The server under measure: a fresh directory, the `core` role alone, on loopback."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from headwater.bench.tools import START_SECONDS, CannotMeasure, environment, free_port, running

DOMAIN = "go.bench.test"
HEADWATER = (sys.executable, "-m", "headwater")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it answers, the key of its only workspace, the directory of its store, its process."""

    url: str
    key: str
    data: Path
    pid: int

    def memory_mb(self) -> int:
        """The most memory the process ever held at once, in millions of bytes."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * 1024 // 1_000_000


@contextmanager
def headwater(directory: Path) -> Iterator[Server]:
    """Start a server of our own that believes the addresses `wrk` claims to come from."""
    data = directory / "data"
    key = _init(data)
    port = free_port()
    command = (*HEADWATER, "core", "--port", str(port), "--data", str(data))
    env = environment(HEADWATER_SERVER_TRUSTED_PROXIES="127.0.0.1/32")
    log = directory / "headwater.log"
    with running(command, port=port, log=log, env=env) as pid:
        server = Server(url=f"http://127.0.0.1:{port}", key=key, data=data, pid=pid)
        if not asyncio.run(_becomes_ready(server)):
            raise CannotMeasure(
                f"headwater core listens but is not ready after {START_SECONDS} s. Its last "
                f"words:\n{log.read_text(errors='replace')[-2000:]}"
            )
        yield server


def _init(data: Path) -> str:
    """Make the workspace and its domain, and give its secret key."""
    command = (
        *(*HEADWATER, "init", "--data", str(data)),
        *("--workspace", "bench", "--domain", DOMAIN, "--json"),
    )
    finished = subprocess.run(  # noqa: S603 - our own command line
        command, capture_output=True, text=True, check=False, env=environment()
    )
    if finished.returncode:
        raise CannotMeasure(f"headwater init failed:\n{finished.stdout}{finished.stderr}")
    made: dict[str, Any] = msgspec.json.decode(finished.stdout)
    key: str = made["secret_key"]
    return key


async def _becomes_ready(server: Server) -> bool:
    async with aiohttp.ClientSession() as session:
        for _ in range(START_SECONDS * 20):
            async with session.get(f"{server.url}/readyz") as answer:
                if answer.status == 200:
                    return True
            await asyncio.sleep(0.05)
    return False
