"""SQLite: one writer thread that commits in groups, readers that never wait for it."""

import asyncio
import fcntl
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import apsw
import structlog

from headwater.db.group import Intake, Item, Outcomes, Script, Work, by_function
from headwater.db.sqlite_connection import (
    ASK_AGAIN_S,
    DAMAGE,
    STORE_ERRORS,
    SqliteTx,
    ask_often,
    connect,
    end_if_fatal,
    own,
    translated,
)
from headwater.db.stage import Stage
from headwater.db.tx import Dialect, Read, Write
from headwater.db.wal import Checkpointer
from headwater.kit.problems import StoreUnavailable

T = TypeVar("T")
log = structlog.get_logger(__name__)

GUEST_PAUSES = 25  # of the owner between two groups, at most
READERS = 4


class SqliteDatabase:
    """Queue of scripts and items in front of one writing connection.

    The owner (the core process) leaves room between groups while a guest (any other process)
    waits; guests announce themselves with a file lock that dies with them.
    """

    dialect = Dialect.SQLITE

    def __init__(
        self, path: Path, *, owner: bool, create: bool = True, vfs: str | None = None
    ) -> None:
        self._owner_lock = own(path) if owner else None
        self.damaged = False  # a page met could not be read; it does not heal by itself
        self._path = path
        self._vfs = vfs
        self._owner = owner
        self._intake = Intake()
        self._connection = connect(path, vfs=vfs, create=create)
        if not owner:
            self._connection.set_busy_handler(ask_often)
        self._tx = SqliteTx(self._connection)
        self._stage = Stage()
        self._guest_lock = os.open(f"{path}.guests", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._stop = threading.Event()
        self._committing = threading.Lock()
        self._checkpointer = (
            Checkpointer(path, vfs, self._connection, self._committing) if owner else None
        )
        self._thread = threading.Thread(target=self._write_loop, name="writer", daemon=True)
        self._thread.start()

    async def write(self, fn: Callable[..., T], *args: Any) -> T:
        """Run `fn(tx, *args)` in a transaction; returns once it is on disk."""
        self._refuse_if_closed()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._intake.add(Script(fn=fn, args=args, future=future))
        return await future  # a caller that gives up cancels the wait, not the script

    def append(
        self, fn: Callable[[Write, list[Any]], list[Any]], item: Any
    ) -> "asyncio.Future[Any]":
        """Add `item` to the next call of `fn(tx, items)`; the future settles after its COMMIT."""
        self._refuse_if_closed()
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._intake.add(Item(fn=fn, item=item, future=future))
        return future

    async def read(self, fn: Callable[..., T], *args: Any) -> T:
        """Run `fn(tx, *args)` on a snapshot, beside the writer."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, fn, args)

    def play_on(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Run scripts on this loop's thread from now on; None: on the writer's own."""
        self._stage.use(loop)

    def write_now(self, fn: Callable[..., T], *args: Any) -> T:
        """`write` for commands, which have no event loop."""
        return asyncio.run(self.write(fn, *args))

    def read_now(self, fn: Callable[..., T], *args: Any) -> T:
        return self._readers.submit(self._read, fn, args).result()

    def close(self) -> None:
        """Finish what was queued, then let go of the files."""
        self._stop.set()
        self._intake.close()
        self._thread.join()
        if self._checkpointer is not None:
            self._checkpointer.close()
        self._readers.shutdown()
        self._connection.close()
        os.close(self._guest_lock)
        if self._owner_lock is not None:
            os.close(self._owner_lock)

    def _refuse_if_closed(self) -> None:
        if self._stop.is_set():
            raise StoreUnavailable("the store is being closed")

    def _read(self, fn: Callable[..., T], args: tuple[Any, ...]) -> T:
        try:
            connection = self._reader()
            connection.execute("begin")
            try:
                tx: Read = SqliteTx(connection)
                return fn(tx, *args)
            finally:
                connection.execute("rollback")
        except STORE_ERRORS as error:
            raise self._translated(error) from error

    def _reader(self) -> apsw.Connection:
        """The connection of the calling thread."""
        connection: apsw.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path, vfs=self._vfs)
            connection.execute("pragma query_only = on")
        return connection

    def _write_loop(self) -> None:
        while True:
            group, last = self._intake.take()
            if group:
                with self._committing:
                    self._commit_group(group)
            if last:
                return
            if self._checkpointer is not None:
                self._checkpointer.move_rest()
                self._let_guests_in()

    def _commit_group(self, group: list[Work]) -> None:
        outcomes = Outcomes()
        try:
            if not self._locked(self._run_group, group, outcomes):
                outcomes = Outcomes()
                self._locked(self._rerun, group, outcomes)
        except STORE_ERRORS as error:
            self._fell(error)
            outcomes = Outcomes()
            for work in group:
                outcomes.error(work, self._translated(error))
        except Exception as error:  # one bad group must not end the writer
            log.exception("writer_group_failed")
            outcomes = Outcomes()
            for work in group:
                outcomes.error(work, self._translated(error))
        outcomes.deliver()

    def _locked(self, fn: Callable[..., T], *args: Any) -> T:
        """Guests hold the file lock from before BEGIN until after COMMIT."""
        if self._owner:
            return fn(*args)
        fcntl.flock(self._guest_lock, fcntl.LOCK_SH)
        try:
            return fn(*args)
        finally:
            fcntl.flock(self._guest_lock, fcntl.LOCK_UN)

    def _run_group(self, group: list[Work], outcomes: Outcomes) -> bool:
        """One transaction for all; False if it fell and the group must be rerun one by one."""
        connection = self._connection
        connection.execute("begin immediate")  # if that is refused, the whole group is
        try:
            if not self._run(group, outcomes):
                self._fell(None)
                return False
            connection.execute("commit")
        except Exception as error:
            self._fell(error)
            return False
        return True

    def _run(self, group: list[Work], outcomes: Outcomes) -> bool:
        """Clicks first, all in one call, then the scripts in order."""
        for batch in by_function(group):
            if not self._run_batch(batch, outcomes):
                return False
        scripts = [work for work in group if isinstance(work, Script)]
        return self._stage.play([partial(self._run_script, each, outcomes) for each in scripts])

    def _run_batch(self, batch: list[Item], outcomes: Outcomes) -> bool:
        """All items in one call; if that raises, the group is rerun one by one."""
        values = batch[0].fn(self._tx, [item.item for item in batch])
        for item, value in zip(batch, values, strict=True):
            outcomes.result(item, value)
        return self._connection.in_transaction

    def _run_script(self, work: Work, outcomes: Outcomes) -> bool:
        """One script; False if it failed half-way, and the group must be rerun one by one.

        There is no savepoint around it: copying every page a script touches cost more than
        rerunning the rare group in which a script fails after it has written.
        """
        before = self._connection.total_changes()
        try:
            value = work.run(self._tx)
        except Exception as error:
            end_if_fatal(error)
            stands = self._connection.in_transaction
            if not stands or self._connection.total_changes() != before:
                return False
            outcomes.error(work, self._translated(error))
            return True
        outcomes.result(work, value)
        return self._connection.in_transaction  # a script may have hidden that everything fell

    def _rerun(self, group: list[Work], outcomes: Outcomes) -> None:
        """Each batch, then each script, in its own transaction: what cannot stand fails alone."""
        for batch in by_function(group):
            self._halves(batch, outcomes)
        for script in group:
            if isinstance(script, Script):
                self._alone(script, outcomes)

    def _halves(self, batch: list[Item], outcomes: Outcomes) -> None:
        """The whole batch, else each half of it: one bad row among a thousand costs ten commits."""
        whole = Outcomes()
        if self._transaction(partial(self._run_batch, batch, whole)) is None:
            outcomes.settled += whole.settled
        elif len(batch) == 1:
            self._alone(batch[0], outcomes)
        else:
            middle = len(batch) // 2
            self._halves(batch[:middle], outcomes)
            self._halves(batch[middle:], outcomes)

    def _alone(self, work: Work, outcomes: Outcomes) -> None:
        values: list[Any] = []
        error = self._transaction(lambda: values.append(work.run(self._tx)))
        if error is None:
            outcomes.result(work, values[0])
        else:
            outcomes.error(work, self._translated(error))

    def _transaction(self, run: Callable[[], Any]) -> BaseException | None:
        """BEGIN, run, COMMIT; the error if it did not stand."""
        try:
            self._connection.execute("begin immediate")
            run()
            if not self._connection.in_transaction:
                raise StoreUnavailable("the transaction was rolled back under the script")
            self._connection.execute("commit")
        except Exception as error:
            self._fell(error)
            return error
        return None

    def _fell(self, error: BaseException | None) -> None:
        if isinstance(error, STORE_ERRORS):
            log.error("store_refused", error=type(error).__name__, detail=str(error))
            end_if_fatal(error)
        if self._connection.in_transaction:
            self._connection.execute("rollback")

    def _translated(self, error: BaseException) -> BaseException:
        """What the caller is told; damage is remembered, as other pages may still be well."""
        if isinstance(error, DAMAGE) and not self.damaged:
            self.damaged = True
            log.error("store_damaged", error=type(error).__name__, detail=str(error))
        return translated(error)

    def _let_guests_in(self) -> None:
        """Stand back while a guest waits or writes, for a few short pauses at most."""
        for _ in range(GUEST_PAUSES):
            try:
                fcntl.flock(self._guest_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(ASK_AGAIN_S)
            else:
                fcntl.flock(self._guest_lock, fcntl.LOCK_UN)
                return
