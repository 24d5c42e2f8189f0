"""Lives of paying customers in a sandbox of one's own server, beside a stand-in of a network."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headwater.cli.private_server import PrivateServer
    from headwater.simulate import YearOptions

WORKSPACE = "years"
DOMAIN = "go.years.test"
GOODBYE_S = 0.2


@contextmanager
def living(
    server: "PrivateServer", seed: int, lives: int, folder: Path, trace: Path | None = None
) -> "Iterator[Future[dict[str, Any]]]":
    """They live while something else is done, and end with it; what came of them is the future's.
    RuntimeError where they cannot begin.
    """
    from headwater.cli.private_standin import PrivateStandin
    from headwater.simulate import YearOptions

    standin = PrivateStandin(folder / "network.log")
    try:
        standin.start()
        made = server.make(WORKSPACE, DOMAIN, sandbox=True)
        options = YearOptions(
            url=server.url,
            secret=made["secret_key"],
            published=made["publishable_key"],
            domain=DOMAIN,
            network=standin.address(),
            seed=seed,
            lives=lives,
            trace_path=trace,
        )
        with _beside(options) as coming:
            yield coming
    finally:
        standin.stop()


@contextmanager
def _beside(options: "YearOptions") -> "Iterator[Future[dict[str, Any]]]":
    from headwater.simulate import simulate_years

    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    coming = asyncio.run_coroutine_threadsafe(simulate_years(options), loop)
    try:
        yield coming
    finally:
        if coming.cancel():  # broken off: it has a moment to close its connections
            asyncio.run_coroutine_threadsafe(asyncio.sleep(GOODBYE_S), loop).result(1)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(1)
