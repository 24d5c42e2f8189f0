"""Programs beside us: whether they are installed, where they listen, how they start and end."""

import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

START_SECONDS = 20
STOP_SECONDS = 10


class CannotMeasure(Exception):  # noqa: N818 - a sentence for the operator, not a crash
    """The benchmark could not run; the message says what happened and what to do."""


def require(*programs: str) -> None:
    """Refuse to start without the programs a benchmark measures with."""
    missing = [name for name in programs if shutil.which(name, path=_search_path()) is None]
    if missing:
        raise CannotMeasure(
            f"This benchmark needs {' and '.join(missing)}, not found here. The Debian packages "
            f"have the same names: apt-get install {' '.join(missing)}"
        )


def program(name: str) -> str:
    """The path of an installed program."""
    found = shutil.which(name, path=_search_path())
    if found is None:
        raise CannotMeasure(f"{name} is gone since this benchmark began. Install it and run again.")
    return found


def environment(**settings: str) -> dict[str, str]:
    """Our environment without its own Headwater settings, which would change what is measured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    return {**kept, **settings}


def _search_path() -> str:
    """Servers live in `sbin`, which is not on the path of everyone."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])


@contextmanager
def scratch(parent: Path | None) -> Iterator[Path]:
    """A directory of our own on the disk to be measured, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="headwater-bench-", dir=parent) as name:
        yield Path(name)


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(
    command: Sequence[str], *, port: int, log: Path, env: Mapping[str, str]
) -> Iterator[int]:
    """Start a server, wait until it listens, give its process id, and end it afterwards."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            command, stdout=output, stderr=subprocess.STDOUT, env=env
        )
        try:
            _wait_until_listening(process, shlex.join(command), port, log)
            yield process.pid
        finally:
            stop(process)


def _wait_until_listening(
    process: subprocess.Popen[bytes], command: str, port: int, log: Path
) -> None:
    for _ in range(START_SECONDS * 20):
        if process.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise CannotMeasure(
        f"This did not listen on port {port} within {START_SECONDS} s: {command}\n"
        f"Its last words:\n{log.read_text(errors='replace')[-2000:]}"
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Told to end; by force where it does not."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
