"""Money is counted, never measured: integers and exact fractions, rounded in one place."""

import ast
from collections.abc import Iterator

import pytest

from tests.tidy.source import Finding, Module, dotted, modules, nothing, parsed, within

MONEY = [
    "kit/money.py",
    "audit/",
    "commissions/",
    "consequences.py",
    "conversions/",
    "ledger/",
    "programs/",
    "rates/",
    "receipts/",
    "shapes/commission.py",
    "tracking/",
    "http/api/money.py",
    "http/api/refunds.py",
]
INSTEAD = "use integer minor units, and share, percentage, convert or rounded of kit/money.py"


def floats(module: Module) -> Iterator[Finding]:
    if not within(module.path, MONEY):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield Finding(module.at(node), f"the float {node.value}", INSTEAD)
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            left = node.left if isinstance(node, ast.BinOp) else node.target
            if not _is_fraction(left):
                yield Finding(module.at(node), "division with /", INSTEAD)
    for node, name in dotted(module):
        if name in {"float", "round"} or name.startswith("math."):
            yield Finding(module.at(node), name, INSTEAD)


def _is_fraction(node: ast.expr) -> bool:
    """`Fraction(…) / x` is exact."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Fraction"
    )


INEXACT_SQL = (" avg(", " round(", " / ", " as real", " as float", " as double", " as numeric")


# The number of an hour is a time, not money; both engines divide integers to integers.
HOUR_OF_A_TIME = "clicked_at / 3600000000"


def inexact_sql(module: Module) -> Iterator[Finding]:
    """SQLite divides to integers, PostgreSQL averages to numeric: neither is our rounding."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = f" {node.value.lower()} ".replace(HOUR_OF_A_TIME, "")
            if not any(word in text for word in (" select ", " update ", " where ", " set ")):
                continue
            for word in INEXACT_SQL:
                if word in text:
                    yield Finding(
                        module.at(node),
                        f"SQL with{word.rstrip('( ')}",
                        "select sums as bigint and divide with kit/money.py",
                    )


RULES = [floats, inexact_sql]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_money_is_exact(rule):
    nothing(finding for module in modules() for finding in rule(module))


def test_every_place_named_exists():
    for place in MONEY:
        assert any(within(module.path, [place]) for module in modules()), f"{place} is gone"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (floats, "x = 0.5"),
        (floats, "x = amount / 2"),
        (floats, "amount /= 2"),
        (floats, "x = float(amount)"),
        (floats, "x = round(amount, 2)"),
        (floats, "def f(rate: float) -> int: ..."),
        (floats, "import math\nx = math.floor(amount)"),
        (floats, "from math import floor\nx = floor(amount)"),
        (inexact_sql, "x = 'select avg(amount) from sales'"),
        (inexact_sql, "x = 'select amount / 2 from sales'"),
    ],
)
def test_the_rule_can_fail(rule, text):
    assert list(rule(parsed("ledger/actions.py", text)))


def test_the_rule_lets_good_code_be():
    text = "from fractions import Fraction\nx = Fraction(1, 3) / rate\ny = amount // 2"
    assert not list(floats(parsed("ledger/actions.py", text)))
    assert not list(floats(parsed("worker/run.py", "x = 0.5")))
