"""The page of the rules that are kept names files and tests that are there, and every id once."""

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import pytest

from tests.tidy.source import REPO, ROOT, Finding, nothing, parsed_text

PAGE = REPO / "docs" / "reference" / "rules-kept.md"
NOT_YET = "Not kept yet"
# How many there are of each; of the browser tag's the page has those about credit and people.
LAST = {"A": 110, "B": 76, "P": 12}

_ROW = re.compile(r"^\| ([ABT]-\d+|P\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_RANGE = re.compile(r"\b([AB])-(\d+)(?:\s+to\s+([AB])-(\d+))?")

Named = Mapping[str, Mapping[str, Collection[str]]]


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    files: tuple[str, ...]
    tests: tuple[str, ...]


def rows(text: str) -> list[Row]:
    return [
        Row(id=found[1], files=_quoted(found[3]), tests=_quoted(found[4]))
        for found in _ROW.finditer(text)
    ]


def _quoted(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


def ids_in(name: str, words: str | None) -> set[str]:
    """What a test says it shows: `_a12` or `_p3` in its name, `A-12` or `P3` in its docstring."""
    short = re.findall(r"(?:^|_)([abtp])(\d+)(?=_|$)", name)
    found = {f"P{number}" if kind == "p" else f"{kind.upper()}-{number}" for kind, number in short}
    return found | set(re.findall(r"\b(?:[ABT]-\d+|P\d+)\b", words or ""))


def named_in(path: str, text: str) -> Named:
    """Of one file, each test with the ids it says; under "" what the file says of itself."""
    tree = parsed_text(text)
    tests = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[:5] == "test_"
    ]
    said = {node.name: ids_in(node.name, ast.get_docstring(node)) for node in tests}
    return {path: said | {"": ids_in("", ast.get_docstring(tree))}}


@cache
def named() -> Named:
    found: dict[str, Mapping[str, Collection[str]]] = {}
    for path in sorted((REPO / "tests").rglob("test_*.py")):
        found |= named_in(path.relative_to(REPO).as_posix(), path.read_text())
    return found


def malformed(text: str) -> Iterator[Finding]:
    """A row that is not read as one would be checked by nobody."""
    lines = [line for line in text.splitlines() if re.match(r"\| *`?(?:[ABT]-?|P)\d", line)]
    for line in lines:
        if not _ROW.match(line):
            yield Finding(line[:40], "this is no row", "| id | the rule | `file` | `path::test` |")
    for row in rows(text):
        if not row.files or not row.tests:
            yield Finding(row.id, "names no file, or no test", "both, in backticks")


def no_such_file(text: str) -> Iterator[Finding]:
    for row in rows(text):
        for file in row.files:
            if not (ROOT / file).is_file() and not (REPO / file).is_file():
                yield Finding(row.id, f"there is no {file}", "say where the rule lives now")


def no_such_test(text: str, tests: Named) -> Iterator[Finding]:
    for row in rows(text):
        for test in row.tests:
            path, _, name = test.partition("::")
            if not name or name not in tests.get(path, {}):
                yield Finding(row.id, f"there is no {test}", "name the test that shows it now")
            elif row.id not in tests[path][name]:
                yield Finding(test, f"does not say {row.id}", "its docstring names what it shows")


def listed_twice(text: str) -> Iterator[Finding]:
    for name, times in Counter(row.id for row in rows(text)).items():
        if times > 1:
            yield Finding(name, f"has {times} rows", "one row; it may name several tests")


def not_listed(text: str, tests: Named) -> Iterator[Finding]:
    """What a test says it shows is kept; of the browser tag's rules the page needs no others."""
    listed = {row.id for row in rows(text)}
    for path, said in tests.items():
        for test, ids in said.items():
            for each in sorted(set(ids) - listed):
                if not each.startswith("T"):
                    yield Finding(f"{path}::{test}", f"{each} has no row", f"add it to {PAGE.name}")


def not_yet(text: str) -> set[str]:
    """The ids of the last line, ranges written out."""
    line = text.partition(f"{NOT_YET}:")[2].partition("\n\n")[0]
    return {
        f"{kind}-{number}"
        for kind, first, _, last in _RANGE.findall(line)
        for number in range(int(first), int(last or first) + 1)
    }


def on_neither_side(text: str, last: Mapping[str, int] = LAST) -> Iterator[Finding]:
    """Each id has its row or is among those not kept yet."""
    listed, waiting = {row.id for row in rows(text)}, not_yet(text)
    for each in sorted(listed & waiting):
        yield Finding(each, "is kept, and is not kept yet", "take it out of the last line")
    for kind, most in last.items():
        dash = "" if kind == "P" else "-"
        for each in [f"{kind}{dash}{number}" for number in range(1, most + 1)]:
            if each not in listed | waiting:
                yield Finding(each, "stands nowhere", "a row, or a place in the last line")


def test_the_page_is_right() -> None:
    text = PAGE.read_text()
    assert len(rows(text)) > 80
    nothing([*malformed(text), *no_such_file(text), *no_such_test(text, named())])
    nothing([*listed_twice(text), *not_listed(text, named()), *on_neither_side(text)])


GOOD = "| A-1 | It is so. | `links/rules.py` | `tests/test_x.py::test_it` |\n"
TESTS = named_in("tests/test_x.py", 'def test_it():\n    """A-1."""\n\ndef test_more_t7(): ...')


@pytest.mark.parametrize(
    "rule",
    [
        lambda: malformed(GOOD.replace("A-1", "`A-1`")),
        lambda: malformed(GOOD.replace(" |\n", "\n")),
        lambda: malformed(GOOD.replace("`links/rules.py`", "links")),
        lambda: malformed(GOOD.replace("`tests/test_x.py::test_it`", "somewhere")),
        lambda: no_such_file(GOOD.replace("rules.py", "novelty.py")),
        lambda: no_such_file(GOOD.replace("`links/rules.py`", "`links/rules.py`, `links`")),
        lambda: no_such_test(GOOD.replace("test_it", "test_other"), TESTS),
        lambda: no_such_test(GOOD.replace("test_x", "test_y"), TESTS),
        lambda: no_such_test(GOOD.replace("::test_it", ""), TESTS),
        lambda: no_such_test(GOOD.replace("A-1", "A-2"), TESTS),
        lambda: listed_twice(GOOD + GOOD),
        lambda: not_listed(GOOD, named_in("tests/x.py", "def test_x_b17(): ...")),
        lambda: not_listed(GOOD, named_in("tests/x.py", "def test_a2_x(): ...")),
        lambda: not_listed(GOOD, named_in("tests/x.py", "def test_x():\n    '''Also A-12.'''")),
        lambda: not_listed(GOOD, named_in("tests/x.py", "class A:\n async def test_p3_x(): ...")),
        lambda: not_listed(GOOD, named_in("tests/x.py", '"""All of A-3."""')),
        lambda: on_neither_side(GOOD, {"A": 2}),
        lambda: on_neither_side(f"{GOOD}\n{NOT_YET}: A-1 to A-2.", {"A": 2}),
        lambda: on_neither_side(f"{GOOD}\n{NOT_YET}: A-2.\n\nA-3.", {"A": 3}),
    ],
)
def test_the_rule_can_fail(rule) -> None:
    assert list(rule())


def test_the_rule_lets_good_pages_be() -> None:
    text = f"{GOOD}\n{NOT_YET}: A-2 to\nA-4, B-1,\nA-5."
    for found in (malformed(text), no_such_file(text), no_such_test(text, TESTS)):
        assert not list(found)
    assert not list(listed_twice(text))
    assert not list(not_listed(text, TESTS))
    assert not list(on_neither_side(text, {"A": 5, "B": 1}))
    assert ids_in("test_a_sha_256_of_what_came", "SHA-256, and D-11.") == set()
