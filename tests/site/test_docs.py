"""What the manual shows is a part of what runs."""

import re

from tests.site.shops import EXAMPLES, SHOPS
from tests.tidy.source import REPO

PAGE = REPO / "docs" / "reference" / "client.md"


def test_every_piece_of_code_stands_in_an_example() -> None:
    shown = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    examples = [path.read_text() for path in EXAMPLES.glob("*.py")]
    assert len(shown) >= 5
    for piece in shown:
        assert any(piece in example for example in examples), piece


def test_every_example_is_named_and_runs() -> None:
    files = {path.stem for path in EXAMPLES.glob("*.py")}
    assert files == {name for name, _, _ in SHOPS.values()}
    assert all(f"(../examples/{name}.py)" in PAGE.read_text() for name in files)
