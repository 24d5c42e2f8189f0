"""The load generator: `wrk`, one thread, with the scripts of this package."""

import subprocess
from pathlib import Path

import msgspec

from headwater.bench.model import Load
from headwater.bench.tools import CannotMeasure, environment, program

SCRIPTS = Path(__file__).parent


def wrk(
    script: str, url: str, *, seconds: int, connections: int, arguments: tuple[str, ...]
) -> Load:
    """Run one script against one server for so many seconds."""
    command = (
        program("wrk"),
        "--threads=1",
        f"--connections={connections}",
        f"--duration={seconds}s",
        "--timeout=10s",
        "--latency",
        f"--script={SCRIPTS / script}",
        "--",
        url,
        *arguments,
    )
    env = environment(LUA_PATH=f"{SCRIPTS / 'load'}/?.lua")
    finished = subprocess.run(  # noqa: S603 - our own command line
        command, capture_output=True, text=True, check=False, env=env
    )
    return parse(finished.stdout, finished.stderr)


def parse(output: str, errors: str = "") -> Load:
    """Read the line of JSON that `load/summary.lua` prints last."""
    last = output.strip().rpartition("\n")[2]
    try:
        return msgspec.json.decode(last, type=Load)
    except msgspec.DecodeError as error:
        raise CannotMeasure(
            f"wrk ended without its summary ({error}). It said:\n{output}{errors}"
        ) from error
