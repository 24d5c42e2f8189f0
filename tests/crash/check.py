"""Everything that was answered is there, once, and what was not answered can be sent again."""

import asyncio
import json
import random
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from tests.crash.load import LINKS, VISITORS_AT_ONCE, Teller, teller
from tests.crash.memory import Call, Click, Memory
from tests.support import Client, Store, run

T = TypeVar("T")
OLDER_AT_ONCE = 100  # of what earlier checks have seen, asked again each time


async def lost(memory: Memory, url: str, key: str, *, everything: bool = False) -> list[str]:
    """What is not as it was answered; empty when the promise was kept."""
    clicks, calls = _to_check(memory, everything=everything)
    async with teller(url, key) as tell:
        found = await _each(calls, lambda call: _same_answer(tell, call))
        found += await _each(_unanswered_calls(memory), lambda call: _retried(tell, call))
        found += await _each(_unanswered_clicks(memory), lambda click: _clicked(tell, click))
        found += await _each(clicks, lambda click: _found(tell, memory, click))
    found += await asyncio.to_thread(_counted, memory, Client(url, key))
    memory.checked()
    return found


def unbalanced(store: Store, scratch: Path) -> list[str]:
    """What `headwater verify` says of a copy, so that recovery is left to the next start."""
    if store.url:
        done = run("verify", *store.arguments, "--json")
    else:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(store.data, scratch, ignore=shutil.ignore_patterns("*-shm"))
        done = run("verify", "--data", str(scratch), "--json")
    if done.returncode == 0:
        return []
    if not done.stdout:
        return [done.stderr]
    return [json.dumps(each) for each in json.loads(done.stdout)["differences"]]


def _to_check(memory: Memory, *, everything: bool) -> tuple[list[Click], list[Call]]:
    """What was answered: all since the last check, and some of what came before."""
    new_clicks, new_calls = (0, 0) if everything else (memory.fresh_clicks, memory.fresh_calls)
    clicks = memory.clicks[new_clicks:] + _some(memory.clicks[:new_clicks])
    calls = memory.calls[new_calls:] + _some(memory.calls[:new_calls])
    return [c for c in clicks if c.click_ids], [c for c in calls if c.answer is not None]


def _some(older: list[T]) -> list[T]:
    return random.Random(len(older)).sample(older, min(OLDER_AT_ONCE, len(older)))


def _unanswered_calls(memory: Memory) -> list[Call]:
    return [call for call in memory.calls if call.answer is None]


def _unanswered_clicks(memory: Memory) -> list[Click]:
    return [click for click in memory.clicks if not click.click_ids]


async def _each(things: Sequence[T], ask: Callable[[T], Awaitable[list[str]]]) -> list[str]:
    room = asyncio.Semaphore(VISITORS_AT_ONCE)

    async def one(thing: T) -> list[str]:
        async with room:
            return await ask(thing)

    return [line for found in await asyncio.gather(*map(one, things)) for line in found]


async def _same_answer(tell: Teller, call: Call) -> list[str]:
    status, body = await tell.call(call)
    if (status, body) == (200, call.answer):
        return []
    return [f"lost: {call.path} {call.body} was answered {call.answer}, now {status} {body}"]


async def _retried(tell: Teller, call: Call) -> list[str]:
    """Not answered before: sent until it is, and then the same again."""
    status, body = await tell.call(call)
    if status != 200:
        return [f"not retryable: {call.path} {call.body}: {status} {body}"]
    return await _same_answer(tell, call)


async def _clicked(tell: Teller, click: Click) -> list[str]:
    return [] if await tell.click(click) else [f"no id for {click.agent} on {click.link}"]


async def _found(tell: Teller, memory: Memory, click: Click) -> list[str]:
    """A click is there if a lead can be hung on it; each lead is one more fact to remember."""
    found: list[str] = []
    for click_id, proof in click.proofs.items():
        hung = proof.answer is not None
        status, answer = await tell.call(proof)
        if (status, answer) != (200, proof.answer):
            found.append(f"lost: click {click_id}: {status} {answer}")
        elif not hung:
            memory.calls.append(proof)
    return found


def _counted(memory: Memory, client: Client) -> list[str]:
    """Counters and balance are those of the distinct facts."""
    found: list[str] = []
    for key in LINKS:
        link = client.get(f"/links/info?domain=go.acme.test&key={key}")
        expected = memory.expected(key)
        if memory.hours() > 1:
            del expected["clicks"]
        counters = {name: link[name] for name in expected}
        if counters != expected:
            found.append(f"counters of {key}: expected {expected}, found {counters}")
        least, most = memory.hits(key)
        if not least <= link["hits"] <= most:
            found.append(f"hits of {key}: {link['hits']}, expected {least} to {most}")
    pending = sum(balance["pending"] for balance in client.get("/balances"))
    if pending != memory.owed():
        found.append(f"owed: expected {memory.owed()}, found {pending}")
    return found
