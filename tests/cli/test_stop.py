"""Told to end, it ends within ten seconds, whatever the store does; a dead role comes back."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from headwater.cli import serve
from headwater.cli.exits import STORE_AWAY, STORE_GONE, UNFINISHED
from headwater.cli.serve import RESTARTS_MAX, _Role
from headwater.config import Overrides, load
from headwater.db.wal import EXIT_STORE_GONE
from tests.crash.process import children
from tests.support import Server, Store, initialise, wait_until

CALLS = 200  # more than two groups of the writer, each of which waits five seconds


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def started(store: Store, role: str = "serve") -> Server:
    return Server(store, role=role, key=initialise(store)["secret_key"], alone=True).start()


def log_of(store: Store) -> list[dict[str, Any]]:
    text = next(store.data.parent.glob("*.log")).read_text()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def words_of(store: Store) -> str:
    text = next(store.data.parent.glob("*.log")).read_text()
    return "\n".join(line for line in text.splitlines() if line.startswith("headwater:"))


def call_and_leave_open(server: Server) -> list[socket.socket]:
    body = b'{"url": "https://acme.test"}'
    head = (
        f"POST /links HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connections = []
    for _ in range(CALLS):
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(head.encode() + body)
        connections.append(connection)
    return connections


@pytest.mark.parametrize(("role", "status"), [("serve", 1), ("core", UNFINISHED)])
def test_it_ends_in_time_while_another_program_holds_the_store(
    store: Store, role: str, status: int
) -> None:
    server = started(store, role)
    family = [server.pid, *children(server.pid)]
    holder = sqlite3.connect(store.data / "headwater.db", isolation_level=None)
    holder.execute("begin immediate")
    connections = call_and_leave_open(server)
    time.sleep(0.5)
    begun = time.monotonic()
    assert server.stop() == status
    assert time.monotonic() - begun < 10
    assert not any(Path(f"/proc/{pid}").exists() for pid in family)
    said = [line for line in log_of(store) if line["event"] == "ended_unfinished"]
    said.sort(key=lambda line: str(line["role"]))  # the worker too, where it was writing just then
    assert said[0]["role"] == "core"
    assert "nobody was told that they were done" in said[0]["what"]
    assert "was killed" not in words_of(store)
    answers = [answer_of(connection) for connection in connections]
    assert set(answers) <= {b"", b"HTTP/1.1 503"}, "nothing was said to be done"
    holder.close()


def answer_of(connection: socket.socket) -> bytes:
    connection.settimeout(5)
    try:
        return connection.recv(12)
    except OSError:
        return b""
    finally:
        connection.close()


def test_it_ends_at_once_while_a_role_waits_to_be_started_again(store: Store) -> None:
    server = started(store)
    for deaths in (1, 2, 3, 4):
        kill_core(server)
        if deaths < 4:
            wait_until(lambda: core_of(server) is not None)
    wait_until(lambda: words_of(store).count("core ended with status -9") == 4)
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 1.8, "the pause is two seconds by now"
    assert "core ended with status -9" in words_of(store)


def test_a_core_that_keeps_dying_ends_everything(store: Store) -> None:
    server = started(store)
    for _ in range(RESTARTS_MAX + 1):
        wait_until(lambda: core_of(server) is not None)
        kill_core(server)
    assert server.processes[0].wait(10) == 1
    assert "giving up: the core died 6 times" in words_of(store)


def core_of(server: Server) -> int | None:
    for child in children(server.pid):
        with suppress(FileNotFoundError, ProcessLookupError):  # it may be over by now
            if b"core" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                return child
    return None


def kill_core(server: Server) -> None:
    pid = core_of(server)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: core_of(server) != pid)


DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(1, flush=True)
time.sleep(60)
"""


def test_one_that_had_to_be_killed_is_gone_when_all_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serve, "STOP_TIMEOUT_S", 0.1)
    role = _Role("worker", load(Overrides(data="nowhere")).store, [])
    role.process = subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE)
    assert role.process.stdout is not None
    assert role.process.stdout.readline() == b"1\n"
    assert not serve._stop([role]), "and it is said that this was no clean end"
    assert role.process.returncode == -signal.SIGKILL


