"""`headwater verify` names each thing that was tampered with; `headwater explain` tells why."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from headwater.db import open_database
from tests.http.conftest import ENGINES, new_store
from tests.http.world import World, serve
from tests.support import Store, initialise, run, wait_until


@pytest.fixture(scope="module", params=ENGINES)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    store = new_store(request.param, tmp_path_factory.mktemp("books") / "data", request)
    built = serve(store)
    yield built
    built.server.stop()


def execute(store: Store, sql: str) -> list[Any]:
    """Directly in the database, as somebody with access to it would."""
    if store.url:
        with psycopg.connect(store.url) as connection:
            done = connection.execute(sql)
            return done.fetchall() if done.description else []
    connection = sqlite3.connect(store.data / "headwater.db", timeout=10)
    try:
        with connection:
            return connection.execute(sql).fetchall()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def facts(world: World) -> dict[str, str]:
    """One of everything that can be tampered with, sealed in the journal."""
    link, customer = world.link(), world.name("u")
    lead = world.lead(world.click(link), customer)["lead"]
    sale = world.sale(customer, invoiceId=world.name("in"))["sale"]
    refund = world.refund(sale["id"], 1000, "r1")
    store = world.server.store
    unsealed = "select count(*) from journal where seq is null"
    wait_until(lambda: execute(store, unsealed)[0][0] == 0)
    owed = world.receipt(sale["id"])["owed"]
    customer_id = world.receipt(sale["id"])["customerId"]
    return {
        "link": link["id"],
        "customer": customer_id,
        "lead": lead["id"],
        "sale": sale["id"],
        "refund": refund["id"],
        "commission": owed["commissionId"],
    }


def verify(store: Store) -> tuple[int, str]:
    done = run("verify", *store.arguments)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def test_untouched_books_are_right(world: World, facts: dict[str, str]) -> None:
    code, said = verify(world.server.store)
    assert (code, said.splitlines()[-1]) == (0, "The books are right.")
    done = run("verify", *world.server.store.arguments, "--json")
    told = json.loads(done.stdout)
    assert told["differences"] == []
    assert told["checked"]["accruals"] >= 2


OF_LINK = "link_number = (select number from links where id = '{link}')"
ACCRUAL = "commission_id = '{commission}' and kind = 'accrual'"

# A number somebody raised: table, column, which row, and what verify must say.
RAISED = [
    ("link_counters", "clicks", OF_LINK, "link counter clicks: {link}"),
    ("link_counters", "sale_amount", OF_LINK, "link counter sale_amount: {link}"),
    ("link_counters", "earnings", OF_LINK, "link counter earnings: {link}"),
    ("customers", "sales", "id = '{customer}'", "customer counters: {customer}"),
    ("ledger_entries", "amount", ACCRUAL, "accrual: {commission}"),
    ("ledger_entries", "amount", "source_id = '{refund}'", "reversal: {refund}"),
    ("hits", "at", OF_LINK, "hits of a group: jrn_"),
]
# A text somebody replaced: table, column, which row, the new value, and what verify must say.
ZEROS = f"'{'0' * 64}'"
REPLACED = [
    (
        "receipts",
        "body",
        "conversion_id = '{sale}'",
        "replace(body, 'last_touch', 'first_touch')",
        "receipt of a sale: {sale}",
    ),
    ("journal", "digest", "subject_id = '{lead}'", ZEROS, "receipt of a lead: {lead}"),
    ("journal", "hash", "subject_id = '{refund}'", ZEROS, "journal chain: jrn_"),
    ("ledger_entries", "credit_account", ACCRUAL, "'pending:p:q'", "accrual: {commission}"),
]
# A row somebody removed, and what verify must say.
REMOVED = [
    ("ledger_entries", ACCRUAL, "accrual: {commission}"),
    ("receipts", "conversion_id = '{refund}'", "receipt of a refund: {refund}"),
    ("journal", "subject_id = '{sale}' and kind = 'sale'", "receipt of a sale: {sale}"),
]


def named(store: Store, facts: dict[str, str], sentences: list[str]) -> None:
    """Exit 1, and every difference is named."""
    code, said = verify(store)
    assert code == 1
    assert [each for each in sentences if each.format(**facts) not in said] == []
    assert said.splitlines()[-1].endswith("differences.")


def test_verify_names_every_number_that_was_raised(world: World, facts: dict[str, str]) -> None:
    store = world.server.store
    for sign in ("+", "-"):
        for table, column, where, _ in RAISED:
            change = f"update {table} set {column} = {column} {sign} 1 where {where}"
            execute(store, change.format(**facts))
        if sign == "+":
            named(store, facts, [case[3] for case in RAISED])


def test_verify_names_every_text_that_was_replaced(world: World, facts: dict[str, str]) -> None:
    store, before = world.server.store, []
    for table, column, where, value, _ in REPLACED:
        row = where.format(**facts)
        ((old,),) = execute(store, f"select {column} from {table} where {row}")
        before.append((table, column, row, old.replace("'", "''")))
        execute(store, f"update {table} set {column} = {value} where {row}")
    named(store, facts, [case[4] for case in REPLACED])
    for table, column, row, old in before:
        execute(store, f"update {table} set {column} = '{old}' where {row}")


def test_verify_misses_every_row_that_was_removed(world: World, facts: dict[str, str]) -> None:
    store = world.server.store
    for table, where, _ in REMOVED:
        row = where.format(**facts)
        execute(store, f"create table kept_{table} as select * from {table} where {row}")
        execute(store, f"delete from {table} where {row}")
    named(store, facts, [case[2] for case in REMOVED])
    for table, _, _ in REMOVED:
        rule = "overriding system value " if store.url and table == "journal" else ""
        execute(store, f"insert into {table} {rule}select * from kept_{table}")
        execute(store, f"drop table kept_{table}")


def test_after_all_that_the_books_are_right_again(world: World, facts: dict[str, str]) -> None:
    assert verify(world.server.store)[0] == 0


def test_explain_tells_what_the_receipt_tells(world: World, facts: dict[str, str]) -> None:
    store = world.server.store
    receipt = world.receipt(facts["sale"])
    for reference in (facts["sale"], facts["commission"], receipt["id"]):
        told = run("explain", reference, *store.arguments, "--json")
        assert told.returncode == 0, told.stderr
        assert json.loads(told.stdout) == receipt
    words = run("explain", facts["refund"], *store.arguments)
    assert words.stdout.splitlines() == world.receipt(facts["refund"])["explanation"]


def test_explain_of_an_unknown_id_says_so(world: World) -> None:
    done = run("explain", "sale_none", *world.server.store.arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "sale_none" in done.stderr


ASKING = [["verify"], ["explain", "rcp_none"]]


@pytest.mark.parametrize("command", ASKING, ids=lambda command: command[0])
def test_of_a_store_that_is_not_there_nothing_is_said(tmp_path: Path, command: list[str]) -> None:
    away, empty = tmp_path / "nothere", tmp_path / "empty"
    empty.mkdir()
    for place in (away, empty):
        done = run(*command, "--data", str(place))
        assert (done.returncode, done.stdout) == (2, "")
        said = f"headwater: there is no store in {place}. Name its directory with --data.\n"
        assert done.stderr == said
    assert not away.exists()
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("command", ASKING, ids=lambda command: command[0])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_store_without_a_workspace_is_none(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str, command: list[str]
) -> None:
    store = new_store(engine, tmp_path / "data", request)
    open_database(data=store.data, url=store.url, now_us=1).close()
    done = run(*command, *store.arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("headwater: there is no store in ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ASKING, ids=lambda command: command[0])
def test_the_store_of_a_demo_is_pointed_at(tmp_path: Path, command: list[str]) -> None:
    initialise(Store(tmp_path / "data"))
    done = run(*command, "--data", str(tmp_path))
    place = tmp_path / "data"
    said = f"headwater: there is no store in {tmp_path}, but one in {place}: --data {place}\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
