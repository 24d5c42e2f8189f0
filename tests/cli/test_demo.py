"""`headwater demo`: what it refuses before it begins, what it removes, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.crash.process import children
from tests.support import Client, free_port, run, wait_until


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The store of an earlier demo."""
    store = tmp_path / "data"
    store.mkdir()
    (store / "headwater.db").write_bytes(b"")
    return store


def test_a_port_that_is_taken_is_said_at_once_and_nothing_is_removed(
    tmp_path: Path, earlier: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run("demo", "--data", str(tmp_path), "--port", port, "--exit")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"headwater: cannot listen on 127.0.0.1:{port}: Address already")
    assert len(done.stderr.splitlines()) == 1
    assert (earlier / "headwater.db").exists()
    assert not (tmp_path / "server.log").exists()


def test_a_directory_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "data" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("years of work")
    done = run("demo", "--data", str(tmp_path), "--exit")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{mine.parent} holds something else than a store and is left alone." in done.stderr
    assert mine.read_text() == "years of work"


def test_the_help_says_what_is_removed() -> None:
    said = " ".join(run("demo", "--help").stdout.replace("│", " ").split())
    assert "Directory; its data is made anew" in said.replace("`", "")


def test_told_to_end_it_ends_its_server(tmp_path: Path, earlier: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "headwater", "demo", "--data", str(tmp_path)]
    demo = subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    below: list[int] = []
    try:
        wait_until(lambda: ready(port), timeout_s=60)
        assert (earlier / "headwater.db").stat().st_size > 0, "the store was not made anew"
        below = children(demo.pid)
        assert below
        demo.terminate()
        assert demo.wait(30) in (0, 1, 130)
        assert not any(Path(f"/proc/{pid}").exists() for pid in below)
        assert not ready(port)
    finally:
        for pid in [demo.pid, *below] if demo.poll() is None else below:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        demo.wait()


def ready(port: int) -> bool:
    with suppress(OSError):
        return Client(f"http://127.0.0.1:{port}", None).call("GET", "/readyz").status == 200
    return False
