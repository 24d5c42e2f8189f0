"""The stand-ins by themselves: one port on loopback, until told to end."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

from aiohttp import web

from headwater.sandbox.board import LEAVE
from headwater.sandbox.server import Standin

LOOPBACK = "127.0.0.1"


def serve(standin: Standin, port: int, ready: Callable[[int], None]) -> None:
    """`ready` hears the port: the one asked for, or the one found where that is 0."""
    asyncio.run(_serve(standin, port, ready))


async def _serve(standin: Standin, port: int, ready: Callable[[int], None]) -> None:
    app, loop = standin.app(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app[LEAVE].put_nowait, None)
    await listen(app, port, ready)


async def listen(app: web.Application, port: int, ready: Callable[[int], None]) -> None:
    """Until it is told to leave for good. Told to leave for a while, it refuses connections (N-17)
    and closes those it has.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = await _open(runner, port)
        port = runner.addresses[0][1]
        ready(port)
        while (seconds := await app[LEAVE].get()) is not None:
            await site.stop()
            _hang_up(runner)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    if await app[LEAVE].get() is None:
                        return
            site = await _open(runner, port)
    finally:
        await runner.cleanup()


def _hang_up(runner: web.AppRunner) -> None:
    """What was written still goes out."""
    assert runner.server is not None
    for each in runner.server.connections:
        if each.transport is not None:
            each.transport.close()


async def _open(runner: web.AppRunner, port: int) -> web.TCPSite:
    site = web.TCPSite(runner, LOOPBACK, port)
    await site.start()
    return site
