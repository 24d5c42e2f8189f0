"""Lives of paying customers, played in a sandbox: a year of them in seconds, and what a network was
told meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Any

from headwater.simulate import stripe
from headwater.simulate.client import Call, Client
from headwater.simulate.lives import (
    HELD_IN,
    MONTH_DAYS,
    MONTHS,
    REVERSING,
    Life,
    earned,
    lives_of,
)
from headwater.simulate.making import make, read
from headwater.simulate.observe import pages
from headwater.simulate.options import Options, SimulatorError
from headwater.simulate.stage import SECRET, YearOptions, Years, set_stage
from headwater.simulate.told import KINDS, TRACKERS, Held, compare_years, story_of, taken
from headwater.simulate.trace import Trace

DAY_S = 86_400
MINUTE_S = 60
LOST_S = 2.0
EDGE_S = 30.0
HOUR_S = 3600
GAP_S = 300
_POLL_S = 0.1


async def simulate_years(options: YearOptions) -> dict[str, Any]:
    """Play the lives of a seed and report; refuses a workspace whose clock is real."""
    trace = Trace(options.trace_path)
    client = Client(_toward(options, options.url), trace)
    network = Client(_toward(options, options.network), Trace(None))  # it is asked often
    run = Years(options, client, network, lives_of(options.seed, options.lives))
    run.patience_s = options.settle_s
    try:
        await set_stage(run)
        await _wait_for_edge(run)
        await _arrive(run)
        for month in range(1, MONTHS + 1):
            await _live_on(run, month)
        await _wait_for_network(run)
        return await _report(run, trace)
    finally:
        await client.close()
        await network.close()
        trace.close()


def _toward(options: YearOptions, url: str) -> Options:
    return Options(
        url=url,
        secret=options.secret,
        seed=options.seed,
        visitors=options.lives,
        domain=options.domain,
    )


async def _wait_for_edge(run: Years) -> None:
    """A domain made beside a running server is served there after some seconds; a move of the clock
    brings it about at once, where one process serves all.
    """
    await _advance(run, 1)
    visit = Call(method="HEAD", path="/years", host=run.options.domain)
    until = time.monotonic() + EDGE_S
    while not (await run.client.ask(visit)).location:
        if time.monotonic() > until:
            raise SimulatorError(f"{run.options.domain} is not served; nothing can be judged.")
        await asyncio.sleep(_POLL_S)


async def _arrive(run: Years) -> None:
    """Month 0: a click, a sign-up, and a trial or the first payment. Nothing that hangs on a
    sign-up is told before the gap has passed.
    """
    for life in run.lives:
        await _sign_up(run, life)
    run.due = sum(life.brought_by_network + life.lands for life in run.lives)
    await _wait_for_network(run)
    await _advance(run, MINUTE_S)  # Stripe's times are whole seconds: none may lie before a click
    await _month(run, 0)
    await asyncio.sleep(_POLL_S)
    requests = await read(run.network, "/sandbox/requests")
    for each in taken(requests):
        if each["ActionTrackerId"] not in (TRACKERS["visit"], TRACKERS["signup"]):
            kind, who = KINDS[each["ActionTrackerId"]], each["CustomerId"]
            run.differences.note("gap", None, kind, f"{who}: told before the gap had passed")
    await _advance(run, GAP_S)


async def _land(run: Years, life: Life) -> None:
    """A page reports how they came; of some again, when they come back."""
    touch = {"type": "touch", "ids": {"im_ref": life.network_click}}
    for number in range(1 + life.twice):
        call = Call(
            method="POST",
            path="/t",
            body={
                "key": run.options.published,
                "visitor": f"visitor-of-{life.name}-{'0' * 8}",
                "events": [touch | {"id": f"{life.name}-{number}"}],
            },
            headers={"User-Agent": life.name},
            public=True,
        )
        answer = await run.client.ask(call)
        run.differences.same("landing", 200, answer.status, f"{life.name}: {answer.body}")


async def _sign_up(run: Years, life: Life) -> None:
    if life.lands:
        await _land(run, life)
    ask = run.client.ask
    visit = Call(
        method="GET", path="/years", host=run.options.domain, headers={"User-Agent": life.name}
    )
    location = (await ask(visit)).location or ""
    click_id = location.partition("hw_id=")[2]
    lead = {"clickId": click_id, "eventName": "Sign up", "customerExternalId": life.name}
    await make(run.client, "/track/lead", lead)
    if life.brought_by_network:
        given = {"provider": "impact", "identifier": life.network_click}
        await make(run.client, f"/customers/ext_{life.name}/attributions", given)


async def _live_on(run: Years, month: int) -> None:
    await _advance(run, MONTH_DAYS * DAY_S - (GAP_S if month == 1 else 0))
    await _month(run, month)
    if month == HELD_IN:
        await _count_held(run)
    if month in REVERSING:
        await _take_back(run, month)


async def _count_held(run: Years) -> None:
    """What the sales of the last weeks earned is held, and what earlier ones did is due."""
    so_far = sum(earned(life, range(HELD_IN + 1)) for life in run.lives)
    held = sum(earned(life, (HELD_IN - 1, HELD_IN)) for life in run.lives)
    until = time.monotonic() + run.patience_s
    pending = await _balance(run, "pending")
    while pending != so_far and time.monotonic() < until:
        await asyncio.sleep(_POLL_S)
        pending = await _balance(run, "pending")
    run.differences.same("earned so far", so_far, pending, f"in month {HELD_IN}")
    run.held = await _balance(run, "held")
    run.differences.same("held", held, run.held, f"in month {HELD_IN}")
    due = await _balance(run, "due")
    run.differences.same("due", so_far - held, due, f"in month {HELD_IN}")


async def _balance(run: Years, of: str) -> int:
    return sum(row[of] for row in await read(run.client, f"/balances?programId={run.program}"))


async def _month(run: Years, month: int) -> None:
    """Send what Stripe sends of a month: of some customers all of it twice."""
    at = await _now(run)
    run.moments.append(at)
    sent = [(life, _of_month(run, life, month, at)) for life in run.lives]
    await asyncio.gather(*(_send(run, life, events) for life, events in sent))
    run.due += sum(
        (month in life.paid) + (life.trial and month < 2)
        for life in run.lives
        if life.brought_by_network
    )


def _of_month(run: Years, life: Life, month: int, at: int) -> list[stripe.Json]:
    began, events = run.moments[0], []
    if month == 0:
        events.append(stripe.subscribed(life, "trialing" if life.trial else "active", began, at))
    if month == 1 and life.trial:
        status = "active" if life.paid else "canceled"
        events.append(stripe.subscribed(life, status, began, at))
    return events + (stripe.paid(life, month, at) if month in life.paid else [])


async def _take_back(run: Years, month: int) -> None:
    """A day later, when the network has worked through the sales; not so late that they locked."""
    await _wait_for_network(run)
    await _advance(run, DAY_S)
    at = await _now(run)
    for life in run.lives:
        why = life.taken_back.get(month)
        if why is not None:
            await _send(run, life, [stripe.taken_back(life, month, why, at)])
            run.back += life.brought_by_network
    await _wait_for_network(run)


async def _send(run: Years, life: Life, events: list[stripe.Json]) -> None:
    for each in events * (2 if life.twice else 1):
        call = Call(
            method="POST",
            path=f"/billing/stripe/{run.endpoint}",
            body=each,
            headers={"Stripe-Signature": stripe.signature(SECRET, each)},
            public=True,
        )
        answer = await run.client.ask(call)
        run.differences.same("status", 200, answer.status, f"{each['id']}: {answer.body}")
    if life.twice:
        await _report_too(run, life, events)


async def _report_too(run: Years, life: Life, events: list[stripe.Json]) -> None:
    """The shop's own backend says what Stripe said: the same facts by another path."""
    for each in events:
        own = each["data"]["object"]
        if each["type"] == "invoice.paid":
            body = {"amount": life.price, "currency": "usd", "invoiceId": own["id"]}
            path = "/track/sale"
        elif own.get("status") == "trialing":
            body = {"type": "trial_start", "entity": own["id"]}
            path = "/track/milestone"
        else:
            continue
        when = datetime.fromtimestamp(each["created"]).astimezone().isoformat()
        said = {"customerExternalId": life.name, "occurredAt": when}
        await make(run.client, path, body | said)


