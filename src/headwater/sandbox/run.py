"""The stand-ins by themselves: one port on loopback, until told to end."""

import asyncio
import signal
from collections.abc import Callable

from aiohttp import web

from headwater.sandbox.server import Standin

LOOPBACK = "127.0.0.1"


def serve(standin: Standin, port: int, ready: Callable[[int], None]) -> None:
    """`ready` hears the port: the one asked for, or the one found where that is 0."""
    asyncio.run(_serve(standin, port, ready))


async def _serve(standin: Standin, port: int, ready: Callable[[int], None]) -> None:
    runner = web.AppRunner(standin.app(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, LOOPBACK, port)
    await site.start()
    ready(runner.addresses[0][1])
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    standin.closing.set()
    await runner.cleanup()
