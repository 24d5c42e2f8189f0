"""The log of SQLite stays short while it is written to, and is never lost with its file."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from headwater.db import Read, Write
from headwater.db.wal import EXIT_STORE_GONE, PAGES
from headwater.kit.problems import StoreUnavailable
from tests.db.conftest import Things, names
from tests.support import wait_until

PAGE = 4096
ROWS = 500  # of a page each, in one transaction
TRANSACTIONS = 60


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def log_of(things: Things) -> Path:
    return things.store.data / "headwater.db-wal"


def fill(tx: Write) -> None:
    tx.run("create table if not exists filling (content text not null)")
    tx.run("delete from filling")
    tx.many(
        "insert into filling (content) values (:content)",
        [{"content": "x" * (PAGE - 200)} for _ in range(ROWS)],
    )


async def fill_often(things: Things) -> None:
    for _ in range(TRANSACTIONS):
        await things.db.write(fill)
        await asyncio.sleep(0.005)


def test_the_log_begins_anew_while_it_is_written_to(things: Things) -> None:
    things.run(fill_often(things))
    assert ROWS * TRANSACTIONS > 5 * PAGES
    assert log_of(things).stat().st_size < 3 * PAGES * PAGE


def test_a_reader_that_stays_only_delays_it(things: Things) -> None:
    things.db.write_now(things.add, "before")
    entered, go = threading.Event(), threading.Event()

    def stay(tx: Read) -> list[str]:
        first = names(tx)
        entered.set()
        assert go.wait(60)
        assert names(tx) == first
        return first

    reading = threading.Thread(target=things.db.read_now, args=(stay,))
    reading.start()
    assert entered.wait(10)
    things.run(fill_often(things))
    grown = log_of(things).stat().st_size
    assert grown > 6 * PAGES * PAGE
    go.set()
    reading.join()
    things.run(fill_often(things))
    assert log_of(things).stat().st_size < grown / 2


SERVED = """
import sys, time
from pathlib import Path
import structlog
from headwater.db import open_database
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
db = open_database(data=Path(sys.argv[1]), url="", now_us=1, owner=True)
db.write_now(lambda tx: tx.run("create table things (name text primary key)"))
print("open", flush=True)
number = 0
while True:
    db.write_now(lambda tx: tx.run("insert into things values (:n)", {"n": f"name-{number}"}))
    number += 1
    print(number, flush=True)
    time.sleep(0.02)
"""


class Served:
    """A process that has the store open and says how much of what it wrote is committed."""

    def __init__(self, data: Path) -> None:
        data.mkdir()
        self.data = data
        self.file = data / "headwater.db"
        self.said = data.parent / "said"
        with self.said.open("w") as said, self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVED, str(data)], stdout=said, stderr=errors
            )
        wait_until(lambda: self.answered() > 20)

    @property
    def errors(self) -> Path:
        return self.said.with_name("errors")

    def answered(self) -> int:
        lines = self.said.read_text().splitlines() if self.said.exists() else []
        return int(lines[-1]) if len(lines) > 1 else 0

    def ended(self) -> bool:
        wait_until(lambda: self.process.poll() is not None, timeout_s=10)
        assert b"store_gone" in self.errors.read_bytes()
        return self.process.returncode == EXIT_STORE_GONE


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    running = Served(tmp_path / "data")
    yield running
    running.process.kill()
    running.process.wait()


def rows(file: Path) -> int:
    connection = sqlite3.connect(file)
    try:
        return int(connection.execute("select count(*) from things").fetchone()[0])
    finally:
        connection.close()


def test_a_store_that_was_moved_ends_its_process_and_needs_its_log(served: Served) -> None:
    served.file.rename(served.data / "elsewhere")
    assert served.ended()
    assert not served.file.exists()
    (served.data / "elsewhere").rename(served.file)  # put back, as the sentence says
    assert rows(served.file) >= served.answered()


def test_where_another_file_took_its_place_the_old_log_is_set_aside(served: Served) -> None:
    """The next start would play it into a file that it was not written for."""
    old = served.file.stat().st_ino
    os.link(served.file, served.data / "old")
    (served.data / "other").write_bytes(b"")  # a new database, as a backup would be
    (served.data / "other").rename(served.file)
    assert served.ended()
    assert not (served.data / "headwater.db-wal").exists()
    assert not (served.data / "headwater.db-shm").exists()
    assert (served.data / f"headwater.db-shm.of-{old}").exists()
    (served.data / f"headwater.db-wal.of-{old}").rename(served.data / "old-wal")
    assert rows(served.data / "old") >= served.answered()


@pytest.mark.parametrize("how", ["removed", "replaced"])
def test_a_log_that_is_gone_is_saved_from_its_descriptor(served: Served, how: str) -> None:
    log_file = served.data / "headwater.db-wal"
    if how == "removed":
        log_file.unlink()
    else:
        (served.data / "other").write_bytes(b"")
        (served.data / "other").rename(log_file)
    assert served.ended()
    assert rows(served.file) >= served.answered() > 20


def test_a_directory_that_became_a_file_is_gone_too(served: Served) -> None:
    served.data.rename(served.data.with_name("elsewhere"))
    served.data.write_text("")
    assert served.ended()


def test_a_look_that_fails_is_not_the_last(served: Served) -> None:
    """The names cannot be read for a while; later the file is gone, and that is noticed."""
    elsewhere = served.data.with_name("elsewhere")
    served.data.rename(elsewhere)
    served.data.symlink_to(served.data)  # a loop: OSError
    wait_until(lambda: b"checkpoint_failed" in served.errors.read_bytes(), timeout_s=10)
    served.data.unlink()
    elsewhere.rename(served.data)
    before = served.answered()
    wait_until(lambda: served.answered() > before + 20)
    assert served.process.poll() is None
    served.file.unlink()
    assert served.ended()


LOOK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(connection.execute("select count(*) from things").fetchone()[0])
connection.close()
"""


def test_a_connection_opened_later_makes_no_new_store(things: Things) -> None:
    things.db.close()
    things.db = things.again(owner=False).db  # an owner ends its process when its file goes
    file = things.store.data / "headwater.db"
    gone = file.rename(things.store.data / "elsewhere.db")
    with ThreadPoolExecutor(1) as other, pytest.raises(StoreUnavailable):
        other.submit(things.db._read, names, ()).result()
    assert not file.exists()
    gone.rename(file)


def test_who_looks_from_outside_takes_nothing_away(things: Things) -> None:
    """SQLite deletes the log with the last connection, and finds the others by their locks."""

    def seen_outside() -> int:
        command = [sys.executable, "-c", LOOK, str(things.store.data / "headwater.db")]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    things.db.close()
    things.db = things.again(owner=False).db  # an owner ends its process when its log goes
    things.db.write_now(things.add, "a")
    assert things.stored() == ["a"]  # by a connection of its own
    for number, name in enumerate(("b", "c", "d"), 1):
        assert seen_outside() == number
        things.db.write_now(things.add, name)
    assert seen_outside() == 4
