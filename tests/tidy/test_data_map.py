"""Every column is classified, nothing personal stands where it cannot be erased, and a table is
written by the package that owns it."""

import importlib
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from headwater.kit.privacy import OPERATIONAL, Column, DataMap, Kind, personal
from tests.tidy.schema import Tables, tables
from tests.tidy.source import Finding, Module, modules, nothing, parsed, within
from tests.tidy.statements import statements

# The journal's digests, the receipts, the books and the delivery log outlive every person in them;
# names, addresses and raw calls live in rows that can go (customers, *_bodies, clicks, metadata).
FOR_EVER = {
    "attempts",
    "commissions",
    "deliveries",
    "hits",
    "idempotency_keys",
    "inbox",
    "journal",
    "ledger_entries",
    "messages",
    "receipts",
    "restatements",
}
# Columns of these names hold words about a person wherever they stand.
TELLING = {
    *("name", "email", "username", "avatar", "country", "phone", "address", "ip"),
    *("user_agent", "referrer", "metadata", "comments", "external_id", "tenant_id"),
}
# Where such a name means something else.
NOT_A_PERSON = {
    "cursors.name",
    "destinations.name",
    "leads.name",  # of the event
    "folders.name",
    "links.external_id",  # of the link
    "programs.name",
    "schema_migrations.name",
    "secrets.name",
    "tags.name",
}
# Rows of others that a package's SQL reads, because a join says it in one statement. A new pair is
# a decision: prefer the owner's verb.
READS = {
    ("attribution", "enrolments"),
    ("attribution", "leads"),
    ("attribution", "links"),
    ("attribution", "partners"),
    ("attribution", "programs"),
    ("commissions", "ledger_entries"),
    ("commissions", "sales"),
    ("customers", "leads"),
    *(("insights", each) for each in ("clicks", "leads", "links", "sales")),
    ("links", "webhook_scopes"),
    ("receipts", "commissions"),
    ("visitors", "customers"),
    ("visitors", "former_names"),
    *((each, "workspaces") for each in ("billing", "delivery", "inbox")),  # what their clocks say
}
READS_ANYTHING = {"audit"}
# Tables written from outside the package that owns them.
WRITES = {
    "http/api/health.py": {"cursors"},
    "worker/announce.py": {"cursors"},
}


@cache
def declared() -> dict[str, DataMap]:
    """Package -> its map."""
    owners = [module.package for module in modules() if module.path.endswith("/data_map.py")]
    return {
        owner: importlib.import_module(f"headwater.{owner}.data_map").DATA_MAP for owner in owners
    }


def unclassified(schema: Tables, maps: Mapping[str, DataMap]) -> Iterator[Finding]:
    classified = {
        (table, column): owner
        for owner, each in maps.items()
        for table, columns in each.items()
        for column in columns
    }
    existing = {(table, column) for table, columns in schema.items() for column in columns}
    for table, column in existing - set(classified):
        yield Finding(
            f"{table}.{column}",
            "no data map names this column",
            "say what it holds in data_map.py of the package that owns the table (kit/privacy.py)",
        )
    for table, column in set(classified) - existing:
        owner = classified[table, column]
        yield Finding(
            f"{table}.{column}", "no migration makes this column", f"drop it from {owner}/data_map"
        )


