"""Everything that has to exist before the first visitor comes, made through the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headwater.simulate.client import Call
from headwater.simulate.making import make
from headwater.simulate.moods import BATCHED, SUBSCRIPTIONS
from headwater.simulate.rates import set_rates
from headwater.simulate.run import Run, prefix_of

if TYPE_CHECKING:
    from headwater.simulate.client import Client
    from headwater.simulate.options import Options
    from headwater.simulate.receiver import Receiver
    from headwater.simulate.world import Link, Program, Reward, World


async def set_up(options: Options, world: World, client: Client, receiver: Receiver) -> Run:
    """Make programs, partners, links, rates and webhooks; refuses a workspace it cannot judge."""
    programs = [await _make_program(client, program) for program in world.programs]
    run = Run(
        options=options,
        world=world,
        client=client,
        prefix=prefix_of(programs[0]),
        programs=programs,
    )
    await set_rates(run)
    for number in range(len(world.partners)):
        run.partners.append(await _make_partner(run, number))
    for link in world.links:
        run.links.append(await _make_link(run, link))
    receiver.names = run.names()
    for name in SUBSCRIPTIONS:
        await _register(run, receiver, name)
    return run


async def change_terms(run: Run) -> None:
    """Turn to the second half: one partner leaves and new rewards are posted."""
    leaver = run.world.leaver
    body = {
        "partnerId": run.partners[leaver],
        "programId": run.programs[run.world.partners[leaver].program],
    }
    await make(run.client, "/partners/deactivate", body)
    for program_id, program in zip(run.programs, run.world.programs, strict=True):
        if program.sale_later != program.sale:
            await _make_reward(run.client, program_id, program.sale_later)


async def take_down(run: Run, receiver: Receiver) -> None:
    """Remove the webhooks, so that later facts of the workspace are not sent to nobody."""
    for endpoint in receiver.endpoints.values():
        await run.client.ask(Call(method="DELETE", path=f"/webhooks/{endpoint.webhook_id}"))


async def _make_program(client: Client, program: Program) -> str:
    body = {
        "name": f"Simulated, {program.name}",
        "attributionModel": program.model,
        "selfReferral": program.self_referral,
    }
    made: str = (await make(client, "/programs", body))["id"]
    await _make_reward(client, made, program.lead)
    await _make_reward(client, made, program.sale)
    return made


async def _make_reward(client: Client, program_id: str, reward: Reward) -> None:
    body: dict[str, Any] = {"event": reward.event}
    if reward.cents is not None:
        body |= {"type": "flat", "amountInCents": reward.cents}
    else:
        body |= {"type": "percentage", "amountInPercentage": (reward.basis_points or 0) / 100}
    await make(client, f"/programs/{program_id}/rewards", body)


async def _make_partner(run: Run, number: int) -> str:
    partner = run.world.partners[number]
    body = {
        "email": run.partner_email(number),
        "name": f"{run.prefix}{partner.name}",
        "programId": run.programs[partner.program],
    }
    return str((await make(run.client, "/partners", body))["id"])


async def _make_link(run: Run, link: Link) -> str:
    key = run.prefix + link.name
    body: dict[str, Any] = {
        "url": f"https://shop.example.com/{link.name}?from=sim",
        "domain": run.options.domain,
        "key": key,
    }
    if link.partner is not None:
        program = run.world.partners[link.partner].program
        body |= {"partnerId": run.partners[link.partner], "programId": run.programs[program]}
    return str((await make(run.client, "/links", body))["id"])


async def _register(run: Run, receiver: Receiver, name: str) -> None:
    body = {
        "name": f"{run.prefix}{name}",
        "url": receiver.url(name),
        "triggers": list(SUBSCRIPTIONS[name]),
        "clickBatches": name in BATCHED,
    }
    made = await make(run.client, "/webhooks", body)
    endpoint = receiver.endpoints[name]
    endpoint.webhook_id, endpoint.secret = made["id"], made["secret"]
