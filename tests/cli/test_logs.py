"""The log of a role: JSON lines that name it, and a trouble that goes on said once."""

import json
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from tests.support import Client, Server, Store, initialise, wait_until

SCRIPT = """
import asyncio, logging, threading, time
import structlog
from headwater.cli import logs
from headwater.kit.problems import StoreUnavailable

logs.set_up_logs("core")
logs.QUIET_S = 0.3
log = structlog.get_logger("any")

def flood():
    for number in range(50):
        log.error("store_refused", error="FullError", detail=f"try {number}")
        log.error("click_not_stored", error="StoreUnavailable")
        log.warning("delivery_dead", delivery_id="dlv_1", reason="gone")

async def main():
    logging.getLogger("psycopg.pool").warning("error connecting in 'pool-1': no\\n\\tis it up?")
    logging.getLogger("psycopg.pool").warning("error connecting in 'pool-1': refused")
    lost = asyncio.get_running_loop().create_future()
    lost.set_exception(StoreUnavailable("away"))
    del lost
    threads = [threading.Thread(target=flood) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    log.error("store_refused", error="IOError", detail="another state")
    await asyncio.sleep(2)
    log.error("store_refused", error="FullError", detail="again")

asyncio.run(logs.saying_ends(main()))
logs.say_what_is_left()
"""


def test_a_state_is_said_when_it_begins_and_when_it_ends_with_a_count() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.stderr, "one JSON object per line, and nothing else"
    assert {line["role"] for line in lines} == {"core"}, "lines of threads too"
    counted = Counter((line["event"], line.get("error")) for line in lines)
    assert counted["store_refused", "FullError"] == 2, "it began twice"
    assert counted["store_refused", "IOError"] == 1
    assert counted["click_not_stored", "StoreUnavailable"] == 1
    assert counted["delivery_dead", None] == 100, "each of these says something else"
    assert counted["database_unreachable", None] == 1
    ended = {
        (line["of"], line.get("error")): line["times"]
        for line in lines
        if line["event"] == "state_ended"
    }
    assert ended == {
        ("store_refused", "FullError"): 100,
        ("click_not_stored", "StoreUnavailable"): 100,
        ("store_refused", "IOError"): 1,
        ("database_unreachable", None): 2,
    }
    left = [(line["of"], line["times"]) for line in lines if line["event"] == "state_left"]
    assert left == [("store_refused", 1)]


CLOCK = """
import time
import structlog
from headwater.cli import logs

class Steps:
    wall_us, mono_us = 1_000_000_000, 0
    def now_us(self): return self.wall_us
    def monotonic_us(self): return self.mono_us

clock = Steps()
states = logs._states = logs.States(clock)
logs.set_up_logs("core")
structlog.get_logger("any").error("store_refused", error="FullError")
clock.wall_us += 3600 * 1_000_000  # set forward, by an hour
states.say_ends()
structlog.get_logger("any").info("after_forward")
clock.wall_us -= 7200 * 1_000_000  # and back, by two
clock.mono_us = 31 * 1_000_000
states.say_ends()
"""


def test_a_clock_that_is_set_neither_ends_a_state_nor_keeps_it() -> None:
    done = subprocess.run([sys.executable, "-c", CLOCK], capture_output=True, text=True, timeout=60)
    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert events == ["store_refused", "after_forward", "state_ended"]


LINES = """
import os, sys, time
import structlog
from headwater.cli import logs

logs.LINES_MAX = 100
logs.set_up_logs("core")
log = structlog.get_logger("any")
for number in range(5_000):
    log.info("any_event", number=number, filling="x" * 100)
print("said", flush=True)
sys.stdin.readline()
for _ in range(20):
    log.info("later_event")
    time.sleep(0.01)
if sys.argv[1] == "at once":
    log.critical("last_event")
    os._exit(3)
log.info("last_event")
"""


@pytest.mark.parametrize("end", ["at once", "in order"])
def test_a_log_nobody_reads_holds_nobody_up(end: str) -> None:
    """What finds no room is counted; the last line is out before the process ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", LINES, end],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    killer = threading.Timer(20, process.kill)
    killer.start()
    assert process.stdout.readline() == "said\n", "while nobody reads"
    _, text = process.communicate("\n")  # reads from now on
    killer.cancel()
    lines = [json.loads(line) for line in text.splitlines()]
    counted = Counter(line["event"] for line in lines)
    dropped = sum(line["times"] for line in lines if line["event"] == "log_lines_dropped")
    assert dropped > 1_000
    assert counted["any_event"] + counted["later_event"] + dropped == 5_020
    assert "last_event" in {line["event"] for line in lines[-2:]}


def log_of(store: Store) -> list[dict[str, Any]]:
    """Every line but the greeting is one JSON object."""
    text = next(store.data.parent.glob("*.log")).read_text()
    lines = [line for line in text.splitlines() if not line.startswith("headwater:")]
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("engine", ["postgres"])
def test_a_database_that_goes_away_makes_no_flood(store: Store) -> None:
    """Requests, loops and the pool meet it all the time; raw lines of libraries do not appear."""
    server = Server(store, key=initialise(store)["secret_key"]).start()
    server.client.post("/links", {"url": "https://acme.test", "key": "one"})
    server.client.click("one")
    name = store.url.partition("?")[0].rpartition("/")[2]
    url = store.url.replace(f"/{name}?", "/postgres?")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"alter database {name} with allow_connections false")
        admin.execute(
            f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
        )
        meet_it(server)
        admin.execute(f"alter database {name} with allow_connections true")
        wait_until(lambda: ready(server), timeout_s=30)
    assert server.stop() == 0
    lines = log_of(store)
    begun = Counter(
        (line["role"], line["event"], line.get("step"), line.get("error"))
        for line in lines
        if line["level"] in {"warning", "error"} and line["event"] != "state_left"
    )
    assert begun, "it was said"
    assert {times for what, times in begun.items()} == {1}, begun
    left = {line["of"]: line["times"] for line in lines if line["event"] == "state_left"}
    assert left["click_not_stored"] > 5
    assert not [line for line in lines if "never retrieved" in json.dumps(line)]


def meet_it(server: Server) -> None:
    def ask() -> None:
        with suppress(OSError):
            server.client.click("one")
        with suppress(OSError):
            server.client.call("POST", "/links", {"url": "https://acme.test"})

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    Client(server.url, None).call("GET", "/readyz")
    for thread in threads:
        thread.join()


def ready(server: Server) -> bool:
    return Client(server.url, None).call("GET", "/readyz").status == 200