def two_owners(maps: Mapping[str, DataMap]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for owner, each in maps.items():
        for table in each:
            if table in seen:
                what = f"{seen[table]} and {owner} both own it"
                yield Finding(table, what, "a table belongs to one package")
            seen[table] = owner


def stays_for_ever(maps: Mapping[str, DataMap]) -> Iterator[Finding]:
    for each in maps.values():
        for table, columns in each.items():
            for column, held in columns.items():
                if table in FOR_EVER and held.kind is Kind.PERSONAL:
                    yield Finding(
                        f"{table}.{column}",
                        "holds personal text in a table that outlives the person",
                        "keep an id or a commitment here, and the text in a row that can be erased",
                    )


def talks_of_a_person(maps: Mapping[str, DataMap]) -> Iterator[Finding]:
    for each in maps.values():
        for table, columns in each.items():
            for column, held in columns.items():
                name = f"{table}.{column}"
                telling = column in TELLING or column.removesuffix("_email") != column
                if telling and held.kind is not Kind.PERSONAL and name not in NOT_A_PERSON:
                    yield Finding(
                        name,
                        f"is called {column} and classified {held.kind}",
                        "personal(…) with what erasure does, or list it in NOT_A_PERSON",
                    )


def body_kept(maps: Mapping[str, DataMap]) -> Iterator[Finding]:
    """What came or went as a whole is personal, except where we composed it of ids."""
    for each in maps.values():
        for table, columns in each.items():
            held = columns.get("body")
            if held and held.kind is not Kind.PERSONAL and table != "receipts":
                yield Finding(f"{table}.body", "a raw body", "personal(…): the row is deleted")


def written_by_another(module: Module, maps: Mapping[str, DataMap]) -> Iterator[Finding]:
    owners = {table: owner for owner, each in maps.items() for table in each}
    for statement in statements(module):
        for table in statement.written:
            owner = owners.get(table, module.package)
            if owner != module.package and table not in WRITES.get(module.path, ()):
                yield Finding(
                    module.at(statement.node),
                    f"{statement.name} writes {table}, which belongs to {owner}",
                    f"call a verb of {owner}",
                )


def read_by_another(module: Module, maps: Mapping[str, DataMap]) -> Iterator[Finding]:
    owners = {table: owner for owner, each in maps.items() for table in each}
    for statement in statements(module):
        for table in statement.tables - statement.written:
            owner = owners.get(table, module.package)
            allowed = (module.package, table) in READS or module.package in READS_ANYTHING
            if owner != module.package and not allowed and module.path not in WRITES:
                yield Finding(
                    module.at(statement.node),
                    f"{statement.name} reads {table}, which belongs to {owner}",
                    f"call a finder of {owner}, or decide on the pair in READS, test_data_map",
                )


def test_every_column_is_classified_once():
    nothing(unclassified(tables(), declared()))
    nothing(two_owners(declared()))


@pytest.mark.parametrize("rule", [stays_for_ever, talks_of_a_person, body_kept])
def test_personal_text_stands_where_it_can_be_erased(rule):
    nothing(rule(declared()))
    assert set(tables()) >= FOR_EVER, "FOR_EVER names a table that is gone"


@pytest.mark.parametrize("rule", [written_by_another, read_by_another])
def test_tables_have_one_owner(rule):
    nothing(finding for module in modules() for finding in rule(module, declared()))


def test_no_exception_outlives_its_need():
    pairs = {
        (module.package, table)
        for module in modules()
        for statement in statements(module)
        for table in statement.tables
    }
    assert pairs >= READS, f"nobody reads {sorted(READS - pairs)} any more"
    for path, names in WRITES.items():
        written = {
            table
            for module in modules()
            if within(module.path, [path])
            for statement in statements(module)
            for table in statement.written
        }
        assert names <= written, f"{path} does not write {sorted(names - written)} any more"


@pytest.mark.parametrize(
    ("rule", "maps"),
    [
        (stays_for_ever, {"journal": {"journal": {"digest": personal("never")}}}),
        (talks_of_a_person, {"customers": {"customers": {"email": OPERATIONAL}}}),
        (talks_of_a_person, {"programs": {"partners": {"billing_email": OPERATIONAL}}}),
        (body_kept, {"inbox": {"inbox_bodies": {"body": OPERATIONAL}}}),
        (two_owners, {"a": {"links": {}}, "b": {"links": {}}}),
    ],
)
def test_the_rule_can_fail(rule, maps):
    assert list(rule(maps))


def test_a_column_missing_on_either_side_is_found():
    maps = {"rates": {"rates": {"id": OPERATIONAL}}}
    assert list(unclassified({"rates": {"id": "text", "day": "text"}}, maps))
    assert list(unclassified({"rates": {}}, maps))
    assert not list(unclassified({"rates": {"id": "text"}}, maps))


@pytest.mark.parametrize(
    ("rule", "sql"),
    [
        (written_by_another, "update customers set name = :name"),
        (written_by_another, "insert into customers (id) values (:id)"),
        (read_by_another, "select id from customers"),
    ],
)
def test_a_foreign_table_is_found(rule, sql):
    module = parsed("links/sql.py", f"def f(tx): tx.run({sql!r}, {{}})")
    assert list(rule(module, declared()))


def test_a_personal_column_says_how_it_is_erased():
    with pytest.raises(ValueError, match="how it is erased"):
        Column(kind=Kind.PERSONAL)
    with pytest.raises(ValueError, match="how it is erased"):
        Column(kind=Kind.MONEY, erasure="set to null")
