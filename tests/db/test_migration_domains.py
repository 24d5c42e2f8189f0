"""Domains become what the DNS shows, on a store with domains and links: what is served stays so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headwater.db import Collision, Database, Write, migrate
from headwater.db.open import FILE_NAME
from headwater.db.postgres import PostgresDatabase
from headwater.db.sqlite import SqliteDatabase
from headwater.workspace import domain_by_host, domains, first_domain
from headwater.workspace.domain_sql import holder_of
from tests.support import Store

(THIS,) = [each for each in migrate.migrations() if each.name == "domains_seen"]
BEFORE = [each for each in migrate.migrations() if each.number < THIS.number]
ROWS = """
insert into workspaces (id, slug, currency, click_param, salt, created_at) values
    ('ws_1', 'acme', 'usd', 'hw_id', '00', 1), ('ws_2', 'other', 'usd', 'hw_id', '00', 1);
insert into domains
    (id, workspace_id, host, created_at, is_primary, not_found_url, updated_at) values
    ('dom_1', 'ws_1', 'a.test', 1, 0, 'https://a.test/no', null),
    ('dom_2', 'ws_1', 'b.test', 2, 1, null, 5), ('dom_3', 'ws_2', 'c.test', 3, 0, null, null);
insert into links (id, workspace_id, host, key, key_folded, url, track_conversion, created_at,
    updated_at) values ('link_1', 'ws_1', 'a.test', 'k', 'k', 'https://x.test', 1, 1, 1)
"""
THEIRS = (
    "insert into links (id, workspace_id, host, key, key_folded, url, track_conversion, created_at,"
    " updated_at) values (:id, :owner, 'a.test', 'k', 'k', 'https://y.test', 1, 1, 1)"
)
CLAIM = (
    "insert into domains (id, workspace_id, host, created_at, held)"
    " values (:id, :owner, 'a.test', 9, :held)"
)


@pytest.fixture
def database(store: Store, tmp_path: Path) -> Iterator[Database]:
    store.data.mkdir(exist_ok=True)
    opened: Database = (
        PostgresDatabase(store.url)
        if store.url
        else SqliteDatabase(store.data / FILE_NAME, owner=False)
    )
    opened.write_now(migrate.apply, 1, _folder(tmp_path / "before", BEFORE))
    for sql in ROWS.split(";"):
        _run(opened, sql)
    opened.write_now(migrate.apply, 2, _folder(tmp_path / "after", migrate.migrations()))
    yield opened
    opened.close()


def _folder(path: Path, shipped: list[migrate.Migration]) -> Path:
    path.mkdir()
    for each in shipped:
        (path / f"{each.number:04d}_{each.name}.sql").write_text(each.text)
    return path


def _run(database: Database, sql: str, **given: Any) -> None:
    def script(tx: Write) -> int:
        return tx.run(sql, given)

    database.write_now(script)


def test_domains_that_were_there_have_the_operators_word(database: Database) -> None:
    hosts = {each.host: each for each in database.read_now(domains)}
    assert {name: each.workspace.slug for name, each in hosts.items()} == {
        "a.test": "acme",
        "b.test": "acme",
        "c.test": "other",
    }
    assert all(each.held and each.verified for each in hosts.values())
    assert hosts["a.test"].not_found_url == "https://a.test/no"
    for host in ("a.test", "c.test"):
        holder = database.read_now(holder_of, host)
        assert holder is not None
        assert holder.vouched
    kept = database.read_now(domain_by_host, "ws_1", "b.test")
    assert (kept.primary, kept.created_at, kept.updated_at) == (True, 2, 5)
    assert database.read_now(first_domain, "ws_1") == "b.test"


def test_a_host_has_one_holder_and_a_key_one_link_in_each_workspace_p10(database: Database) -> None:
    _run(database, CLAIM, id="dom_4", owner="ws_2", held=0)
    _run(database, THEIRS, id="link_2", owner="ws_2")
    for sql, given in (
        (CLAIM, {"id": "dom_5", "owner": "ws_1", "held": 0}),
        (THEIRS, {"id": "link_3", "owner": "ws_1"}),
        ("update domains set held = 1 where id = :id", {"id": "dom_4"}),
    ):
        with pytest.raises(Collision):
            _run(database, sql, **given)
