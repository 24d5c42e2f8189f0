"""The table of commands: each is imported only when it is run."""

import subprocess
import sys

import pytest

from tests.support import run

WHAT_IS_LOADED = """
import sys
from headwater.cli import main
print(*sorted(sys.modules))
"""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "deliveries"),
        (("--help",), "Everything in one command"),
        (("inbox",), "newest first"),
        (("inbox", "--help"), "newest first"),
    ],
)
def test_the_lists_of_commands_say_what_each_does(arguments: tuple[str, ...], words: str) -> None:
    said = run(*arguments).stdout
    assert words.lower() in " ".join(said.replace("│", " ").lower().split())


def test_a_role_that_starts_does_not_wait_for_what_only_other_commands_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WHAT_IS_LOADED], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "headwater.cli.main" in loaded
    assert not {"headwater.cli.demo", "headwater.cli.core", "litestar", "aiohttp"} & {*loaded}