def deaths(status: int, every_s: float, times: int) -> list[int]:
    config = load(Overrides(data="nowhere"))
    role = _Role("core", config.store, [])
    return [role._died(status, number * every_s) for number in range(times)]


def test_deaths_are_counted_within_a_minute() -> None:
    assert deaths(-9, 5, 7) == [1, 2, 3, 4, 5, 6, 7]
    assert max(deaths(-9, 12, 20)) == RESTARTS_MAX, "now and then is no reason to give up"


def test_starts_that_wait_for_the_store_in_vain_all_count() -> None:
    """Each takes ten seconds and more, so a minute never sees six of them."""
    assert deaths(STORE_AWAY, 12.5, 6)[-1] > RESTARTS_MAX


def test_a_store_that_is_gone_is_not_made_anew(store: Store) -> None:
    assert STORE_GONE == EXIT_STORE_GONE
    server = started(store)
    (store.data / "headwater.db").rename(store.data / "elsewhere.db")
    assert server.processes[0].wait(20) == STORE_GONE
    assert not (store.data / "headwater.db").exists()
    assert "the store was moved or deleted. Put it back" in words_of(store)


def test_a_full_log_does_not_end_the_supervisor(store: Store) -> None:
    """It says that a role died; where that cannot be written, the role is started all the same."""
    initialise(store)
    server = Server(store)
    command = [sys.executable, "-m", "headwater", "serve", *store.arguments]
    with Path("/dev/full").open("wb") as full:
        process = subprocess.Popen([*command, "--port", str(server.port)], stdout=full, stderr=full)
    server.processes.append(process)
    wait_until(server.is_ready, timeout_s=30)
    kill_core(server)
    wait_until(server.is_ready, timeout_s=30)
    assert process.poll() is None
    server.stop()


def test_a_log_that_nobody_reads_any_more_does_not_keep_it_from_ending(store: Store) -> None:
    """Standard error is a full pipe, the output was one before the start; links lead on, calls are
    answered, and SIGTERM ends it.
    """
    key = initialise(store)["secret_key"]
    server = Server(store, key=key)
    reading, writing = os.pipe()
    unread, full = os.pipe()
    fill(full)
    command = [sys.executable, "-m", "headwater", "serve", *store.arguments]
    process = subprocess.Popen([*command, "--port", str(server.port)], stdout=full, stderr=writing)
    server.processes.append(process)
    wait_until(server.is_ready, timeout_s=30)
    wait_until(lambda: b"core_ready" in os.read(reading, 65536))
    fill(writing)
    holder = sqlite3.connect(store.data / "headwater.db", isolation_level=None)
    holder.execute("begin immediate")
    assert server.client.call("POST", "/links", {"url": "https://acme.test"}).status == 503
    holder.execute("rollback")
    assert server.client.call("POST", "/links", {"url": "https://acme.test"}).status == 200
    kill_core(server)  # the supervisor says so, and goes on
    wait_until(server.is_ready, timeout_s=30)
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10.5) == 0
    assert time.monotonic() - begun < 10
    for each in (reading, writing, unread, full):
        os.close(each)


def fill(pipe: int) -> None:
    os.set_blocking(pipe, False)
    for size in (4096, 1):
        with suppress(BlockingIOError):
            while True:
                os.write(pipe, b"x" * size)
    os.set_blocking(pipe, True)


LAST_CALL = """
import time
from headwater.cli import parent
parent.AT_MOST_S = 0.2
call = parent.LastCall(lambda what: time.sleep(60), "all")
call.begin()
time.sleep(60)
"""


def test_last_words_that_find_no_end_are_cut_off() -> None:
    done = subprocess.run([sys.executable, "-c", LAST_CALL], timeout=20, check=False)
    assert done.returncode == UNFINISHED
