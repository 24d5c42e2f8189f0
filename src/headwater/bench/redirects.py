"""Redirects, each with its click durable before the answer, against nginx that stores nothing."""

import asyncio
import hashlib
from pathlib import Path

from headwater.bench.api import BULK, connected, each
from headwater.bench.disk import sync_time
from headwater.bench.frozen.agents import user_agents
from headwater.bench.model import Budget, Load, Options, Result, Row, Say
from headwater.bench.nginx import nginx
from headwater.bench.rounds import Bench, conclude, measure
from headwater.bench.server import DOMAIN, Server, headwater
from headwater.bench.tools import CannotMeasure, require, scratch
from headwater.bench.wrk import wrk

BUDGET = Budget(
    work="redirect",
    peer="nginx `return 302`, one worker",
    size_of="links",
    connections=32,
    floor=0.12,
    aim=0.30,
    p99_ms_max=5.0,
    memory_mb_max=600,
)
UNIQUE_SHARE_MIN = 0.9


def redirect(options: Options, say: Say) -> Result:
    """Measure redirects at every size; `say` hears of each round."""
    require("wrk", "nginx")
    return conclude(BUDGET, options, [_measure(size, options, say) for size in options.sizes])


def _measure(size: int, options: Options, say: Say) -> Row:
    with (
        scratch(options.directory) as directory,
        nginx(directory / "nginx") as ceiling,
        headwater(directory) as server,
    ):
        load = _load(directory, size)
        asyncio.run(_prepare(server, size))
        bench = Bench(
            size=size,
            sync=sync_time(server.data),
            peer=lambda: _run(ceiling, load, options.seconds, seed=1).per_s,
            ours=lambda number, seconds: _run(server.url, load, seconds, seed=1000 + number),
            stored=lambda: asyncio.run(_hits(server)),
            memory_mb=server.memory_mb,
        )
        row = measure(bench, BUDGET, options, say)
        asyncio.run(_see_that_visitors_varied(server))
        return row


def _load(directory: Path, size: int) -> tuple[str, str]:
    """The files `redirect.lua` reads: what is asked for, and by which browsers."""
    keys, agents = directory / "keys", directory / "agents"
    keys.write_text("".join(f"{_key(number)}\n" for number in range(size)))
    agents.write_text("".join(f"{agent}\n" for agent in user_agents()))
    return str(keys), str(agents)


def _key(number: int) -> str:
    """Keys as random as real ones, and the same in every run."""
    return hashlib.sha256(b"%d" % number).hexdigest()[:10]


def _run(url: str, load: tuple[str, str], seconds: int, *, seed: int) -> Load:
    return wrk(
        "frozen/redirect.lua",
        url,
        seconds=seconds,
        connections=BUDGET.connections,
        arguments=(*load, str(seed)),
    )


async def _prepare(server: Server, size: int) -> None:
    async with connected(server) as api:

        async def add(first: int) -> None:
            numbers = range(first, min(first + BULK, size))
            await api.post("/links/bulk", [_link(number) for number in numbers])

        await each(add, range(0, size, BULK))
        await api.visit(_key(0), visitor=1)


def _link(number: int) -> dict[str, str]:
    url = f"https://shop.bench.test/landing/{number}?utm_source=partner"
    return {"url": url, "domain": DOMAIN, "key": _key(number)}


async def _hits(server: Server) -> int:
    async with connected(server) as api:
        return await api.total("hits")


async def _see_that_visitors_varied(server: Server) -> None:
    """Refuse figures of a run in which the server took different visitors for one."""
    async with connected(server) as api:
        hits, clicks = await api.total("hits"), await api.total("clicks")
    if clicks < hits * UNIQUE_SHARE_MIN:
        raise CannotMeasure(
            f"Only {clicks:,} of {hits:,} hits are counted clicks, though every one came from a "
            "new address. See that the server believes X-Forwarded-For from 127.0.0.1."
        )
