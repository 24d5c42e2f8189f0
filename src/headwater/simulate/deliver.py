"""What the receivers hold, against what they are owed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.simulate.making import read
from headwater.simulate.moods import SUBSCRIPTIONS
from headwater.simulate.settle import expected_messages

if TYPE_CHECKING:
    from headwater.simulate.receiver import Endpoint, Receiver
    from headwater.simulate.run import Run
    from headwater.simulate.totals import Totals


async def compare_messages(run: Run, receiver: Receiver, totals: Totals) -> None:
    """Note every message that is missing, unexpected, doubled, unsigned or out of order."""
    messages = expected_messages(run, totals)
    for name, endpoint in receiver.endpoints.items():
        if name == "absent":
            await _nothing_delivered(run, endpoint)
            continue
        owed = {key for event in SUBSCRIPTIONS[name] for key in messages[event]}
        await _compare_set(run, endpoint, owed)
        _compare_quality(run, endpoint)
        _compare_order(run, endpoint, totals)


async def _compare_set(run: Run, endpoint: Endpoint, owed: set[str]) -> None:
    held = set(endpoint.accepted)
    missing, unexpected = sorted(owed - held), sorted(held - owed)
    why = await _what_failed(run, endpoint) if missing else ""
    for key in missing:
        run.differences.note(f"message to {endpoint.name}", key, None, f"never arrived; {why}")
    for key in unexpected:
        message_id, _ = endpoint.accepted[key]
        run.differences.note(f"message to {endpoint.name}", None, key, message_id)


async def _what_failed(run: Run, endpoint: Endpoint) -> str:
    """Say what the server itself thinks of its unfinished deliveries to an endpoint."""
    counts = []
    for state in ("waiting", "dead"):
        path = f"/deliveries?webhookId={endpoint.webhook_id}&state={state}&pageSize=100"
        rows = await read(run.client, path)
        errors = sorted({str(row["lastError"]) for row in rows})
        counts.append(f"{len(rows)} {state} {errors}")
    return "the server has (first page) " + ", ".join(counts)


def _compare_quality(run: Run, endpoint: Endpoint) -> None:
    note = run.differences.note
    for message_id in endpoint.unsigned:
        note(f"signature to {endpoint.name}", "right", "wrong", message_id)
    for problem in endpoint.unreadable:
        note(f"message to {endpoint.name}", "readable", "unreadable", problem)
    for key in endpoint.told_twice:
        note(f"message to {endpoint.name}", "one message", "two messages", key)


def _compare_order(run: Run, endpoint: Endpoint, totals: Totals) -> None:
    """Leads and sales of one customer have to be accepted in the order they became true."""
    for customer, sequence in totals.sequences.items():
        arrived = [key for key in sequence if key in endpoint.accepted]
        places = [endpoint.accepted[key][1] for key in arrived]
        if places != sorted(places):
            as_told = sorted(arrived, key=lambda key: endpoint.accepted[key][1])
            run.differences.note(f"order at {endpoint.name}", arrived, as_told, customer)


async def _nothing_delivered(run: Run, endpoint: Endpoint) -> None:
    path = f"/deliveries?webhookId={endpoint.webhook_id}&state=delivered&pageSize=10"
    for row in await read(run.client, path):
        detail = f"{row['id']}: nobody listens at that address"
        run.differences.note("delivery to absent", None, "delivered", detail)
