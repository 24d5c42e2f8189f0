"""A seeded outside world that drives a server over HTTP and knows what has to come out."""

from __future__ import annotations

import asyncio

from headwater.simulate.client import Client
from headwater.simulate.compare import compare_books
from headwater.simulate.deliver import compare_messages
from headwater.simulate.drive import ask_again, play_half
from headwater.simulate.observe import observe
from headwater.simulate.options import Options, Progress, SimulatorError
from headwater.simulate.rates import post_late_rate
from headwater.simulate.receiver import Receiver
from headwater.simulate.report import Report, write_report
from headwater.simulate.settle import settle
from headwater.simulate.setup import change_terms, set_up, take_down
from headwater.simulate.stage import YearOptions
from headwater.simulate.totals import add_up
from headwater.simulate.trace import Trace
from headwater.simulate.world import build_world
from headwater.simulate.years import simulate_years

__all__ = [
    "Options",
    "Progress",
    "Report",
    "SimulatorError",
    "YearOptions",
    "simulate",
    "simulate_years",
]


async def simulate(options: Options, progress: Progress) -> Report:
    """Run one seed against a server and report; refuses a server that cannot be judged."""
    trace = Trace(options.trace_path)
    client, receiver = Client(options, trace), Receiver(options.receiver_host, trace)
    await receiver.start()
    try:
        return await _simulate(options, client, receiver, progress)
    finally:
        await client.close()
        await receiver.close()
        trace.close()


async def _simulate(
    options: Options, client: Client, receiver: Receiver, progress: Progress
) -> Report:
    world = build_world(options.seed)
    run = await set_up(options, world, client, receiver)
    await play_half(run, 0, "first half", progress)
    await change_terms(run)
    await play_half(run, 1, "second half", progress)
    await post_late_rate(run)
    totals = await asyncio.to_thread(add_up, world, options.visitors)
    await ask_again(run, totals.asked_again)
    await settle(run, receiver, totals, progress)
    held = await observe(run)
    compare_books(run, totals, held)
    await compare_messages(run, receiver, totals)
    report = write_report(run, totals, held, receiver)
    if not options.keep_webhooks:
        await take_down(run, receiver)
    return report
