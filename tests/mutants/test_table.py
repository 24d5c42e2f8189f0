"""The table of tools/mutants.py keeps step with the code it breaks."""

import tomllib
from pathlib import Path

import pytest

import headwater

TABLE = tomllib.loads((Path(__file__).parent / "mutants.toml").read_text())["mutant"]
SOURCE = Path(headwater.__file__).parent
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["name"])
def test_every_break_can_be_made(row: dict[str, str]) -> None:
    root = ROOT if row["file"].startswith("web/") else SOURCE
    assert (root / row["file"]).read_text().count(row["old"]) == 1
    file, _, test = row["test"].partition("::")
    assert f"def {test.partition('[')[0]}(" in (ROOT / file).read_text()


def test_every_promise_is_broken_at_least_once_by_a_name_of_its_own() -> None:
    names = [row["name"] for row in TABLE]
    assert len(set(names)) == len(names) >= 20
    assert {row["promise"] for row in TABLE} >= {f"P{n}" for n in range(1, 12)}
