"""A store as it was before a migration, with rows in it."""

import shutil
from importlib import resources
from pathlib import Path

from headwater.db import Write, migrate
from headwater.db.postgres import PostgresDatabase
from headwater.db.sqlite import SqliteDatabase
from tests.support import Store


def filled_before(migration: str, rows: str, store: Store, scratch: Path) -> None:
    """`migration` is the number it has, as `0009`; `rows` are statements with `;` between."""
    older = scratch / "older"
    older.mkdir()
    shipped = sorted((Path(str(resources.files("headwater.db"))) / "migrations").glob("*.sql"))
    assert any(file.name.startswith(f"{migration}_") for file in shipped)
    for file in shipped:
        if file.name < migration:
            shutil.copy(file, older)

    def fill(tx: Write) -> None:
        migrate.apply(tx, 1, older)
        for row in rows.split(";"):
            tx.run(row)

    store.data.mkdir(exist_ok=True)
    database: PostgresDatabase | SqliteDatabase
    if store.url:
        database = PostgresDatabase(store.url)
    else:
        database = SqliteDatabase(store.data / "headwater.db", owner=False)
    database.write_now(fill)
    database.close()
