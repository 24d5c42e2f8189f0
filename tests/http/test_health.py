"""`GET /readyz`: the writer decides; the worker is mentioned."""

import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support import Server, Store, initialise, wait_until


def readiness(server: Server) -> Any:
    answer = server.client.call("GET", "/readyz")
    assert answer.status == 200
    return answer.json


def test_readiness_says_when_the_worker_was_last_seen(server: Server) -> None:
    worker = wait_until(lambda: seen(readiness(server)["worker"]))
    assert worker["late"] is False
    assert worker["lastSeen"].endswith("Z")


def seen(worker: dict[str, Any]) -> dict[str, Any] | None:
    return worker if worker["lastSeen"] else None


def test_without_a_worker_it_is_late_and_readiness_stays_green(store: Store) -> None:
    initialise(store)
    server = Server(store, role="core").start()
    try:
        assert readiness(server) == {
            "status": "ok",
            "checks": {"writer": "ok"},
            "worker": {"lastSeen": None, "late": True},
        }
    finally:
        server.stop()


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(("ago_s", "late"), [(5, False), (40, True), (-120, True)])
def test_a_worker_that_missed_three_beats_is_late(store: Store, ago_s: int, late: bool) -> None:
    initialise(store)
    at_us = (int(time.time()) - ago_s) * 1_000_000
    file = sqlite3.connect(store.data / "headwater.db")
    file.execute("insert into cursors values ('worker_seen', ?)", (str(at_us),))
    file.commit()
    file.close()
    server = Server(store, role="core").start()
    try:
        assert readiness(server)["worker"]["late"] is late
    finally:
        server.stop()


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_store_with_a_damaged_page_stays_red(store: Store) -> None:
    """The page that readiness writes is well; the one every sale needs is not."""
    key = initialise(store)["secret_key"]
    damage(store.data / "headwater.db", "customers")
    server = Server(store, role="core", key=key).start()
    try:
        assert readiness(server)["status"] == "ok", "nobody has met it yet"
        lead = {"eventName": "Sign up", "customerExternalId": "u1", "clickId": ""}
        assert server.client.call("POST", "/track/lead", lead).status == 503
        for _ in range(2):
            answer = server.client.call("GET", "/readyz")
            assert answer.status == 503
            assert answer.json["checks"] == {"writer": "the store is damaged"}
            assert "put a backup in their place" in answer.json["remedy"]
    finally:
        server.stop()


def damage(path: Path, table: str) -> None:
    """Every page that leads to rows of it becomes noise."""
    file = sqlite3.connect(path)
    file.execute("pragma wal_checkpoint(truncate)")
    size = file.execute("pragma page_size").fetchone()[0]
    roots = file.execute(
        "select rootpage from sqlite_master where tbl_name = ? and rootpage > 0", (table,)
    ).fetchall()
    file.close()
    with path.open("r+b") as pages:
        for (root,) in roots:
            pages.seek((root - 1) * size)
            pages.write(b"\xee" * size)
