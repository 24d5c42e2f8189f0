"""Waiting, within bounds, until the receivers have what they are owed."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from headwater.simulate.making import read
from headwater.simulate.messages import commission_key
from headwater.simulate.moods import SUBSCRIPTIONS

if TYPE_CHECKING:
    from headwater.simulate.options import Progress
    from headwater.simulate.receiver import Receiver
    from headwater.simulate.run import Run
    from headwater.simulate.totals import Totals

_POLL_S = 0.2


def expected_messages(run: Run, totals: Totals) -> dict[str, list[str]]:
    """List, per event, what has to be told, in the words of the truth."""
    facts = totals.facts.values()
    partners = run.world.partners
    return {
        "lead.created": [f.truth for f in facts if f.kind == "lead"],
        "sale.created": [f.truth for f in facts if f.kind == "sale"],
        "link.clicked": [f"click|{click_id}" for click_id in run.clicks.values()],
        "commission.created": [
            commission_key(
                f.customer,
                run.ids.get(f.truth, f.truth),
                partners[f.winner].name,
                f.owed,
            )
            for f in facts
            if f.kind != "refund" and f.winner is not None and f.owed is not None
        ],
    }


async def settle(run: Run, receiver: Receiver, totals: Totals, progress: Progress) -> None:
    """Wait until everything owed has arrived and nothing is on its way, or time is up."""
    messages = expected_messages(run, totals)
    present = [name for name in SUBSCRIPTIONS if name != "absent"]
    owed = {name: sum(len(messages[event]) for event in SUBSCRIPTIONS[name]) for name in present}
    until = time.monotonic() + run.options.settle_s
    while time.monotonic() < until:
        arrived = sum(min(len(receiver.endpoints[n].accepted), owed[n]) for n in present)
        progress("messages", arrived, sum(owed.values()))
        if arrived == sum(owed.values()) and not await _any_waiting(run, receiver, present):
            return
        await asyncio.sleep(_POLL_S)


async def _any_waiting(run: Run, receiver: Receiver, names: list[str]) -> bool:
    for name in names:
        webhook_id = receiver.endpoints[name].webhook_id
        path = f"/deliveries?state=waiting&webhookId={webhook_id}&pageSize=1"
        if await read(run.client, path):
            return True
    return False
