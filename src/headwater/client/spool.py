"""Calls that outlive the process: a file that all processes of a site share.

A letter is on the disk before `append` returns, and stays until the server has taken it. All
processes write; one sends, whoever holds the lock, which the system takes back from the dead.
Connections last for one statement, so that a fork has none to inherit.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from headwater.client.errors import SetupError
from headwater.client.letter import Letter, Memory
from headwater.client.log import log
from headwater.client.world import now_ms, ticks_ms

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

SIZE = 100_000
LOOK_S = 2.0
BUSY_S = 5.0


class Spool:
    """Where the disk refuses, a letter waits in memory like those of a site without a spool."""

    look_s = LOOK_S

    def __init__(self, path: str, size: int) -> None:
        self._path = Path(path).absolute()
        self._beside = Memory(size)
        self._lock: int | None = None
        if fcntl is None:
            raise SetupError("A spool needs a system with file locks, as Linux or macOS.")
        try:
            # It holds what customers are called: nobody else may read it.
            if not self._path.exists():
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
            with _opened(self._path) as db:
                db.execute(_TABLE)
        except (OSError, sqlite3.Error) as error:
            raise SetupError(
                f"{path!r} cannot be a spool ({error}). Name a file on a local disk, in a directory"
                " that is there and that the site may write to."
            ) from error

    def append(self, letter: Letter) -> bool:
        row = {
            "id": letter.id,
            "path": letter.path,
            "body": json.dumps(letter.body),
            "happened_ms": now_ms() - (ticks_ms() - letter.happened_ms),
            "size": SIZE,
        }
        try:
            with _opened(self._path) as db:
                added = db.execute(_INSERT, row).rowcount == 1
                return added or bool(db.execute(_KNOWN, row).fetchone())
        except (OSError, sqlite3.Error) as error:
            log.warning("spool_not_written", why=type(error).__name__)
            return self._beside.append(letter)

    def first(self) -> Letter | None:
        found = self._rows(" order by number limit 1") if self._is_sender() else []
        return found[0] if found else self._beside.first()

    def remove(self, letter: Letter) -> bool:
        if self._beside.remove(letter):
            return True
        return self._done("delete from letters where id = :id", letter) == 1

    def to_the_end(self, letter: Letter) -> None:
        self._beside.to_the_end(letter)
        self._done(
            "update letters set number = (select max(number) + 1 from letters) where id = :id",
            letter,
        )

    def all(self) -> list[Letter]:
        return [*self._rows(" order by number"), *self._beside.all()]

    def leave(self) -> int:
        """What is on the disk is left to the next; so is the sending."""
        left = self._beside.leave()
        self.begin_anew()
        return left

    def begin_anew(self) -> None:
        self._beside.begin_anew()
        if self._lock is not None:
            os.close(self._lock)  # the parent's own one still holds
            self._lock = None

    def _is_sender(self) -> bool:
        if self._lock is not None:
            return True
        file = -1
        try:
            file = os.open(f"{self._path}-sender", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if file >= 0:
                os.close(file)
            return False
        self._lock = file
        return True

    def _rows(self, which: str) -> list[Letter]:
        try:
            with _opened(self._path) as db:
                rows = db.execute(f"select id, path, body, happened_ms from letters{which}")
                return [_letter(*row) for row in rows]
        except (OSError, sqlite3.Error, ValueError) as error:
            log.warning("spool_not_read", why=type(error).__name__)
            return []

    def _done(self, statement: str, letter: Letter) -> int:
        try:
            with _opened(self._path) as db:
                return db.execute(statement, {"id": letter.id}).rowcount
        except (OSError, sqlite3.Error) as error:
            log.warning("spool_not_written", why=type(error).__name__)
            return 0


_TABLE = """
    create table if not exists letters (
        number integer primary key, id text not null unique, path text not null, body text not null,
        happened_ms integer not null
    )
"""
_INSERT = """
    insert into letters (id, path, body, happened_ms)
    select :id, :path, :body, :happened_ms
    where (select count(*) from letters) < :size
        and not exists (select 1 from letters where id = :id)
"""
_KNOWN = "select 1 from letters where id = :id"


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """One transaction, on the disk at its end. What is deleted is overwritten: it may be names."""
    with closing(sqlite3.connect(path, timeout=BUSY_S)) as db:
        db.execute("pragma synchronous = extra")
        db.execute("pragma secure_delete = on")
        with db:
            yield db


def _letter(name: str, path: str, body: str, happened_ms: int) -> Letter:
    ago_ms = max(0, now_ms() - happened_ms)
    return Letter(path, json.loads(body), happened_ms=ticks_ms() - ago_ms, id=name)
