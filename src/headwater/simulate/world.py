"""The stage of a run: programs, rewards, partners and links, decided by the seed alone."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

Model = Literal["first", "last"]  # the server's, by hand: tests/rules/test_models.py compares them


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """What an event earns: either cents or basis points of the sale, never both."""

    event: str
    cents: int | None = None
    basis_points: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Terms partners work under; `sale_later` replaces `sale` between the two halves of a run."""

    name: str
    model: Model
    self_referral: str
    lead: Reward
    sale: Reward
    sale_later: Reward


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """Somebody who sends visitors, in one program."""

    name: str
    program: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A short link, of a partner or of nobody."""

    name: str
    partner: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that exists before the first visitor comes."""

    seed: int
    programs: tuple[Program, ...]
    partners: tuple[Partner, ...]
    links: tuple[Link, ...]

    @property
    def leaver(self) -> int:
        """Name the partner who is deactivated between the two halves."""
        return 2

    def links_of(self, partner: int | None) -> list[int]:
        """List the links of one partner, or those of nobody."""
        return [n for n, link in enumerate(self.links) if link.partner == partner]

    def lasting_partners(self, program: int) -> list[int]:
        """List the partners of a program who stay to the end."""
        return [n for n, p in enumerate(self.partners) if p.program == program and n != self.leaver]

    def program_of(self, link: int) -> int | None:
        """Name the program behind a link, if there is one."""
        partner = self.links[link].partner
        return None if partner is None else self.partners[partner].program


def chance(seed: int, part: str) -> Random:
    """Give one part of a run its own stream, so that parts do not depend on their order."""
    return Random(f"{seed}/{part}")  # repeatable on purpose


def build_world(seed: int) -> World:
    """Decide programs, partners and links of a seed."""
    rng = chance(seed, "world")
    count = len(_PROGRAMS)
    partners = tuple(
        Partner(name=f"partner-{n:02}", program=n % count)
        for n in range(rng.randint(3 * count, 6 * count))
    )
    owners: list[int | None] = [n for n in range(len(partners)) for _ in range(rng.randint(1, 3))]
    owners += [None] * rng.randint(2, 3)
    links = tuple(Link(name=f"link-{n:02}", partner=owner) for n, owner in enumerate(owners))
    programs = tuple(make(rng) for make in _PROGRAMS)
    return World(seed=seed, programs=programs, partners=partners, links=links)


def _under_last(rng: Random) -> Program:
    sale = Reward(event="sale", basis_points=rng.choice([1275, 833, 1725, 2049]))
    return Program(
        name="last touch",
        model="last",
        self_referral="refuse",
        lead=Reward(event="lead", cents=rng.randint(100, 400)),
        sale=sale,
        sale_later=sale,
    )


def _under_first(rng: Random) -> Program:
    return Program(
        name="first touch",
        model="first",
        self_referral="allow",
        lead=Reward(event="lead", cents=rng.randint(50, 250)),
        sale=Reward(event="sale", cents=rng.randint(300, 900)),
        sale_later=Reward(event="sale", basis_points=rng.choice([2000, 1500, 1050])),
    )


_PROGRAMS = (_under_last, _under_first)  # three partners each at least: one may leave
