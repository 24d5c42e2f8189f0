"""Migrations: numbered without gaps, never edited once released, one schema on every engine."""

import re
from collections.abc import Iterator

from headwater.db import Dialect, Read
from headwater.db.migrate import Migration, migrations
from headwater.runtime import App
from tests.tidy.schema import Tables, tables, tables_of
from tests.tidy.source import Finding, nothing

# Number -> SHA-256 of every migration that was part of a release. Written by hand, at the release.
RELEASED: dict[int, str] = {}

# Both engines mean the same by these, and only by these (design: integers, ids and JSON as text).
TYPES = {"text", "integer"}


def misnumbered(shipped: list[Migration]) -> Iterator[Finding]:
    for place, migration in enumerate(shipped, 1):
        if migration.number != place:
            yield Finding(
                f"{migration.number:04d}_{migration.name}.sql",
                f"is the {place}. migration",
                f"number it {place:04d}",
            )


def edited(shipped: list[Migration], released: dict[int, str]) -> Iterator[Finding]:
    by_number = {migration.number: migration for migration in shipped}
    for number, checksum in released.items():
        migration = by_number.get(number)
        if migration is None or migration.checksum != checksum:
            yield Finding(
                f"migration {number:04d}",
                "was changed after its release; stores that applied it will not see the change",
                "undo it and write the change as a new migration",
            )


def unreadable(migration: Migration) -> Iterator[Finding]:
    """Every `$word` is filled in for every engine, and nothing else differs."""
    where = f"{migration.number:04d}_{migration.name}.sql"
    for dialect in Dialect:
        try:
            statements = migration.statements(dialect)
        except (KeyError, ValueError) as error:
            yield Finding(
                where, f"{dialect} has no word for {error}", "add it to _WORDS, migrate.py"
            )
            continue
        for statement in statements:
            if "$" in statement:
                yield Finding(where, f"a $ is left: {statement[:60]}", "use a word of _WORDS")


def inexact_types(schema: Tables) -> Iterator[Finding]:
    for table, columns in schema.items():
        for column, definition in columns.items():
            kind = re.split(r"[\s(]", definition, maxsplit=1)[0].lower()
            if definition and kind not in TYPES:
                yield Finding(
                    f"{table}.{column}",
                    f"has the type {kind}",
                    "text, or $int: minor units, microseconds, 0 and 1",
                )


def test_migrations_are_numbered_without_gaps():
    nothing(misnumbered(migrations()))


def test_released_migrations_stand():
    nothing(edited(migrations(), RELEASED))


def test_migrations_read_the_same_on_every_engine():
    nothing(finding for migration in migrations() for finding in unreadable(migration))


def test_columns_have_types_that_mean_the_same_everywhere():
    nothing(inexact_types(tables()))


def _columns(tx: Read) -> set[tuple[str, str]]:
    if tx.dialect is Dialect.SQLITE:
        sql = (
            "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c"
            " where m.type = 'table' and m.name not like 'sqlite_%'"
        )
    else:
        sql = (
            "select table_name::text, column_name::text from information_schema.columns"
            " where table_schema = 'public'"
        )
    return {(row[0], row[1]) for row in tx.all(sql)}


def test_the_migrated_store_is_the_schema_the_rules_read(app: App):
    """On SQLite and PostgreSQL: what the data map and the tenant rule look at is really there."""
    written = {(table, column) for table, columns in tables().items() for column in columns}
    assert app.db.read_now(_columns) == written


def _migration(text: str, number: int = 1) -> Migration:
    return Migration(number=number, name="test", text=text)


def test_the_rules_can_fail():
    assert list(misnumbered([_migration(""), _migration("", 3)]))
    assert list(edited([_migration("select 2")], {1: _migration("select 1").checksum}))
    assert list(edited([], {1: "gone"}))
    assert not list(edited([_migration("select 1")], {1: _migration("select 1").checksum}))
    assert list(unreadable(_migration("create table a (b $novelty);")))
    assert list(inexact_types(tables_of([_migration("create table a (b real);")])))
    assert not list(inexact_types(tables_of([_migration("create table a (b $int, c text);")])))


def test_later_migrations_change_what_the_rules_see():
    later = "alter table a add column d text; alter table a drop column b; drop table e;"
    made = [_migration("create table a (b text, c text); create table e (f text);")]
    assert tables_of([*made, _migration(later, 2)]) == {"a": {"c": "text", "d": "text"}}
