"""The visitors at work: plans turned into requests, in both halves of a run."""

from __future__ import annotations

import asyncio
import time
from itertools import count
from typing import TYPE_CHECKING, TypeVar

from headwater.simulate.answers import check_answer, click_given, shows_fact
from headwater.simulate.facts import Reply
from headwater.simulate.model import work_out
from headwater.simulate.personas import write_plan
from headwater.simulate.plans import Lead, Manner, Race, Refund, Sale, Visit
from headwater.simulate.wire import call_of, click_call, redirect_call

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from headwater.simulate.client import Answer, Call
    from headwater.simulate.facts import Asked
    from headwater.simulate.options import Progress
    from headwater.simulate.plans import Plan
    from headwater.simulate.run import Run


T = TypeVar("T")


async def play_half(run: Run, half: int, stage: str, progress: Progress) -> None:
    """Let every visitor take the steps of one half; each waits for nobody but themselves."""
    done = count(1)
    visitors = run.options.visitors

    async def play(index: int) -> None:
        plan = write_plan(run.world, index)
        replies = work_out(run.world, plan).replies[half]
        for step, reply in zip(plan.halves[half], replies, strict=True):
            if isinstance(step, Visit):
                await _visit(run, plan, step)
            elif isinstance(step, Race):
                await _race(run, plan, step)
            elif reply is not None:
                await _make_calls(run, plan, step, reply)
        progress(stage, next(done), visitors)

    await _side_by_side(range(visitors), play, run.options.concurrency)


async def ask_again(run: Run, asked: list[tuple[int, Asked]]) -> None:
    """Repeat the calls that had to wait until each is answered with its fact, or time is up.

    Sales go first because the answers to refunds name the ids that these answers give.
    """
    until = time.monotonic() + run.options.settle_s

    async def repeat(one: tuple[int, Asked]) -> None:
        index, question = one
        plan = write_plan(run.world, index)
        call = call_of(run, plan, question.step)
        answer = await run.client.ask(call)
        while not shows_fact(question.fact, answer) and time.monotonic() < until:
            await asyncio.sleep(0.25)
            answer = await run.client.ask(call)
        reply = Reply(status=200, fact=question.fact)
        check_answer(run, plan, f"late answer for {question.fact.truth}", reply, answer)

    for kinds in (Lead, Sale), (Refund,):
        chosen = [one for one in asked if isinstance(one[1].step, kinds)]
        await _side_by_side(chosen, repeat, run.options.concurrency)


async def _side_by_side(items: Iterable[T], do: Callable[[T], Awaitable[None]], n: int) -> None:
    queue = iter(items)

    async def work() -> None:
        for item in queue:
            await do(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(n):
            group.create_task(work())


async def _race(run: Run, plan: Plan, race: Race) -> None:
    """Send all at once; only that each is accepted can be said before the end."""
    calls = [call_of(run, plan, step) for step in race.steps]
    for answer in await asyncio.gather(*(run.client.ask(call) for call in calls)):
        detail = f"race of visitor {plan.index} (request {answer.request}): {answer.body}"
        run.differences.same("status", 200, answer.status, detail)


async def _make_calls(run: Run, plan: Plan, step: Lead | Sale | Refund, reply: Reply) -> None:
    call = call_of(run, plan, step)
    for answer in await _send(run, plan, call, step.manner):
        check_answer(run, plan, f"{type(step).__name__.lower()} {step.manner}", reply, answer)


async def _send(run: Run, plan: Plan, call: Call, manner: Manner) -> list[Answer]:
    """Send a call in its manner; whatever the manner, all answers have to be alike."""
    ask = run.client.ask
    match manner:
        case Manner.ONCE:
            return [await ask(call)]
        case Manner.RETRIED:
            return [await ask(call), await ask(call)]
        case Manner.DOUBLED:
            return await asyncio.gather(*(ask(call) for _ in range(2 + plan.index % 2)))
        case Manner.GIVEN_UP:
            early = await run.client.send(call, patience_s=(1 + plan.index % 8) / 1000)
            answered = [early] if early.status else []
            return [*answered, await ask(call)]


async def _visit(run: Run, plan: Plan, visit: Visit) -> None:
    """Make the requests of one visitor to one link, those that count least first."""
    ask, link = run.client.ask, visit.link
    for _ in range(visit.heads):
        await ask(redirect_call(run, plan, link, "HEAD", prefetch=False))
    for _ in range(visit.prefetches):
        await ask(redirect_call(run, plan, link, "GET", prefetch=True))
    plain = [redirect_call(run, plan, link, "GET", prefetch=False)] * visit.redirects
    plain += [click_call(run, plan, link)] * visit.clicks_by_api
    if plain:
        await run.client.away_from_the_hour()
        first = await ask(plain[0])
        rest = await asyncio.gather(*(ask(call) for call in plain[1:]))
        _keep_click(run, plan, link, [first, *rest])


def _keep_click(run: Run, plan: Plan, link: int, answers: list[Answer]) -> None:
    detail = f"{run.link_path(link)} for visitor {plan.index}, {plan.persona}"
    for answer in answers:
        status = 302 if answer.location or answer.status != 200 else 200
        run.differences.same("status", status, answer.status, detail)
    if plan.bot:
        return
    given = {click_given(run, answer) for answer in answers}
    if len(given) != 1 or None in given:
        run.differences.note("click id", "one", sorted(map(str, given)), detail)
    first = click_given(run, answers[0])
    if first:
        run.clicks[plan.index, link] = first
