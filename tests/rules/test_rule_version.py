"""A receipt names the version of its rules, so rules do not change under a version."""

import ast
import hashlib
from typing import NamedTuple

import pytest

from headwater import attribution, receipts
from tests.tidy.source import REPO, ROOT

# Of money, what a decision asks; the rest only reads and shows.
ROUNDING = {"rounded", "percentage", "share", "BASIS_POINTS"}


class Vouched(NamedTuple):
    """What a version stands for: files, and of each the names that matter (empty: all)."""

    version: str
    files: dict[str, set[str]]


VOUCHED = {
    "attribution": Vouched(
        attribution.RULE_VERSION,
        {
            "attribution/rules.py": set(),
            "commissions/rules.py": set(),
            "kit/mailbox.py": set(),
            "kit/money.py": ROUNDING,
        },
    ),
    "refund": Vouched(
        receipts.REFUND_RULE_VERSION,
        {
            "commissions/rules.py": {"Reversal", "RefundFacts", "reversal"},
            "receipts/rules.py": set(),
            "kit/money.py": ROUNDING,
        },
    ),
}

# Version and fingerprint, written here by hand.
RECORDED = {
    "attribution": ("attribution-1", "4fe10b787da6d6bf"),
    "refund": ("refund-1", "676de0b311717c62"),
}


def fingerprint(files: dict[str, set[str]]) -> str:
    """Of what the code does: comments, docstrings, layout and the version itself do not count."""
    shapes = [_shape(_code(ROOT.joinpath(path).read_text(), files[path])) for path in files]
    return hashlib.sha256(repr(shapes).encode()).hexdigest()[:16]


def _code(text: str, names: set[str]) -> list[ast.stmt]:
    return [node for node in ast.parse(text).body if _counts(node, names)]


def _counts(node: ast.stmt, names: set[str]) -> bool:
    name = getattr(node, "name", None)
    if isinstance(node, ast.Assign):
        name = ast.unparse(node.targets[0])
    if isinstance(node, ast.Import | ast.ImportFrom) or str(name).endswith("RULE_VERSION"):
        return False
    return not names or name in names


def _shape(node: object) -> object:
    """As ast.dump, but the same in every version of Python: without what is empty or unset."""
    if isinstance(node, list):
        return [_shape(each) for each in node if not _is_docstring(each)]
    if not isinstance(node, ast.AST):
        return node
    fields = [(name, _shape(value)) for name, value in ast.iter_fields(node)]
    return type(node).__name__, [(name, value) for name, value in fields if value not in ([], None)]


def _is_docstring(node: object) -> bool:
    constant = node.value if isinstance(node, ast.Expr) else None
    return isinstance(constant, ast.Constant) and isinstance(constant.value, str)


@pytest.mark.parametrize("name", VOUCHED)
def test_a_version_stands_for_one_set_of_rules(name):
    version, files = VOUCHED[name]
    found = (version, fingerprint(files))
    assert found == RECORDED[name], (
        f"The code behind {version} ({', '.join(files)}) is not what was recorded: if some fact is"
        " now decided or reasoned otherwise, raise the version in the code and add its row to"
        " Versions in docs/reference/rules.md; then, or if every decision is as before, write"
        f" {found} into RECORDED here."
    )


@pytest.mark.parametrize("name", VOUCHED)
def test_the_page_says_what_a_version_is_of(name):
    versions = (REPO / "docs/reference/rules.md").read_text().partition("\n## Versions")[2]
    assert f"\n| `{VOUCHED[name].version}` |" in versions


def test_no_two_kinds_of_receipt_share_a_version():
    assert len({vouched.version for vouched in VOUCHED.values()}) == len(VOUCHED)


BEFORE = 'def f(at, end):\n    return at >= end\n\n\nRULE_VERSION = "a-1"\n'


def _printed(text: str) -> object:
    return _shape(_code(text, set()))


@pytest.mark.parametrize(
    "after",
    [
        '"""A page."""\n' + BEFORE,
        BEFORE.replace("    return", '    """Whether it is over."""\n    return'),
        BEFORE.replace("at >= end", "(\n        at  # exactly\n        >= end\n    )"),
        BEFORE.replace("a-1", "a-2"),
        "import re\n" + BEFORE,
    ],
)
def test_what_decides_nothing_leaves_the_fingerprint(after):
    assert _printed(after) == _printed(BEFORE)


@pytest.mark.parametrize(
    "after",
    [
        BEFORE.replace(">=", ">"),
        BEFORE.replace("at >= end", "end >= at"),
        BEFORE.replace("return at", "return not at"),
        BEFORE + "LIMIT = 1\n",
    ],
)
def test_what_decides_changes_the_fingerprint(after):
    assert _printed(after) != _printed(BEFORE)


def test_names_that_are_picked_are_there():
    """A function that was renamed would leave the fingerprint in silence."""
    for vouched in VOUCHED.values():
        for path, names in vouched.files.items():
            assert len(_code(ROOT.joinpath(path).read_text(), names)) >= max(len(names), 1), path
