"""Four calls of the API beside many links, against a bare handler in the same server program."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from headwater.bench.api import BULK, Api, connected, each
from headwater.bench.disk import sync_time
from headwater.bench.model import Budget, Load, Options, Result, Row, Say, Sync
from headwater.bench.rounds import Bench, conclude, measure
from headwater.bench.sales import PARTNERS, partner_links
from headwater.bench.server import Server, headwater
from headwater.bench.tools import environment, free_port, require, running, scratch
from headwater.bench.wrk import wrk

CLICKS = 1_000
BARE = (sys.executable, "-m", "headwater.bench.frozen.bare_api")
WORKS = {
    "lead": "lead of a new customer",
    "sale": "sale of a new customer",
    "link": "new link",
    "list": "list of 100 links",
}


def _budget(call: str) -> Budget:
    return Budget(
        work=WORKS[call],
        peer="a handler that reads, parses and answers",
        size_of="links",
        connections=32,
        floor=None,
        aim=None,
        p99_ms_max=20.0,
        slope_max=0.1,
    )


def api(options: Options, say: Say) -> list[Result]:
    """Measure every call at every size; `say` hears of each round."""
    require("wrk")
    by_size = [_measure(size, options, say) for size in options.sizes]
    return [conclude(_budget(call), options, [rows[call] for rows in by_size]) for call in WORKS]


def _measure(size: int, options: Options, say: Say) -> dict[str, Row]:
    with (
        scratch(options.directory) as directory,
        _bare(directory) as peer,
        headwater(directory) as server,
    ):
        clicks = directory / "clicks"
        clicks.write_text(
            "".join(f"{click}\n" for click in asyncio.run(_prepare(server, size, say)))
        )
        sync = sync_time(server.data)
        return {
            call: _call(call, size, options, say, _Place(server, peer, clicks, sync))
            for call in WORKS
        }


class _Place:
    def __init__(self, server: Server, peer: str, clicks: Path, sync: Sync) -> None:
        self.server = server
        self.peer = peer
        self.clicks = clicks
        self.sync = sync

    def run(self, call: str, url: str, number: int, seconds: int) -> Load:
        return wrk(
            "load/call.lua",
            url,
            seconds=seconds,
            connections=32,
            arguments=(call, self.server.key, f"{call}-{number}", str(number), str(self.clicks)),
        )


def _call(call: str, size: int, options: Options, say: Say, place: _Place) -> Row:
    bench = Bench(
        size=size,
        sync=place.sync,
        peer=lambda: place.run(call, place.peer, 0, options.seconds).per_s,
        ours=lambda number, seconds: place.run(call, place.server.url, number, seconds),
        stored=None if call == "list" else lambda: asyncio.run(_stored(place.server, call)),
        memory_mb=place.server.memory_mb,
    )
    return measure(bench, _budget(call), options, say)


async def _stored(server: Server, call: str) -> int:
    """Leads and sales are counted on the links of the partners, which are the only ones clicked."""
    async with connected(server) as api:
        if call == "link":
            return int(await api.get("/links/count"))
        counter = {"lead": "leads", "sale": "sales"}[call]
        return sum([int((await api.info(f"partner-{n}"))[counter]) for n in range(PARTNERS)])


async def _prepare(server: Server, size: int, say: Say) -> list[str]:
    """`size` links besides those of the partners, and click ids to convert."""
    async with connected(server) as api:
        keys = await partner_links(api)
        await _fill(api, size, say)
        clicks: list[str] = []

        async def visit(number: int) -> None:
            clicks.append(await api.visit(keys[number % PARTNERS], visitor=number))

        await each(visit, range(CLICKS))
        return clicks


async def _fill(api: Api, size: int, say: Say) -> None:
    async def add(first: int) -> None:
        await api.post("/links/bulk", [_link(n) for n in range(first, min(first + BULK, size))])
        if first % 100_000 == 0 and first:
            say(f"{first:,} of {size:,} links")

    await each(add, range(0, size, BULK))


def _link(number: int) -> dict[str, Any]:
    return {"url": f"https://shop.bench.test/landing/{number}", "externalId": f"link-{number}"}


@contextmanager
def _bare(directory: Path) -> Iterator[str]:
    port = free_port()
    command = (*BARE, str(port))
    with running(command, port=port, log=directory / "bare.log", env=environment()):
        yield f"http://127.0.0.1:{port}"
