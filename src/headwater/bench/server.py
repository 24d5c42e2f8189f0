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
SLUG = "bench"
HEADWATER = (sys.executable, "-m", "headwater")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it answers, the key of its only workspace, the directory of its store, its process;
    `store`: how a command is told of the store.
    """

    url: str
    key: str
    data: Path
    pid: int
    store: tuple[str, ...]

    def memory_mb(self) -> int:
        return peak_mb(self.pid)


def peak_mb(pid: int) -> int:
    """The most memory a process ever held at once, in millions of bytes."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024 // 1_000_000


@contextmanager
def headwater(directory: Path, *, database: str | None = None, **settings: str) -> Iterator[Server]:
    """Start a server of our own that believes the addresses `wrk` claims to come from; `database`
    is an empty one of PostgreSQL.
    """
    data = directory / "data"
    store = ("--database", database) if database else ("--data", str(data))
    key = _init(store)
    port = free_port()
    command = (*HEADWATER, "core", "--port", str(port), *store)
    env = environment(HEADWATER_SERVER_TRUSTED_PROXIES="127.0.0.1/32", **settings)
    log = directory / "headwater.log"
    with running(command, port=port, log=log, env=env) as pid:
        server = Server(url=f"http://127.0.0.1:{port}", key=key, data=data, pid=pid, store=store)
        if not asyncio.run(_becomes_ready(server)):
            raise CannotMeasure(
                f"headwater core listens but is not ready after {START_SECONDS} s. Its last "
                f"words:\n{log.read_text(errors='replace')[-2000:]}"
            )
        yield server


def _init(store: tuple[str, ...]) -> str:
    """Make the workspace and its domain, and give its secret key."""
    command = (
        *(*HEADWATER, "init", *store),
        *("--workspace", SLUG, "--domain", DOMAIN, "--json"),
    )
    finished = subprocess.run(  # noqa: S603 - our own command line
        command, capture_output=True, text=True, check=False, env=environment()
    )
    if finished.returncode:
        raise CannotMeasure(f"headwater init failed:\n{finished.stdout}{finished.stderr}")
    made: dict[str, Any] = msgspec.json.decode(finished.stdout)
    if "secret_key" not in made:
        raise CannotMeasure("The database holds a workspace already. Name an empty one.")
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
