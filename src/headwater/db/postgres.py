"""PostgreSQL: concurrent transactions under row locks, retried on deadlock and where a
row another one names went meanwhile; batches share one.
"""

import asyncio
import re
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from headwater.db.group import Intake, Item, Outcomes, by_function
from headwater.db.tx import NONE, Dialect, Params, Row, Write
from headwater.kit.problems import Collision, StoreUnavailable

T = TypeVar("T")
log = structlog.get_logger(__name__)

WRITERS = 8
READERS = 4
RETRIES = 8
CONNECT_TIMEOUT_S = 10
# Durable before the answer, whatever the server's default: never `off`.
_OPTIONS = "-c synchronous_commit=on -c lock_timeout=10000 -c client_min_messages=warning"
# A server that no longer answers is noticed within seconds, not when the kernel gives up.
_CONNECTION = {
    "options": _OPTIONS,
    "connect_timeout": CONNECT_TIMEOUT_S,
    "autocommit": True,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")


@lru_cache(maxsize=4096)
def _translate(sql: str) -> str:
    """`:name` to the driver's `%(name)s`."""
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))


class PostgresTx:
    dialect = Dialect.POSTGRES
    each = "jsonb_array_elements(cast(:rows as jsonb)) as each_row (value)"

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def one(self, sql: str, params: Params = NONE) -> Row | None:
        return self._connection.execute(_translate(sql).encode(), params).fetchone()

    def all(self, sql: str, params: Params = NONE) -> list[Row]:
        return self._connection.execute(_translate(sql).encode(), params).fetchall()

    def run(self, sql: str, params: Params = NONE) -> int:
        return self._connection.execute(_translate(sql).encode(), params).rowcount

    def lock(self, name: str) -> None:
        self._connection.execute(
            "select pg_advisory_xact_lock(hashtextextended(%(name)s, 0))", {"name": name}
        )

    def many(self, sql: str, rows: Iterable[Params]) -> list[Row]:
        cursor = self._connection.cursor()
        returning = "returning" in sql
        cursor.executemany(_translate(sql).encode(), list(rows), returning=returning)
        if not returning:
            return []
        return [row for result in cursor.results() for row in result.fetchall()]


def _check_url(url: str) -> None:
    """Said once and without the URL, which may hold a password; the pool would repeat both."""
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise StoreUnavailable(
            "store.database (--database) is not a PostgreSQL URL."
            " Write postgresql://user@host/name, with the password in PGPASSWORD or ~/.pgpass."
        ) from None


class Unconfirmed(StoreUnavailable):
    """The connection was lost during COMMIT: nobody knows yet whether it was made."""


class PostgresDatabase:
    """The same face as `SqliteDatabase`; several processes may hold one."""

    dialect = Dialect.POSTGRES

    def __init__(self, url: str) -> None:
        _check_url(url)
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=WRITERS + READERS + 1,
            kwargs=_CONNECTION,
            timeout=CONNECT_TIMEOUT_S,
            open=True,
        )
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._intake = Intake()
        self._batcher = threading.Thread(target=self._batch_loop, name="batcher", daemon=True)
        self._batcher.start()

    async def write(self, fn: Callable[..., T], *args: Any) -> T:
        loop = asyncio.get_running_loop()
        # Shielded: a client that gives up must not leave a half-run script behind.
        return await asyncio.shield(loop.run_in_executor(self._writers, self._write, fn, args))

    def append(
        self, fn: Callable[[Write, list[Any]], list[Any]], item: Any
    ) -> "asyncio.Future[Any]":
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._intake.add(Item(fn=fn, item=item, future=future))
        return future

    async def read(self, fn: Callable[..., T], *args: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, fn, args)

    def play_on(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Nothing changes: scripts wait for the network, not for the interpreter lock."""

    def write_now(self, fn: Callable[..., T], *args: Any) -> T:
        return self._write(fn, args)

    def read_now(self, fn: Callable[..., T], *args: Any) -> T:
        return self._read(fn, args)

    def close(self) -> None:
        self._intake.close()
        self._batcher.join()
        self._writers.shutdown()
        self._readers.shutdown()
        self._pool.close()

    def _write(self, fn: Callable[..., T], args: tuple[Any, ...]) -> T:
        for attempt in range(RETRIES):
            ran = False
            try:
                with self._pool.connection() as connection, connection.transaction():
                    value = fn(PostgresTx(connection), *args)
                    ran = True
                return value
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                log.info("transaction_retried", attempt=attempt + 1)
            except psycopg.errors.ForeignKeyViolation:
                # A row went or came between two statements; read again, the script says what it is.
                if attempt + 1 == RETRIES:
                    raise
                log.info("transaction_retried", attempt=attempt + 1)
            except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as error:
                log.error("store_refused", error=type(error).__name__, detail=str(error))
                raise (Unconfirmed if ran else StoreUnavailable)(str(error)) from error
            except psycopg.errors.UniqueViolation as error:
                raise Collision(error.diag.constraint_name or "unique") from None
            except psycopg.IntegrityError as error:
                # Its own words quote the row that was refused, and a bug is logged.
                raise psycopg.IntegrityError(error.diag.message_primary or "") from None
        raise StoreUnavailable("the transaction kept colliding with others")

    def _read(self, fn: Callable[..., T], args: tuple[Any, ...]) -> T:
        try:
            with self._pool.connection() as connection, connection.transaction():
                connection.execute("set transaction isolation level repeatable read, read only")
                return fn(PostgresTx(connection), *args)
        except psycopg.OperationalError as error:
            raise StoreUnavailable(str(error)) from error

    def _batch_loop(self) -> None:
        last = False
        while not last:
            group, last = self._intake.take()
            outcomes = Outcomes()
            for batch in by_function(group):
                self._run_batch(batch, outcomes)
            outcomes.deliver()

    def _run_batch(self, batch: list[Item], outcomes: Outcomes) -> None:
        """All in one transaction; if that fails, each in its own: one never stops the rest."""
        try:
            values = self._write(batch[0].fn, ([item.item for item in batch],))
        except Unconfirmed as error:  # never count it twice
            for item in batch:
                outcomes.error(item, error)
            return
        except Exception:
            self._one_by_one(batch, outcomes)
            return
        for item, value in zip(batch, values, strict=True):
            outcomes.result(item, value)

    def _one_by_one(self, batch: list[Item], outcomes: Outcomes) -> None:
        for item in batch:
            try:
                outcomes.result(item, self._write(item.run, ()))
            except Exception as error:
                outcomes.error(item, error)
