"""The core process: edge, API and the writer, on one event loop."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import Any

import structlog
from granian import net
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from headwater.http.app import build_api
from headwater.http.auth import Keys
from headwater.http.edge import Edge
from headwater.http.front import Front
from headwater.http.limits import Limits
from headwater.http.link_table import LinkTable
from headwater.http.place import Places
from headwater.http.visitor import Visitors
from headwater.kit import collector
from headwater.kit.clock import DAY_US
from headwater.kit.problems import StoreUnavailable
from headwater.runtime import App

log = structlog.get_logger(__name__)

REFRESH_EVERY_S = 1.0
# Longer than cli/parent.py waits: a request that is cut off is not answered, so it is sent again.
# Cancelled, it would be answered 500, which reads as a bug.
STOP_TIMEOUT_S = 9.0
BACKLOG = 128
LOOK_AGAIN_S = 0.02
ANSWER_TIMEOUT_S = 5.0


async def serve(
    app: App, *, listener: int | None = None, on_stop: Callable[[], None] = lambda: None
) -> None:
    """Until SIGTERM or SIGINT; what was accepted is answered first.

    `listener` is a listening socket, closed here; None: one is made from the settings. `on_stop` is
    called when the end begins.
    """
    places = Places(app.config)
    table = LinkTable(app)
    visitors = Visitors(app)
    edge = Edge(app, table, visitors, places)
    keys = Keys(app)
    api = build_api(app, edge, table, keys)
    front = Front(app, edge, table, api, Limits(app, keys.know))
    await table.refresh()
    with contextlib.suppress(StoreUnavailable):  # made when first needed, else redirects lack ids
        await visitors.prepare(app.clock.now_us() // DAY_US)
    server = _OnOurSocket(
        front,
        listener=listener,
        address=app.config.server.host,
        port=app.config.server.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app.db.play_on(loop)
    collector.spare()
    running = asyncio.create_task(server.serve())
    keeper = asyncio.create_task(_keep_fresh(app, table, visitors, places))
    herald = asyncio.create_task(_say_when_ready(app))
    await asyncio.wait({running, asyncio.create_task(stop.wait())}, return_when="FIRST_COMPLETED")
    on_stop()
    keeper.cancel()
    herald.cancel()
    server.stop()  # type: ignore[no-untyped-call]
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(running, STOP_TIMEOUT_S)


class _OnOurSocket(Server):
    """On a socket that was taken before: nobody else can have the port then. There is no public
    way to hand one over.
    """

    def __init__(self, front: Front, *, listener: int | None, **settings: Any) -> None:
        super().__init__(front, **settings)
        self._listener = listener

    def _init_shared_socket(self) -> None:
        if self._listener is None:
            super()._init_shared_socket()  # type: ignore[no-untyped-call]
            return
        holder: Any = net.SocketHolder  # type: ignore[attr-defined]
        self._shd = holder(self._listener, False, BACKLOG)


async def _say_when_ready(app: App) -> None:
    """Once an answer came over the wire: somebody may wait for this line to send visitors."""
    answered = await _answers(app)
    while not answered:
        await asyncio.sleep(LOOK_AGAIN_S)
        answered = await _answers(app)
    log.info("core_ready", url=app.config.public_url)


async def _answers(app: App) -> bool:
    host, port = app.config.server.host, app.config.server.port
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(
                    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
                return (await reader.readline()).startswith(b"HTTP/1.1 200")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


async def _keep_fresh(app: App, table: LinkTable, visitors: Visitors, places: Places) -> None:
    """See what others changed; have tomorrow's salt before midnight."""
    while True:
        await asyncio.sleep(REFRESH_EVERY_S)
        try:
            await table.refresh()
            await places.refresh()
            await visitors.prepare((app.clock.now_us() + DAY_US // 24) // DAY_US)
        except Exception as error:
            log.warning("refresh_failed", error=type(error).__name__)
