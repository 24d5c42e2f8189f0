"""Keeping SQLite's write-ahead log short without holding up the writer."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import apsw
import structlog

from headwater.db.sqlite_connection import connect, end_if_fatal

log = structlog.get_logger(__name__)

PAGES = 4_000  # of the log, 16 MB: from here on it is moved into the database at once
REST = 250  # pages the writer moves by itself, in about a millisecond
PASSES = 5
EVERY_S = 1.0
WARN_PAGES = 65_536  # 256 MB: a reader that never ends keeps the log from starting over
SAVE_WAIT_S = 2.0  # for a group that is being written when the log is found to be gone
EXIT_STORE_GONE = 75


class Checkpointer:
    """Moves the log into the database beside the writer; the writer moves the last pages.

    SQLite begins anew at the front of the log only when all of it has been moved, and beside a busy
    writer that never happens. A log that grows instead is appended to, and a commit that appends
    takes the disk twice as long as one that overwrites, as the file's length must be stored too.
    """

    def __init__(
        self, path: Path, vfs: str | None, writer: apsw.Connection, committing: threading.Lock
    ) -> None:
        self._path = path
        self._vfs = vfs
        self._writer = writer
        self._committing = committing  # held by the writer while it has a group
        self._file = _inode(path)
        self._log = Path(f"{path}-wal")
        self._log_file = _inode(self._log)  # None until there is one
        self._connection: apsw.Connection | None = None
        self._pages = 0  # in the log
        self._moved = 0  # of which are in the database
        self._wake = threading.Event()
        self._stopping = False
        self._rest_due = False
        self._warned = False
        self._thread = threading.Thread(target=self._run, name="checkpoint", daemon=True)
        writer.set_wal_hook(self._committed)
        self._thread.start()

    def close(self) -> None:
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def move_rest(self) -> None:
        """On the writer's thread, between two commits: what the passes beside it left over."""
        if self._rest_due:
            self._rest_due = False
            self._pass(self._writer)

    def _committed(self, _: apsw.Connection, __: str, pages: int) -> int:
        self._pages = pages
        if self._log_file is None:  # now there is one
            with suppress(OSError):
                self._log_file = _inode(self._log)
        if pages < self._moved:
            self._moved = 0  # it began anew
        if pages - self._moved >= PAGES:
            self._wake.set()
        return apsw.SQLITE_OK

    def _run(self) -> None:
        while not self._stopping:
            self._guarded(self._turn)
            self._wake.wait(EVERY_S)
            self._wake.clear()
        self._guarded(self._end_if_gone)
        if self._connection is not None:
            self._connection.close()

    def _guarded(self, turn: Callable[[], None]) -> None:
        """Whatever one turn meets, there is a next one: without it nobody would look any more."""
        try:
            turn()
        except Exception as error:
            log.exception("checkpoint_failed", error=type(error).__name__)
            end_if_fatal(error)

    def _turn(self) -> None:
        self._end_if_gone()
        if self._connection is None:
            self._connection = connect(self._path, vfs=self._vfs)
        for _ in range(PASSES):
            before = self._pages
            self._pass(self._connection)
            if self._pages - before <= REST:
                break
        self._rest_due = self._pages >= PAGES
        self._warn()

    def _pass(self, connection: apsw.Connection) -> None:
        try:
            _, self._moved = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.BusyError:
            return  # another process is at it
        except apsw.Error as error:
            log.warning("checkpoint_failed", error=type(error).__name__, detail=str(error))
            end_if_fatal(error)

    def _warn(self) -> None:
        if (self._pages >= WARN_PAGES) is self._warned:
            return
        self._warned = not self._warned
        if self._warned:
            log.warning("log_grows", pages=self._pages, hint="a reader has been at work for long")

    def _end_if_gone(self) -> None:
        """Facts written to a file that has lost its name would be lost with the process.

        Looks at names only. To open and close the database file here would drop every POSIX lock
        this process has on it, SQLite's own included.
        """
        file, log_file = _inode(self._path), _inode(self._log)
        if file != self._file:
            if file is not None and self._log_file in (None, log_file):
                self._set_aside()
            self._end(self._path)
        if self._log_file not in (None, log_file):
            self._save()
            self._end(self._log)

    def _set_aside(self) -> None:
        """The next start would play this log into a file it does not belong to, or destroy it."""
        for file in (self._log, Path(f"{self._path}-shm")):
            aside = Path(f"{file}.of-{self._file}")
            while aside.exists():
                aside = Path(f"{aside}+")
            with suppress(FileNotFoundError):
                file.rename(aside)

    def _save(self) -> None:
        """Move what the lost log holds into the database, while its open descriptor reaches it."""
        self._committing.acquire(timeout=SAVE_WAIT_S)  # and never released: no answer after this
        if self._connection is None:
            return
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_FULL)
        except apsw.Error as error:
            log.warning("checkpoint_failed", error=type(error).__name__, detail=str(error))

    def _end(self, lost: Path) -> None:
        log.critical("store_gone", path=str(lost))
        os._exit(EXIT_STORE_GONE)


def _inode(path: Path) -> int | None:
    """None where there is no such file."""
    try:
        return path.stat().st_ino
    except (FileNotFoundError, NotADirectoryError):
        return None
