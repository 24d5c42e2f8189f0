"""`headwater serve`: ready, and gone cleanly when told."""

import json
import os
import signal
import threading
import time
import urllib.error
from pathlib import Path

from tests.support import Client, Server, Store, initialise, run, wait_until


def started(store: Store) -> tuple[Server, str]:
    key = initialise(store)["secret_key"]
    return Server(
        store, env={"HEADWATER_EGRESS_ALLOW_PRIVATE": "true"}, key=key, alone=True
    ).start(), key


def test_it_is_ready_answers_and_ends_within_ten_seconds(store: Store) -> None:
    server, _ = started(store)
    ready = Client(server.url, None).call("GET", "/readyz")
    assert (ready.status, ready.json["checks"]) == (200, {"writer": "ok"})
    asked, stop = threading.Event(), threading.Event()
    answered: list[int] = []
    busy = threading.Thread(target=keep_asking, args=(server, answered, asked, stop))
    busy.start()
    asked.wait(10)
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 10
    stop.set()
    busy.join(10)
    assert set(answered) <= {200, 302}, "what was answered was answered well"
    assert run("verify", *store.arguments).returncode == 0
    assert {"core_ready", "worker_ready"} <= logged(store)


def logged(store: Store) -> set[str]:
    """Events of the log, which is one JSON object per line after the greeting."""
    text = next(store.data.parent.glob("*.log")).read_text()
    lines = [line for line in text.splitlines() if not line.startswith("headwater:")]
    return {json.loads(line)["event"] for line in lines}


def keep_asking(
    server: Server, answered: list[int], asked: threading.Event, stop: threading.Event
) -> None:
    """Links made one after the other, until the server is gone."""
    while not stop.is_set():
        try:
            made = server.client.call("POST", "/links", {"url": "https://acme.test"})
            answered.append(made.status)
            asked.set()
        except (urllib.error.URLError, OSError):
            return


def test_a_role_that_dies_is_started_again(store: Store) -> None:
    server, _ = started(store)
    children = _children(server.pid)
    assert len(children) == 2
    for child in children:
        os.kill(child, signal.SIGKILL)
    wait_until(lambda: len(set(_children(server.pid)) - set(children)) == 2)
    wait_until(lambda: _ready(server), timeout_s=20)
    assert server.client.call("POST", "/links", {"url": "https://acme.test"}).status == 200
    assert server.stop() == 0


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in listed.split()]


def _ready(server: Server) -> bool:
    try:
        return Client(server.url, None).call("GET", "/readyz").status == 200
    except (urllib.error.URLError, OSError):
        return False
