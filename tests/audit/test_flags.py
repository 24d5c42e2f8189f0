"""Leads are looked up by customer and by click; nobody reads those of a whole workspace for one."""

import re

import pytest

from headwater.db import Dialect, Read
from tests.order.perform import Place
from tests.tidy.source import modules
from tests.tidy.statements import statements

STATEMENTS = {
    each.name: each.raw
    for module in modules()
    for each in statements(module)
    if each.name in ("attribution/sql.py:touches", "conversions/sql.py:click_is_shared")
}
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("attribution/sql.py:touches", {"customer_id=?"}),
        ("conversions/sql.py:click_is_shared", {"customer_id=?", "click_id=?"}),
    ],
)
def test_leads_are_found_by_index(place: Place, name: str, ways: set[str]) -> None:
    def planned(tx: Read) -> list[str]:
        if tx.dialect is not Dialect.SQLITE:
            pytest.skip("PostgreSQL plans by what the tables hold")
        sql = STATEMENTS[name]
        rows = tx.all("explain query plan " + sql, dict.fromkeys(_PARAMETER.findall(sql)))
        return [str(row[-1]) for row in rows]

    plan = place.app.db.read_now(planned)
    of_leads = [re.search(r"leads\w* \((.*)\)", step) for step in plan]
    assert {found[1] for found in of_leads if found} == ways, plan
    # `l` are the few rows of one customer that were found by then.
    assert not [step for step in plan if step.startswith("SCAN") and step != "SCAN l"]
