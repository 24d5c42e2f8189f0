"""Deliveries of one worker to a local receiver, against a bare loop of the same HTTP client."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from headwater.bench.api import connected, each
from headwater.bench.disk import sync_time
from headwater.bench.model import Budget, Load, Options, Result, Row, Say
from headwater.bench.receiver import receiver
from headwater.bench.rounds import Bench, conclude, measure
from headwater.bench.server import DOMAIN, HEADWATER, SLUG, Server, headwater, peak_mb
from headwater.bench.tools import CannotMeasure, environment, free_port, scratch, stop

BUDGET = Budget(
    work="deliveries",
    peer="a bare loop that posts the same body with the same HTTP client",
    size_of="waiting",
    connections=64,
    floor=None,
    aim=None,
    p99_ms_max=None,
)
WEBHOOKS = 4  # of one receiver: together they may have as many attempts under way as a worker has
WARM_UP = 200
PATIENCE_S = 300
PRIVATE = {"HEADWATER_EGRESS_ALLOW_PRIVATE": "true"}
BARE_POST = (sys.executable, "-m", "headwater.bench.frozen.bare_post")


def deliveries(options: Options, say: Say) -> Result:
    """Measure so many waiting deliveries at every size; `say` hears of each round."""
    if options.database and len(options.sizes) > 1:
        raise CannotMeasure("With --database name one size, such as --sizes 10000.")
    rows = [_measure(size, options, say) for size in options.sizes]
    return conclude(BUDGET, options, rows)


@dataclass(slots=True, kw_only=True)
class Post:
    """One server and its receiver: what was planned there so far, and what was sent last."""

    server: Server
    directory: Path
    port: int
    planned: int = 0
    body: bytes = b"{}"
    memory_mb: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


def _measure(size: int, options: Options, say: Say) -> Row:
    size = max(WEBHOOKS, size - size % WEBHOOKS)
    with (
        scratch(options.directory) as directory,
        headwater(directory, database=options.database, **PRIVATE) as server,
    ):
        post = Post(server=server, directory=directory, port=free_port())
        asyncio.run(_subscribe(post))
        bench = Bench(
            size=size,
            sync=sync_time(directory),
            peer=lambda: asyncio.run(_bare(post, size)),
            ours=lambda number, _: asyncio.run(_deliver(post, size if number else WARM_UP)),
            stored=lambda: post.planned - _left(server),
            memory_mb=lambda: post.memory_mb,
        )
        return measure(bench, BUDGET, options, say)


async def _subscribe(post: Post) -> None:
    async with connected(post.server) as api:
        for number in range(WEBHOOKS):
            hook = {"name": f"Bench {number}", "url": post.url, "triggers": ["link.created"]}
            await api.post("/webhooks", hook)


async def _deliver(post: Post, count: int) -> Load:
    """Plan so many, then start a worker and wait until all of them came; timed from the first."""
    async with connected(post.server) as api:
        link = {"url": "https://shop.bench.test/landing", "domain": DOMAIN}
        await each(lambda _: api.post("/links", link), range(count // WEBHOOKS))
    post.planned += count
    async with receiver(post.port, count) as got:
        with _worker(post):
            try:
                await asyncio.wait_for(got.done.wait(), PATIENCE_S)
            except TimeoutError as error:
                message = f"Only {got.count} of {count} deliveries came in {PATIENCE_S} s."
                raise CannotMeasure(message) from error
    post.body = got.body
    return Load(
        requests=got.count,
        duration_us=round((got.last - got.first) * 1_000_000),
        failed_status=0,
        failed_socket=0,
        p50_us=0,
        p75_us=0,
        p90_us=0,
        p99_us=0,
        max_us=0,
    )


@contextmanager
def _worker(post: Post) -> Iterator[None]:
    command = (*HEADWATER, "worker", *post.server.store)
    with (post.directory / "worker.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            command, stdout=log, stderr=log, env=environment(**PRIVATE)
        )
        try:
            yield
            post.memory_mb = max(post.memory_mb, peak_mb(process.pid))
        finally:
            stop(process)


async def _bare(post: Post, count: int) -> float:
    """Posts a second of the bare loop, to the same receiver."""
    body = post.directory / "body.json"
    body.write_bytes(post.body)
    async with receiver(post.port, count):
        arguments = (post.url, str(count), str(BUDGET.connections), str(body))
        process = await asyncio.create_subprocess_exec(
            *BARE_POST, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        said, trouble = await process.communicate()
    if process.returncode:
        raise CannotMeasure(f"The bare loop failed:\n{trouble.decode(errors='replace')}")
    rate: float = msgspec.json.decode(said)["posts_per_s"]
    return rate


def _left(server: Server) -> int:
    """Deliveries that still wait or were given up."""
    command = (*HEADWATER, "destinations", "list", "--workspace", SLUG, "--json", *server.store)
    finished = subprocess.run(  # noqa: S603 - our own command line
        command, capture_output=True, text=True, check=False, env=environment()
    )
    if finished.returncode:
        raise CannotMeasure(f"The deliveries could not be counted:\n{finished.stderr}")
    return sum(each["waiting"] + each["dead"] for each in msgspec.json.decode(finished.stdout))
