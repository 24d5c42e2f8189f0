"""No statement crosses a workspace by accident, SQL stands where it is looked for, and a table is
written by the package that owns it."""

import re
from collections.abc import Iterator

import pytest

from tests.tidy.schema import tables, tenant_tables
from tests.tidy.source import Finding, Module, modules, nothing, parsed, within
from tests.tidy.statements import Statement, statements

SQL_FILES = re.compile(r"(^|/)(sql|\w+_sql)\.py$")
SCOPED = re.compile(r"\bworkspace_id\s*=\s*:workspace_id\b")
EVERY = re.compile(r"(^|[.!?]\s+)Every workspace\b")

# Files that see all tenants as a whole.
EVERY_WORKSPACE = {
    "delivery/queue_sql.py": "the worker sends for all of them; rows by position, under its lease",
    "delivery/lane_queue_sql.py": "as the queue: how a destination is doing is the worker's to say",
    "delivery/left_behind_sql.py": "as the queue: what no claim would find for long",
    "delivery/submission_sql.py": "as the queue: the worker asks for all of them, under its lease",
}
# Writes that name their rows otherwise.
UNSCOPED_WRITES = {
    "journal/sql.py:set_sealed": "one chain runs through the whole store; rows by position",
}
# SQL outside of sql.py.
SQL_ELSEWHERE = {
    "audit/": "the proof over the whole store: each query is a check, and stands beside it",
    "db/migrate.py": "the schema's own table",
    "http/api/health.py": "the probe writes one row to prove that writing works",
    "worker/announce.py": "a cursor that belongs to the loop alone",
}


def unscoped(module: Module) -> Iterator[Finding]:
    if not SQL_FILES.search(module.path) or module.path in EVERY_WORKSPACE:
        return
    for statement in statements(module):
        if statement.tables & tenant_tables() and not _stands(statement):
            yield Finding(
                module.at(statement.node),
                f"{statement.name} touches {', '.join(sorted(statement.tables & tenant_tables()))}"
                " without its workspace",
                "add `workspace_id = :workspace_id`, or for a read that must see all tenants begin"
                ' a sentence of the docstring with "Every workspace"',
            )


def _stands(statement: Statement) -> bool:
    if statement.changes_rows:
        return bool(SCOPED.search(statement.text)) or statement.name in UNSCOPED_WRITES
    if statement.text.startswith("insert"):
        return "workspace_id" in statement.text
    return bool(SCOPED.search(statement.text)) or bool(EVERY.search(statement.docstring))


def sql_elsewhere(module: Module) -> Iterator[Finding]:
    if SQL_FILES.search(module.path) or within(module.path, SQL_ELSEWHERE):
        return
    for statement in statements(module):
        yield Finding(
            module.at(statement.node),
            f"{statement.name} speaks SQL",
            f"make it a function of {module.package}/sql.py",
        )


def unknown_table(module: Module) -> Iterator[Finding]:
    """A statement on a table no migration makes (names of subqueries aside)."""
    known = set(tables()) | {"schema_migrations", "sqlite_master"}
    for statement in statements(module):
        named = set(re.findall(r"\b(?:as\s+(\w+)|with recursive (\w+))\b", statement.text))
        aliases = {word for pair in named for word in pair} | {"lateral"}
        for table in sorted(statement.tables - known - aliases):
            yield Finding(
                module.at(statement.node), f"there is no table {table}", "see db/migrations/"
            )


RULES = [unscoped, sql_elsewhere, unknown_table]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_statements(rule):
    """P10."""
    nothing(finding for module in modules() for finding in rule(module))


def test_no_exception_outlives_its_need():
    everything = [each for module in modules() for each in statements(module)]
    for path in [*EVERY_WORKSPACE, *SQL_ELSEWHERE]:
        assert any(within(each.module.path, [path]) for each in everything), f"{path}: drop it"
    for name in UNSCOPED_WRITES:
        left = [each for each in everything if each.name == name]
        assert any(not SCOPED.search(each.text) for each in left), f"{name}: drop it"


def test_the_rules_see_the_statements():
    """A guard on the guard: most tables are read and written somewhere."""
    seen = {table for module in modules() for each in statements(module) for table in each.tables}
    assert set(tables()) <= seen, f"never seen in SQL: {sorted(set(tables()) - seen)}"


BAD = "def f(tx, workspace_id):\n    {doc}\n    tx.{call}({sql!r}, {{}})"


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (unscoped, "links/sql.py", BAD.format(doc="", call="one", sql="select id from links")),
        (unscoped, "links/sql.py", BAD.format(doc="", call="run", sql="delete from links")),
        (
            unscoped,
            "links/sql.py",
            BAD.format(doc="'Every workspace.'", call="run", sql="update links set key = :key"),
        ),
        (
            unscoped,
            "links/sql.py",
            BAD.format(doc="'Nearly every workspace.'", call="all", sql="select id from links"),
        ),
        (
            unscoped,
            "links/sql.py",
            BAD.format(doc="", call="all", sql="select workspace_id from links where id = :id"),
        ),
        (
            unscoped,
            "links/sql.py",
            BAD.format(doc="", call="many", sql="insert into clicks (link_number) values (:n)"),
        ),
        (unscoped, "links/sql.py", "_F = ' from links'\ndef f(tx):\n  tx.one(f'select id{_F}')"),
        (unscoped, "x/queue_sql.py", BAD.format(doc="", call="all", sql="select id from links")),
        (sql_elsewhere, "links/actions.py", "def f(tx): tx.one('select 1 from links')"),
        (unknown_table, "links/sql.py", "def f(tx): tx.one('select 1 from lincs')"),
    ],
)
def test_the_rule_can_fail(rule, path, text):
    assert list(rule(parsed(path, text)))


@pytest.mark.parametrize(
    ("doc", "call", "sql"),
    [
        ("", "one", "select id from links where workspace_id = :workspace_id"),
        ("'For the edge. Every workspace: by host.'", "one", "select id from links"),
        ("", "one", "select value from secrets"),
        ("", "run", "update links set key = :key where workspace_id = :workspace_id"),
    ],
)
def test_the_rule_lets_good_code_be(doc, call, sql):
    assert not list(unscoped(parsed("links/sql.py", BAD.format(doc=doc, call=call, sql=sql))))
