"""A page of a list costs the same however long the list is: nothing is sorted or searched through
to find its rows. Asked of SQLite, which says what it would do.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest

from headwater.db import Read
from headwater.delivery.model import Filters, State
from headwater.delivery.sql import deliveries
from headwater.links import LinkFilter, list_sql
from headwater.runtime import App
from tests.tidy.source import Finding, nothing, parsed
from tests.tidy.statements import EACH, Statement, statements
from tests.tidy.test_prepared import candidates, whole

# SQLite alone says it in words that hold for any number of rows.
pytestmark = pytest.mark.parametrize("engine", ["sqlite"])
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")
_SEARCHES = re.compile(r"SCAN (?!json_each|CONSTANT|\(|lanes)")
# Walked in the order of the answer, or through an index of just these rows.
_IN_ORDER = {"inbox/sql.py:ready_items"}
# Their rows are few: what people set up, not what visitors do.
_FEW = {"domains", "domain_files", "programs", "rates", "rewards", "tags", "webhooks"}
# Sorted on purpose: what is counted or grouped has no order before.
_GROUPED = {
    "links/list_sql.py:by_domain",
    "links/list_sql.py:by_folder",
    "links/list_sql.py:by_tag",
    "delivery/scope_sql.py:listeners",
}
# Of workspaces whose clock is ahead alone, which are there to try things.
_SANDBOXES = {"billing/sql.py:due_in_sandboxes", "inbox/sql.py:patient_in_sandboxes"}
# The announcements and pictures of one customer, and the customers of one moment.
_SHORT = {
    "attribution/announced_sql.py:announced_click",
    "avatars/sql.py:latest",
    "customers/sql.py:page",
}

# Beside the writer, once a minute: one index step per destination.
_LANES = {"delivery/left_behind_sql.py:asleep"}


class Explained:
    """A transaction that tells what a query would do instead of doing it."""

    def __init__(self, tx: Read) -> None:
        self.each = tx.each
        self._tx = tx
        self.steps: list[str] = []

    def all(self, sql: str, values: Any) -> list[Any]:
        self.steps += top(self._tx, sql, values)
        return []


def top(tx: Read, sql: str, values: Any) -> list[str]:
    """The outermost steps: what runs once, not per row found."""
    return [row[3] for row in tx.all("explain query plan " + sql, values) if row[1] == 0]


def steps_of(tx: Read, page: Callable[[Any], Any]) -> list[str]:
    explained = Explained(tx)
    page(explained)
    return explained.steps


def costly(steps: list[str]) -> list[str]:
    return [step for step in steps if "ORDER BY" in step or _SEARCHES.match(step)]


def pages() -> list[Statement]:
    """Statements that stop at a limit, less the ones that walk everything beside the writer."""
    walking = {"audit", "insights", "journal"}
    every = [each for each in candidates() if each.module.package not in walking]
    return [each for each in every if " limit " in each.text]


def expensive(tx: Read, found: list[Statement]) -> list[Finding]:
    findings = []
    for statement in found:
        text = whole(statement)
        named = statement.name in _GROUPED | _SHORT | _IN_ORDER | _SANDBOXES | _LANES
        if text is None or named or statement.tables <= _FEW:
            continue
        text = text.replace(EACH, tx.each)
        for step in costly(top(tx, text, dict.fromkeys(_PARAMETER.findall(text)))):
            where = statement.module.at(statement.node)
            findings.append(Finding(where, f"{statement.name}: {step}", "give it an index"))
    return findings


def test_no_page_sorts_or_searches_all_there_is(app: App):
    nothing(app.db.read_now(expensive, pages()))


def _of_links(**filters: Any) -> Callable[[Any], Any]:
    return lambda tx: list_sql.page(tx, "ws_1", LinkFilter(**filters), [])


PUT_TOGETHER = {
    "links": _of_links(),
    "links back": _of_links(ending_before="link_1"),
    "deliveries": lambda tx: deliveries(tx, "ws_1", Filters(), 100, 0),
    "dead deliveries": lambda tx: deliveries(tx, "ws_1", Filters(state=State.DEAD), 100, 0),
    "skipped ones": lambda tx: deliveries(tx, "ws_1", Filters(state=State.SKIPPED), 100, 0),
}


@pytest.mark.parametrize("page", PUT_TOGETHER.values(), ids=PUT_TOGETHER)
def test_nor_does_one_that_is_put_together(app: App, page: Callable[[Any], Any]):
    found = app.db.read_now(steps_of, page)
    assert found
    assert not costly(found)


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, "living_links_in_order"),
        ({"tenant_id": "t"}, "living_links_by_tenant"),
        ({"folder_id": "fold_1"}, "links_by_folder"),
    ],
)
def test_links_of_one_tenant_or_folder_are_found_among_many(
    app: App, filters: dict[str, str], index: str
):
    assert any(index in step for step in app.db.read_now(steps_of, _of_links(**filters)))


def test_the_rule_can_fail(app: App):
    sql = "select id from links where workspace_id = :w order by url limit 9"
    module = parsed("links/sql.py", f"def f(tx): tx.all({sql!r}, {{}})")
    assert app.db.read_now(expensive, list(statements(module)))
