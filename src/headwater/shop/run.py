"""The shop's process: one event loop, one port, until it is told to end."""

import asyncio
import contextlib
import signal

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from headwater.shop.front import Front
from headwater.shop.parts import Shop
from headwater.shop.settings import LOOPBACK, Settings

STOP_TIMEOUT_S = 5.0


def serve(settings: Settings) -> None:
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    shop = Shop.opened(settings)
    server = Server(
        Front(shop),
        address=LOOPBACK,
        port=settings.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    running = asyncio.create_task(server.serve())
    await asyncio.wait({running, asyncio.create_task(stop.wait())}, return_when="FIRST_COMPLETED")
    server.stop()  # type: ignore[no-untyped-call]
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(running, STOP_TIMEOUT_S)
    await asyncio.to_thread(shop.client.close)
    shop.store.close()