async def _now(run: Years) -> int:
    told = (await read(run.client, "/sandbox/clock"))["now"]
    return int(datetime.fromisoformat(told).timestamp())


async def _advance(run: Years, seconds: int) -> None:
    """The network's clock first: what goes out between the two is not early there."""
    await make(run.network, "/sandbox/clock", {"seconds": seconds})
    await make(run.client, "/sandbox/clock/advance", {"seconds": seconds})


async def _wait_for_network(run: Years) -> None:
    """Until it heard what it is owed by now. What is lost is waited for once: after that only for
    what is still coming, and the comparison says what is not there.
    """
    until = time.monotonic() + run.patience_s
    while time.monotonic() < until:
        requests = await read(run.network, "/sandbox/requests")
        told = {
            (e.get("CustomerId", e.get("ClickId")), e["ActionTrackerId"], e["OrderId"])
            for e in taken(requests)
        }
        back = {each["OrderId"] for each in taken(requests, "DELETE")}
        if len(told) >= run.due and len(back) >= run.back:
            return
        await asyncio.sleep(_POLL_S)
    run.patience_s = min(run.patience_s, LOST_S)


async def _report(run: Years, trace: Trace) -> dict[str, Any]:
    await _advance(run, HOUR_S)
    await asyncio.sleep(_POLL_S)
    held = Held(
        requests=await read(run.network, "/sandbox/requests"),
        actions=await read(run.network, "/sandbox/actions"),
        attempts=await _attempts(run),
        earned=await _balance(run, "pending"),
        due=await _balance(run, "due"),
    )
    trace.write("network", requests=held.requests, actions=held.actions)
    expected, recorded = compare_years(run.lives, run.moments, held, run.differences)
    expected["held in between"] = sum(earned(each, (HELD_IN - 1, HELD_IN)) for each in run.lives)
    recorded["held in between"] = run.held
    return {
        "seed": run.options.seed,
        "visitors": len(run.lives),
        "expected": expected,
        "recorded": recorded,
        "differences": run.differences.to_json(),
        "story": story_of(run.lives[0], run.moments, held),
    }


async def _attempts(run: Years) -> dict[str, int]:
    """How often each report was sent, by the server's word; what waits or was given up is noted."""
    found: dict[str, int] = {}
    async for row in pages(run.client, f"/deliveries?destinationId={run.destination}"):
        if row["state"] == "delivered":
            found[row["id"]] = row["attempts"]
        elif row["state"] != "skipped":
            detail = f"{row['id']} {row['event']}: {row['lastError']}"
            run.differences.note("report", "delivered", row["state"], detail)
    return found
