"""Processes beside a command: waited for until they answer, and stopped at the end."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

READY_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 12.0  # longer than a server takes for what it accepted
LOOK_AGAIN_S = 0.05
TAIL = 2000  # characters of a log


def runs(process: "subprocess.Popen[bytes] | None") -> bool:
    return process is not None and process.poll() is None


def wait_until_ready(
    process: "subprocess.Popen[bytes]", ready: Callable[[], bool], log: Path, what: str
) -> None:
    """RuntimeError with the end of its log where that never comes; it is stopped then."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not ready():
        if not runs(process) or time.monotonic() > deadline:
            stop(process)
            tail = log.read_text(errors="replace")[-TAIL:]
            raise RuntimeError(f"{what} did not become ready; its log ends with:\n{tail}")
        time.sleep(LOOK_AGAIN_S)


def stop(process: "subprocess.Popen[bytes] | None") -> None:
    """Told to end, and killed where it does not."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
