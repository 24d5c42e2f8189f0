"""Short stays short: a ratchet on functions and files. The lists may only shrink."""

import ast
from collections.abc import Iterator

import pytest

from tests.tidy.source import Finding, Module, modules, nothing, parsed

FUNCTION_WARN, FUNCTION_MAX = 40, 60
FILE_WARN, FILE_MAX = 300, 500

# Lines of what was longer than it should be when it was written down here.
LONG_FUNCTIONS: dict[str, int] = {}
LONG_FILES: dict[str, int] = {}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def long_functions(module: Module) -> Iterator[Finding]:
    for function in module.functions():
        name, lines = f"{module.path}:{function.name}", length(function)
        allowed = min(LONG_FUNCTIONS.get(name, FUNCTION_WARN), FUNCTION_MAX)
        if lines > allowed:
            yield Finding(
                module.at(function),
                f"{function.name} has {lines} lines, {allowed} are allowed",
                "let it read as a list of named steps: branches here, each straight piece below",
            )


def long_files(module: Module) -> Iterator[Finding]:
    lines = module.text.count("\n")
    allowed = min(LONG_FILES.get(module.path, FILE_WARN), FILE_MAX)
    if lines > allowed:
        yield Finding(
            f"src/headwater/{module.path}",
            f"{lines} lines, {allowed} are allowed",
            "split along the seams: model, rules, sql, actions, or a verb of its own",
        )


RULES = [long_functions, long_files]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_short_stays_short(rule):
    nothing(finding for module in modules() for finding in rule(module))


def test_the_lists_shrink():
    functions = {f"{m.path}:{f.name}": length(f) for m in modules() for f in m.functions()}
    for name in LONG_FUNCTIONS:
        assert functions.get(name, 0) > FUNCTION_WARN, f"{name} got short: drop it from the list"
    files = {module.path: module.text.count("\n") for module in modules()}
    for path in LONG_FILES:
        assert files.get(path, 0) > FILE_WARN, f"{path} got short: drop it from the list"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (long_functions, "def f():\n" + "    x = 1\n" * FUNCTION_WARN),
        (long_functions, "class A:\n    async def f(self):\n" + "        x = 1\n" * FUNCTION_WARN),
        (long_files, "x = 1\n" * (FILE_WARN + 1)),
    ],
)
def test_the_rule_can_fail(rule, text):
    assert list(rule(parsed("links/actions.py", text)))


def test_nothing_new_may_pass_the_limit(monkeypatch):
    monkeypatch.setitem(LONG_FUNCTIONS, "links/actions.py:f", 1000)
    monkeypatch.setitem(LONG_FILES, "links/actions.py", 1000)
    text = "def f():\n" + "    x = 1\n" * (FUNCTION_MAX + FILE_MAX)
    assert list(long_functions(parsed("links/actions.py", text)))
    assert list(long_files(parsed("links/actions.py", text)))


def test_a_docstring_costs_nothing():
    text = 'def f():\n    """One.\n\n' + "    More.\n" * FUNCTION_WARN + '    """\n    x = 1\n'
    assert not list(long_functions(parsed("links/actions.py", text)))
