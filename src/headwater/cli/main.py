"""Commands. Each is imported when it is run, so that a role of the server starts quickly."""

import sys

from cyclopts import App as Commands

from headwater import __version__
from headwater.cli.exits import CANNOT_START
from headwater.cli.store import CannotStart
from headwater.config import ConfigError
from headwater.kit.problems import Problem, StoreUnavailable

commands = Commands(
    name="headwater",
    version=__version__,
    help="Attribution and conversions: credited once, paid right, every decision explained.",
)
kept = Commands(name="inbox", help="Calls that could not be used: why, and another try.")
places = Commands(name="destinations", help="Where facts are told: webhooks and networks.")
imports = Commands(name="import", help="Bring in what another server knows.")
books = Commands(name="reconcile", help="Compare the books with what others have.")
_TABLE = (
    (commands, "init", "init:init"),
    (commands, "serve", "serve:serve"),
    (commands, "core", "core:core"),
    (commands, "worker", "core:worker"),
    (commands, "explain", "explain:explain"),
    (commands, "log", "log:log"),
    (kept, "list", "inbox:list_calls"),
    (kept, "count", "inbox:count"),
    (kept, "show", "inbox:show"),
    (kept, "replay", "inbox:replay"),
    (commands, "verify", "verify:verify"),
    (commands, "doctor", "doctor:doctor"),
    (commands, "export", "moving:export"),
    (places, "list", "destinations:list_"),
    (places, "pause", "destinations:pause"),
    (places, "resume", "destinations:resume"),
    (places, "replay", "destinations:replay"),
    (imports, "dub", "importing:dub"),
    (books, "stripe", "reconcile:stripe"),
    (books, "impact", "reconcile_impact:impact"),
    (commands, "simulate", "simulate:simulate"),
    (commands, "demo", "demo:demo"),
    (commands, "sandbox", "sandbox:sandbox"),
    (commands, "bench", "bench:bench"),
)
_GROUPS = (kept, places, imports, books)
for _group in _GROUPS:
    commands.command(_group)
for _owner, _name, _path in _TABLE:
    _owner.command(f"headwater.cli.{_path}", name=_name)


def main() -> None:
    """Exit 0 when done, 1 when the answer is no, 2 when the command could not run.

    A role may end with another: see `exits.py`.
    """
    if _shows_help(sys.argv[1:]):
        for owner, name, _ in _TABLE:
            owner[name]  # imported, so that the list says what each does
    try:
        result = commands()
    except CannotStart as error:
        print(f"headwater: {error}", file=sys.stderr)
        sys.exit(error.status)
    except (Problem, ConfigError, StoreUnavailable) as error:
        print(f"headwater: {error}", file=sys.stderr)
        sys.exit(CANNOT_START)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(result if isinstance(result, int) else 0)


def _shows_help(arguments: list[str]) -> bool:
    asked = not {"--help", "-h"}.isdisjoint(arguments)
    return (
        asked or not arguments or arguments[-1] in {name for each in _GROUPS for name in each.name}
    )
