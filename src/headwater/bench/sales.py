"""Sales of existing customers over HTTP, against eleven bare statements on the same disk."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from headwater.bench.api import Api, connected, each
from headwater.bench.disk import sync_time
from headwater.bench.model import Budget, Load, Options, Result, Row, Say
from headwater.bench.rounds import Bench, conclude, measure
from headwater.bench.server import DOMAIN, Server, headwater
from headwater.bench.tools import CannotMeasure, require, scratch
from headwater.bench.wrk import wrk

BUDGET = Budget(
    work="sale",
    peer="the bare loop, 11 statements in groups of 64",
    size_of="customers",
    connections=64,
    floor=0.2,
    aim=0.4,
    p99_ms_max=None,
)
PARTNERS = 10
BARE_LOOP = (sys.executable, "-m", "headwater.bench.frozen.bare_loop")


def sale(options: Options, say: Say) -> Result:
    """Measure sales at every size; `say` hears of each round."""
    require("wrk")
    return conclude(BUDGET, options, [_measure(size, options, say) for size in options.sizes])


def _measure(size: int, options: Options, say: Say) -> Row:
    with scratch(options.directory) as directory, headwater(directory) as server:
        asyncio.run(_prepare(server, size))
        bench = Bench(
            size=size,
            sync=sync_time(server.data),
            peer=lambda: _bare_loop(directory, options.seconds, size),
            ours=lambda number, seconds: _run(server, number, seconds, size),
            stored=lambda: asyncio.run(_sales(server)),
            memory_mb=server.memory_mb,
        )
        return measure(bench, BUDGET, options, say)


def _run(server: Server, number: int, seconds: int, customers: int) -> Load:
    return wrk(
        "load/sale.lua",
        server.url,
        seconds=seconds,
        connections=BUDGET.connections,
        arguments=(server.key, str(customers), f"round-{number}", str(number)),
    )


def _bare_loop(directory: Path, seconds: int, customers: int) -> float:
    """Sales a second of the bare loop, in a process and a database of its own on the same disk."""
    with scratch(directory) as own:
        command = (*BARE_LOOP, str(own / "bare.db"), str(seconds), str(customers))
        finished = subprocess.run(  # noqa: S603 - our own command line
            command, capture_output=True, text=True, check=False
        )
    if finished.returncode:
        raise CannotMeasure(f"The bare loop failed:\n{finished.stderr}")
    rate: float = msgspec.json.decode(finished.stdout)["sales_per_s"]
    return rate


async def _prepare(server: Server, size: int) -> None:
    async with connected(server) as api:
        keys = await partner_links(api)
        await api.post("/webhooks", _webhook())

        async def add(number: int) -> None:
            click_id = await api.visit(keys[number % PARTNERS], visitor=number)
            await api.post("/track/lead", _lead(number, click_id))

        await each(add, range(1, size + 1))
        await _see_that_a_sale_is_whole(api)


async def partner_links(api: Api) -> list[str]:
    """One program that pays a fifth, ten partners, a link for each."""
    program = await api.post("/programs", {"name": "Bench"})
    reward = {"event": "sale", "type": "percentage", "amountInPercentage": 20}
    await api.post(f"/programs/{program['id']}/rewards", reward)
    return [await _partner_link(api, program["id"], number) for number in range(PARTNERS)]


async def _partner_link(api: Api, program_id: str, number: int) -> str:
    person = {
        "name": f"Partner {number}",
        "email": f"partner-{number}@bench.test",
        "programId": program_id,
    }
    partner = await api.post("/partners", person)
    key = f"partner-{number}"
    link = {
        "url": "https://shop.bench.test/landing",
        "domain": DOMAIN,
        "key": key,
        "programId": program_id,
        "partnerId": partner["id"],
    }
    await api.post("/links", link)
    return key


def _webhook() -> dict[str, Any]:
    """A subscriber that is never reached, as only `core` runs; its delivery rows are written."""
    return {
        "name": "Bench",
        "url": "https://receiver.bench.test/hook",
        "triggers": ["sale.created", "commission.created"],
    }


def _lead(number: int, click_id: str) -> dict[str, Any]:
    return {
        "clickId": click_id,
        "eventName": "Sign up",
        "customerExternalId": f"customer-{number:06}",
        "customerName": f"Customer {number}",
        "customerEmail": f"customer-{number}@bench.test",
    }


async def _see_that_a_sale_is_whole(api: Api) -> None:
    """Refuse figures of sales that owe nothing or tell nobody, as those cost less."""
    body = {
        "customerExternalId": "customer-000001",
        "amount": 5000,
        "currency": "usd",
        "invoiceId": "proof",
    }
    answer = await api.post("/track/sale", body)
    receipt = await api.get(f"/receipts/{answer['sale']['receiptId']}")
    owed = (receipt["owed"] or {}).get("amount")
    pending = sum(balance["pending"] for balance in await api.get("/balances"))
    told = sorted(delivery["event"] for delivery in await api.get("/deliveries"))
    found = (owed, pending, told)
    if found != (1000, 1000, ["commission.created", "sale.created"]):
        raise CannotMeasure(
            "A sale of 5000 should owe 1000, leave a balance of 1000 and write two deliveries; "
            f"found {found}. Look at its receipt: {receipt['explanation']}"
        )


async def _sales(server: Server) -> int:
    async with connected(server) as api:
        return await api.total("sales")
