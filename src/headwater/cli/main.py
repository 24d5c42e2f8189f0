"""Commands. Each file imports what it needs when it runs, so that `--help` stays quick."""

import sys

from cyclopts import App as Commands

from headwater import __version__
from headwater.cli import (
    bench,
    core,
    demo,
    destinations,
    doctor,
    explain,
    importing,
    inbox,
    init,
    log,
    moving,
    reconcile,
    reconcile_impact,
    sandbox,
    serve,
    simulate,
    verify,
)
from headwater.cli.exits import CANNOT_START
from headwater.cli.store import CannotStart
from headwater.config import ConfigError
from headwater.kit.problems import Problem, StoreUnavailable

commands = Commands(
    name="headwater",
    version=__version__,
    help="Attribution and conversions: credited once, paid right, every decision explained.",
)
commands.command(init.init)
commands.command(serve.serve)
commands.command(core.core)
commands.command(core.worker)
commands.command(explain.explain)
commands.command(log.log)
kept = Commands(name="inbox", help="Calls that could not be used: why, and another try.")
kept.command(inbox.list_calls, name="list")
kept.command(inbox.count)
kept.command(inbox.show)
kept.command(inbox.replay)
commands.command(kept)
commands.command(verify.verify)
commands.command(doctor.doctor)
commands.command(moving.export)
places = Commands(name="destinations", help="Where facts are told: webhooks and networks.")
places.command(destinations.list_, name="list")
places.command(destinations.pause)
places.command(destinations.resume)
places.command(destinations.replay)
commands.command(places)
imports = Commands(name="import", help="Bring in what another server knows.")
imports.command(importing.dub)
commands.command(imports)
books = Commands(name="reconcile", help="Compare the books with what others have.")
books.command(reconcile.stripe)
books.command(reconcile_impact.impact)
commands.command(books)
commands.command(simulate.simulate)
commands.command(demo.demo)
commands.command(sandbox.sandbox)
commands.command(bench.bench)


def main() -> None:
    """Exit 0 when done, 1 when the answer is no, 2 when the command could not run.

    A role may end with another: see `exits.py`.
    """
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
