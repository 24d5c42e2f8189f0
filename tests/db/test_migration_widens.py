"""The worked example of docs/operations/migrations.md, run as it stands there on both engines."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headwater.db import Database, Dialect, Read, migrate
from headwater.db.open import FILE_NAME
from headwater.db.postgres import PostgresDatabase
from headwater.db.sqlite import SqliteDatabase
from headwater.programs import Model
from tests.support import Store
from tests.tidy.schema import tables_of

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "migrations.md"
PROGRAM = (
    "insert into programs values (:id, 'ws_1', 'Main', :model, 30, 'refuse', 1)"  # all its columns
)
ENROLMENT = (
    "insert into enrolments (id, workspace_id, program_id, partner_id, created_at)"
    " values (:id, 'ws_1', :program, 'pn_1', 1)"
)
ROWS = [
    "insert into workspaces values ('ws_1', 'acme', 'usd', 'hw_id', 'salt', 1)",
    "insert into partners values ('pn_1', 'ws_1', 'Ann', 'ann@partner.test', null, null, 1)",
]


WORD = "coin_toss"  # one that nobody will ship
FIRST = migrate.migrations()[0]  # the example follows it, whatever was shipped since


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The first migration, and the example as the second."""
    made = _first_alone(tmp_path / "both")
    (made / f"{FIRST.number + 1:04d}_one_word_more.sql").write_text(example())
    return made


@pytest.fixture
def database(store: Store, tmp_path: Path) -> Iterator[Database]:
    """A store of the first migration with two programs, and a partner enrolled in both."""
    store.data.mkdir(exist_ok=True)
    opened: Database = (
        PostgresDatabase(store.url)
        if store.url
        else SqliteDatabase(store.data / FILE_NAME, owner=False)
    )
    opened.write_now(migrate.apply, 1, _first_alone(tmp_path / "first"))
    for sql in ROWS:
        _run(opened, sql)
    for number, model in enumerate(("first", "last")):
        _run(opened, PROGRAM, id=f"prog_{number}", model=model)
        _run(opened, ENROLMENT, id=f"pge_{number}", program=f"prog_{number}")
    yield opened
    opened.close()


def _first_alone(folder: Path) -> Path:
    folder.mkdir()
    (folder / f"{FIRST.number:04d}_{FIRST.name}.sql").write_text(FIRST.text)
    return folder


def example() -> str:
    found = re.findall(r"^```sql\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(found) == 1, f"{PAGE.name} has one worked example"
    return found[0]


def test_the_word_of_the_example_is_no_model() -> None:
    assert WORD not in set(Model), "choose another word here"
    assert f"'{WORD}'" in example(), "and on the page"


def test_a_check_is_widened_around_the_rows(database: Database, folder: Path) -> None:
    with pytest.raises(Exception, match=r"(?i)check"):
        _run(database, PROGRAM, id="prog_x", model=WORD)
    before = database.read_now(_everything)
    applied = database.write_now(migrate.apply, 2, folder)
    assert [each.name for each in applied] == ["one_word_more"]
    assert database.read_now(_everything) == before, f"bring the example in {PAGE.name} up to date"
    _run(database, PROGRAM, id="prog_x", model=WORD)
    with pytest.raises(Exception, match=r"(?i)check"):
        _run(database, PROGRAM, id="prog_y", model="random")


def test_children_still_have_their_parents(database: Database, folder: Path) -> None:
    database.write_now(migrate.apply, 2, folder)
    for sql, given in (
        ("delete from programs where id = :id", {"id": "prog_0"}),
        (ENROLMENT, {"id": "pge_x", "program": "prog_none"}),
    ):
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            _run(database, sql, **given)
    if database.dialect is Dialect.SQLITE:
        assert database.read_now(lambda tx: tx.all("pragma foreign_key_check")) == []
    _run(database, PROGRAM, id="prog_x", model=WORD)
    _run(database, ENROLMENT, id="pge_x", program="prog_x")


def test_a_rebuild_that_loses_a_parent_is_undone(database: Database, folder: Path) -> None:
    """PostgreSQL rebuilds nothing, so there is nothing to lose."""
    if database.dialect is Dialect.POSTGRES:
        return
    [path] = folder.glob("*_one_word_more.sql")
    kept = path.read_text().replace("created_at from kept;", "created_at from kept limit 1;")
    path.write_text(kept)
    before = database.read_now(_everything)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        database.write_now(migrate.apply, 2, folder)
    assert database.read_now(_everything) == before
    with pytest.raises(Exception, match=r"(?i)check"):
        _run(database, PROGRAM, id="prog_x", model=WORD)


def test_the_house_rules_can_read_it() -> None:
    """They know the tables from the text of the migrations (tests/tidy/schema.py)."""
    made = migrate.Migration(number=FIRST.number + 1, name="one_word_more", text=example())
    before, after = tables_of([FIRST]), tables_of([FIRST, made])
    assert {name: list(columns) for name, columns in after.items()} == {
        name: list(columns) for name, columns in before.items()
    }
    assert WORD in after["programs"]["attribution_model"]


def test_a_section_is_for_its_engine_only() -> None:
    text = "a;\n-- only sqlite\nb;\n-- only postgres\nc; -- only a remark\n-- both\nd;"
    migration = migrate.Migration(number=1, name="test", text=text)
    assert migration.statements(Dialect.SQLITE) == ["a", "b", "d"]
    assert migration.statements(Dialect.POSTGRES) == ["a", "c", "d"]


def test_an_engine_that_does_not_exist_is_refused() -> None:
    migration = migrate.Migration(number=1, name="test", text="-- only oracle\na;")
    with pytest.raises(ValueError, match="oracle"):
        migration.statements(Dialect.SQLITE)


def test_the_page_lists_the_words_that_are_filled_in() -> None:
    listed = re.findall(r"^\| `\$(\w+)` \| (.*?) \| (.*?) ?\|$", PAGE.read_text(), re.MULTILINE)
    for place, dialect in enumerate((Dialect.SQLITE, Dialect.POSTGRES), 1):
        assert {row[0]: row[place].strip("`") for row in listed} == migrate._WORDS[dialect]


def test_each_word_is_used_by_a_migration() -> None:
    shipped = "".join(each.text for each in migrate.migrations())
    code = re.sub(r"--.*", "", shipped)
    assert set(re.findall(r"\$(\w+)", code)) == set(migrate._WORDS[Dialect.SQLITE])


def _run(database: Database, sql: str, **given: Any) -> None:
    database.write_now(lambda tx: tx.run(sql, given))


def _everything(tx: Read) -> dict[str, Any]:
    """Rows of the table and of its children, its columns, and every index there is."""
    if tx.dialect is Dialect.SQLITE:
        indexes = "select name, tbl_name, sql from sqlite_master where type = 'index' order by name"
        columns = "select name, type from pragma_table_info('programs') order by cid"
    else:
        indexes = "select indexname, tablename, indexdef from pg_indexes order by indexname"
        columns = (
            "select column_name, data_type from information_schema.columns"
            " where table_name = 'programs' order by ordinal_position"
        )
    return {
        "programs": tx.all("select * from programs order by id"),
        "enrolments": tx.all("select * from enrolments order by id"),
        "columns": tx.all(columns),
        "indexes": tx.all(indexes),
    }
