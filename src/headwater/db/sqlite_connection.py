"""One SQLite connection: how it is opened, what it offers, what its errors mean."""

import fcntl
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import apsw
import structlog

from headwater.db.tx import NONE, Dialect, Params, Row
from headwater.kit.problems import Collision, StoreUnavailable

log = structlog.get_logger(__name__)

BUSY_TIMEOUT_MS = 5_000
ASK_AGAIN_S = 0.0002  # a guest asks this often; the owner's pauses are as long

STORE_ERRORS = (
    apsw.FullError,
    apsw.IOError,
    apsw.ReadOnlyError,
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.BusyError,
    apsw.NoMemError,
    apsw.NotADBError,
    apsw.PermissionsError,
    apsw.ProtocolError,
)
DAMAGE = (apsw.CorruptError, apsw.NotADBError)
# After a failed fsync nobody knows what is on disk, and a second one may claim success: the
# process ends and the next start reads what is really there.
_FATAL = (apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_IOERR_DIR_FSYNC)
EXIT_FSYNC = 74


class SqliteTx:
    """Both handles over one connection."""

    dialect = Dialect.SQLITE

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    # Parsed once: each `value->>n` on text would parse the row anew. The limit keeps the planner
    # from dissolving the subquery into just that.
    each = "(select jsonb(value) as value from json_each(:rows) limit -1)"

    def one(self, sql: str, params: Params = NONE) -> Row | None:
        return self._connection.execute(sql, params).fetchone()

    def all(self, sql: str, params: Params = NONE) -> list[Row]:
        return self._connection.execute(sql, params).fetchall()

    def run(self, sql: str, params: Params = NONE) -> int:
        self._connection.execute(sql, params).fetchall()
        return self._connection.changes()

    def lock(self, name: str) -> None:
        """Nothing to do: the writer is alone."""

    def many(self, sql: str, rows: Iterable[Params]) -> list[Row]:
        return self._connection.executemany(sql, rows).fetchall()


def own(path: Path) -> int:
    """The lock of the one process that serves this store; it ends with the process."""
    lock = os.open(f"{path}.owner", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise StoreUnavailable(
            f"another headwater process already serves {path.parent}. Stop it first, or give this"
            " one a directory of its own with --data."
        ) from None
    return lock


def connect(path: Path, *, vfs: str | None = None, create: bool = False) -> apsw.Connection:
    """A connection with our pragmas: WAL, and an fsync before every COMMIT returns.

    Without `create` a missing file is an error: where a store was moved away, a later connection
    must not put an empty one in its place.
    """
    if create:
        # It holds keys, so it is made for its owner alone. A file that is there is left alone:
        # closing any descriptor of it drops every POSIX lock this process has on it, SQLite's too.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs)
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    connection.wal_autocheckpoint(0)  # inside a commit it would stall it; see wal.py
    # Without it this build (STAT4) plans a statement anew whenever a parameter changes: a join of
    # two primary keys took 20 us instead of 2.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma secure_delete = on")  # a forgotten salt is gone from the file too
    connection.execute("pragma cache_size = -65536")
    connection.execute("pragma journal_size_limit = 33554432")  # what a long reader made of it
    connection.execute("pragma temp_store = memory")
    return connection


def end_if_fatal(error: BaseException) -> None:
    if getattr(error, "extendedresult", None) in _FATAL:
        log.critical("fsync_failed", detail=str(error))
        os._exit(EXIT_FSYNC)


def ask_often(tries: int) -> bool:
    """SQLite's own handler sleeps up to 0.1 s between tries and would miss the owner's pauses."""
    time.sleep(ASK_AGAIN_S)
    return tries * ASK_AGAIN_S * 1000 < BUSY_TIMEOUT_MS


_COLLISIONS = (apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY)


def translated(error: BaseException) -> BaseException:
    if isinstance(error, STORE_ERRORS):
        return StoreUnavailable(str(error))
    if (
        isinstance(error, apsw.ConstraintError)
        and getattr(error, "extendedresult", None) in _COLLISIONS
    ):
        return Collision(str(error))
    return error
