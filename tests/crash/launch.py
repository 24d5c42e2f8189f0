"""The server on a disk that forgets: `python -m tests.crash.launch --data DIR --port N [faults]`.

The real HTTP core and the real worker in one process, since nobody else sees what is not synced.
"""

import argparse
import asyncio
from contextlib import suppress
from pathlib import Path

from headwater.cli.logs import set_up_logs
from headwater.config import Overrides, load
from headwater.http.serve import serve
from headwater.runtime import App, open_app
from headwater.worker.run import run as work
from tests.crash.faults import Faults
from tests.crash.forgetful import FORGETFUL, ForgetfulVFS


def main() -> None:
    options = _options()
    set_up_logs("core")
    vfs = ForgetfulVFS(Faults(options.control), survives=options.survives, seed=options.seed)
    config = load(Overrides(data=str(options.data), port=options.port))
    app = open_app(config, owner=True, vfs=FORGETFUL)
    if options.break_fsync:
        break_fsync(app)
    try:
        asyncio.run(_both(app))
    finally:
        app.close()
        vfs.unregister()


def break_fsync(app: App) -> None:
    """The defect the proof must find: a writer that answers before the disk has it."""
    app.db._connection.execute("pragma synchronous = off")
    app.db._checkpointer.close()  # it would sync the log before a kill does its work


async def _both(app: App) -> None:
    working = asyncio.create_task(work(app))
    await serve(app)
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The server on a disk that forgets.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control", type=Path, help="directory of orders (tests/crash/faults.py)")
    parser.add_argument("--survives", type=float, default=0.0, help="share of unsynced writes")
    parser.add_argument("--seed", default="")
    parser.add_argument("--break-fsync", action="store_true", help="to see the proof fail")
    return parser.parse_args()


if __name__ == "__main__":
    main()
