"""Migrations: once per store, by whoever comes first, and the same tables on both engines."""

import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest

from headwater.db import Database, Dialect, Read, StoreUnavailable, migrate, open_database
from tests.support import Store

OPEN = """
import sys
from pathlib import Path
from headwater.db import open_database

open_database(data=Path(sys.argv[1]), url=sys.argv[2], now_us=1).close()
"""


def test_each_migration_is_applied_once(store: Store) -> None:
    for now_us in (1, 2, 3):
        _open(store, now_us).close()
    assert _applied(store) == [(each.number, each.name, 1) for each in migrate.migrations()]


def test_processes_that_start_at_once_apply_each_once(store: Store) -> None:
    """Four at the same moment on a store that does not exist yet."""
    command = [sys.executable, "-c", OPEN, str(store.data), store.url]
    starting = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate(timeout=60)[1] for process in starting] == [""] * 4
    assert {process.returncode for process in starting} == {0}
    assert [row[0] for row in _applied(store)] == [each.number for each in migrate.migrations()]


def test_an_edited_migration_is_detected(store: Store) -> None:
    database = _open(store, 1)
    assert database.read_now(migrate.pending) == []
    assert database.read_now(migrate.changed) == []
    database.write_now(lambda tx: tx.run("update schema_migrations set checksum = 'other'"))
    assert database.read_now(migrate.changed) == migrate.migrations()
    database.close()


def test_a_store_of_a_newer_version_is_refused_and_left_as_it_is(store: Store) -> None:
    database = _open(store, 1)
    number = migrate.migrations()[-1].number + 1
    newer = "insert into schema_migrations values (:number, 'more_words', 'x', 2)"
    database.write_now(lambda tx: tx.run(newer, {"number": number}))
    database.close()
    with pytest.raises(StoreUnavailable) as refused:
        _open(store, 3)
    said = str(refused.value)
    assert f"this store was opened by a newer version ({number:04d}_more_words)" in said
    assert "Use that version" in said


def test_numbers_are_unique_and_without_gaps() -> None:
    numbers = [each.number for each in migrate.migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_tables_are_the_same_on_both_engines(tmp_path: Path, postgres: str) -> None:
    """Columns with their kind, whether they may be null, and every unique rule."""
    sqlite, other = _open(Store(tmp_path), 1), _open(_fresh(postgres, tmp_path), 1)
    assert sqlite.read_now(_columns) == other.read_now(_columns)
    assert sqlite.read_now(_unique) == other.read_now(_unique)
    assert sqlite.read_now(_columns)
    sqlite.close()
    other.close()


def _fresh(postgres: str, tmp_path: Path) -> Store:
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return Store(tmp_path, postgres.replace("/postgres?", f"/{name}?"))


def _open(store: Store, now_us: int) -> Database:
    return open_database(data=store.data, url=store.url, now_us=now_us)


def _applied(store: Store) -> list[Any]:
    database = _open(store, 9)
    sql = "select number, name, applied_at from schema_migrations order by number"
    rows = database.read_now(lambda tx: tx.all(sql))
    database.close()
    return rows


def _columns(tx: Read) -> set[tuple[str, str, str, bool]]:
    if tx.dialect is Dialect.SQLITE:
        sql = (
            'select t.name, c.name, c.type, c."notnull" or c.pk > 0 from sqlite_master t,'
            " pragma_table_info(t.name) c where t.type = 'table' and t.name not like 'sqlite_%'"
        )
    else:
        sql = (
            "select table_name, column_name, data_type, is_nullable = 'NO'"
            " from information_schema.columns where table_schema = 'public'"
        )
    kinds = {"integer": "int", "bigint": "int"}
    rows = [(table, name, kind.lower(), bool(kept)) for table, name, kind, kept in tx.all(sql)]
    return {(table, name, kinds.get(kind, kind), kept) for table, name, kind, kept in rows}


def _unique(tx: Read) -> set[tuple[str, tuple[str, ...]]]:
    """(table, columns) of every unique index and primary key."""
    if tx.dialect is Dialect.SQLITE:
        return _grouped(tx.all(_SQLITE_UNIQUE)) | _grouped(tx.all(_SQLITE_ROWID_KEYS))
    sql = "select tablename, indexdef from pg_indexes where schemaname = 'public'"
    return {(table, _listed(text)) for table, text in tx.all(sql) if "UNIQUE" in text}


_SQLITE_UNIQUE = """
select t.name, i.name, c.name
from sqlite_master t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
where t.type = 'table' and i."unique" = 1 order by t.name, i.name, c.seqno
"""
# An integer primary key is the row's own number and has no index.
_SQLITE_ROWID_KEYS = """
select t.name, 'key', c.name from sqlite_master t, pragma_table_info(t.name) c
where t.type = 'table' and t.name not like 'sqlite_%' and c.pk = 1
and not exists (select 1 from pragma_index_list(t.name) i where i.origin = 'pk')
"""


def _listed(definition: str) -> tuple[str, ...]:
    columns = re.search(r"\(([^)]*)\)", definition)
    assert columns is not None
    return tuple(columns[1].replace('"', "").split(", "))


def _grouped(rows: list[Any]) -> set[tuple[str, tuple[str, ...]]]:
    groups: dict[tuple[str, str], list[str]] = {}
    for table, index, column in rows:
        groups.setdefault((table, index), []).append(column)
    return {(table, tuple(columns)) for (table, _), columns in groups.items()}
