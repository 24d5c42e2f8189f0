"""From a place (directory or URL) to an open, migrated store."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from headwater.db import migrate
from headwater.db.sqlite import SqliteDatabase
from headwater.db.tx import Dialect, Write
from headwater.kit.problems import StoreUnavailable

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")
FILE_NAME = "headwater.db"


class Database(Protocol):
    """What the rims hold. `write` and `append` return after the commit is durable."""

    @property
    def dialect(self) -> Dialect: ...

    async def write(self, fn: Callable[..., T], *args: Any) -> T: ...

    def append(
        self, fn: Callable[[Write, list[Any]], list[Any]], item: Any
    ) -> "asyncio.Future[Any]": ...

    async def read(self, fn: Callable[..., T], *args: Any) -> T: ...

    def play_on(self, loop: "asyncio.AbstractEventLoop | None") -> None: ...

    def write_now(self, fn: Callable[..., T], *args: Any) -> T: ...

    def read_now(self, fn: Callable[..., T], *args: Any) -> T: ...

    def close(self) -> None: ...


def open_database(
    *,
    data: Path,
    url: str,
    now_us: int,
    owner: bool = False,
    create: bool = True,
    vfs: str | None = None,
) -> Database:
    """Open the PostgreSQL database at `url` if given, else the SQLite file in `data`, which is made
    if it is new and `create` is set.

    Migrations are applied here; on PostgreSQL under a lock, so several nodes may start at once.
    """
    database: Database
    if url:
        # Imported here: the driver takes a tenth of a second to load, and only this branch needs it
        from headwater.db.postgres import PostgresDatabase  # noqa: PLC0415

        database = PostgresDatabase(url)
    else:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        database = SqliteDatabase(data / FILE_NAME, owner=owner, create=create, vfs=vfs)
    try:
        _bring_up_to_date(database, now_us)
    except BaseException:
        database.close()
        raise
    return database


def _bring_up_to_date(database: Database, now_us: int) -> None:
    foreign = database.read_now(migrate.foreign)
    if foreign:
        raise StoreUnavailable(
            f"this store was opened by a newer version ({', '.join(foreign)}), and what that"
            " changed cannot be taken back. Use that version or a newer one."
        )
    if database.read_now(migrate.pending):
        database.write_now(migrate.apply, now_us)
    changed = database.read_now(migrate.changed)
    if changed:
        names = ", ".join(f"{each.number:04d}_{each.name}" for each in changed)
        raise StoreUnavailable(
            f"this store was made with another text of migration {names}, so its tables may differ"
            " from what this version expects. Use the version that made it, or a new store."
        )
