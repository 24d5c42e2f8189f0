"""Every statement of the source is one that both engines understand: names, columns and syntax."""

import re

import pytest

from headwater.db import Dialect, Read, Write
from headwater.runtime import App
from tests.tidy.source import Finding, Module, modules, nothing, parsed
from tests.tidy.statements import EACH, UNKNOWN, Statement, statements

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")
_ENDING = re.compile(rf"({re.escape(UNKNOWN)})+$")

# Put together at run time; the tests of their own packages run them.
PUT_TOGETHER = {
    "attribution/imported_sql.py:clicks_after",
    "audit/counters.py:link_counters",
    "audit/journal.py:receipts",
    "conversions/list_sql.py:leads_after",
    "conversions/list_sql.py:refunds_after",
    "conversions/list_sql.py:sales_after",
    "conversions/list_sql.py:sales_of",
    "conversions/list_sql.py:sales_within",
    "delivery/sql.py:deliveries",
    "links/list_sql.py:by_domain",
    "links/list_sql.py:by_folder",
    "links/list_sql.py:by_tag",
    "links/choice_sql.py:numbers",
    "links/list_sql.py:all_after",
    "links/list_sql.py:page",
    "programs/list_sql.py:enrolled_after",
}
# Of one engine alone.
OF_ONE_ENGINE = {"db/migrate.py:_has_table", "db/migrate.py:_prepare"}


def whole(statement: Statement) -> str | None:
    """The text as it is run, less an unknown ending; None where a part within is unknown."""
    text = _ENDING.sub("", statement.raw)
    return None if UNKNOWN in text else text


def candidates() -> list[Statement]:
    every = [each for module in modules() for each in statements(module)]
    return [each for each in every if each.module.package not in {"bench", "simulate"}]


def misunderstood(tx: Write, found: list[Statement]) -> list[Finding]:
    """What the engine refuses to plan."""
    findings = []
    for statement in found:
        text = whole(statement)
        if text is None or statement.name in OF_ONE_ENGINE:
            continue
        error = tx_error(tx, text.replace(EACH, tx.each))
        if error is not None:
            where = statement.module.at(statement.node)
            findings.append(Finding(where, f"{statement.name}: {error}", "see db/migrations/"))
    return findings


def tx_error(tx: Write, text: str) -> str | None:
    """Planned, never run; each in a savepoint, because PostgreSQL gives up after an error."""
    explain = "explain query plan " if tx.dialect is Dialect.SQLITE else "explain "
    names = dict.fromkeys(_PARAMETER.findall(text))
    tx.run("savepoint planned")
    try:
        tx.all(explain + text, names)
    except Exception as error:
        tx.run("rollback to savepoint planned")
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    tx.run("release savepoint planned")
    return None


def test_both_engines_understand_every_statement(app: App):
    """P12."""
    nothing(app.db.write_now(misunderstood, candidates()))


def test_few_statements_are_put_together_at_run_time():
    assert {each.name for each in candidates() if whole(each) is None} == PUT_TOGETHER


@pytest.mark.parametrize(
    "sql",
    [
        "select id from lincs where workspace_id = :workspace_id",
        "select idd from links",
        "update links set key = :key were id = :id",
        "insert into links (number, novelty) values (:number, :novelty)",
    ],
)
def test_the_rule_can_fail(app: App, sql: str):
    module: Module = parsed("links/sql.py", f"def f(tx): tx.run({sql!r}, {{}})")
    assert app.db.write_now(misunderstood, list(statements(module)))


def _count(tx: Read) -> int:
    row = tx.one("select count(*) from secrets")
    assert row is not None
    return int(row[0])


def test_planning_changes_nothing(app: App):
    before = app.db.read_now(_count)
    app.db.write_now(tx_error, "delete from secrets")
    assert app.db.read_now(_count) == before
