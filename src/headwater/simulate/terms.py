"""Who wins and what it earns, by the terms of the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from headwater.simulate.money import percentage

if TYPE_CHECKING:
    from headwater.simulate.world import Program, Reward, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A lead's click: its place in the order of the visitor's clicks, and its link."""

    event: str
    clicked: int
    link: int


def winning_link(world: World, touches: list[Touch], lead_event: str | None) -> int:
    """Pick the click that is paid: the named lead's, else first or last of the first program."""
    if lead_event is not None:
        return next(t.link for t in touches if t.event == lead_event)
    by_click = [t.link for t in sorted(touches, key=lambda t: t.clicked)]
    program = next((p for p in map(world.program_of, by_click) if p is not None), None)
    if program is None:
        return by_click[-1]
    inside = [link for link in by_click if world.program_of(link) == program]
    match world.programs[program].model:
        case "last":
            return inside[-1]
        case "first":
            # The first lead's click was the first touch known at its decision and stays that for
            # good; an earlier one that a later lead brings up leaves a restatement, not a winner.
            frozen = touches[0].link
            return frozen if frozen in inside else inside[0]
        case unknown:
            assert_never(unknown)


def partner_paid(world: World, link: int, half: int, email_of: int | None) -> int | None:
    """Name the partner a click pays; nobody after leaving or for a forbidden own customer."""
    partner = world.links[link].partner
    if partner is None or (partner == world.leaver and half > 0):
        return None
    program = world.programs[world.partners[partner].program]
    if partner == email_of and program.self_referral == "refuse":
        return None
    return partner


def lead_earning(world: World, partner: int | None) -> int | None:
    """Say what a first lead earns its partner."""
    return None if partner is None else _earning(_program(world, partner).lead, 0)


def sale_earning(world: World, partner: int | None, amount: int, half: int) -> int | None:
    """Say what a sale earns its partner, under the terms of its half."""
    if partner is None:
        return None
    program = _program(world, partner)
    return _earning(program.sale if half == 0 else program.sale_later, amount)


def _program(world: World, partner: int) -> Program:
    return world.programs[world.partners[partner].program]


def _earning(reward: Reward, amount: int) -> int:
    if reward.cents is not None:
        return reward.cents
    return percentage(amount, reward.basis_points or 0)
