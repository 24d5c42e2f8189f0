"""The truth of a whole run: every plan's outcome, folded into what can be compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from headwater.simulate.model import work_out
from headwater.simulate.personas import write_plan

if TYPE_CHECKING:
    from headwater.simulate.facts import Asked, Fact, Outcome
    from headwater.simulate.world import World


@dataclass(slots=True)
class LinkNumbers:
    """The counters of one link."""

    hits: int = 0
    clicks: int = 0
    leads: int = 0
    conversions: int = 0
    sales: int = 0
    sale_amount: int = 0


@dataclass(slots=True)
class Totals:
    """What a run has to leave behind on the server and at the receiver."""

    links: list[LinkNumbers]
    facts: dict[str, Fact] = field(default_factory=dict)
    asked_again: list[tuple[int, Asked]] = field(default_factory=list)
    reversed: Counter[str] = field(default_factory=Counter)
    earned: Counter[int] = field(default_factory=Counter)
    inbox: dict[str, set[str]] = field(default_factory=dict)
    sequences: dict[str, list[str]] = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[Fact]:
        """List the facts of one kind."""
        return [fact for fact in self.facts.values() if fact.kind == kind]


def add_up(world: World, visitors: int) -> Totals:
    """Work out every visitor of a run and add them up."""
    totals = Totals(links=[LinkNumbers() for _ in world.links])
    for index in range(visitors):
        _add(totals, index, work_out(world, write_plan(world, index)))
    return totals


def _add(totals: Totals, index: int, outcome: Outcome) -> None:
    for link, hits in outcome.hits.items():
        totals.links[link].hits += hits
    for link in outcome.clicked:
        totals.links[link].clicks += 1
    for reason, about in outcome.inbox:
        totals.inbox.setdefault(reason, set()).add(about)
    totals.asked_again += [(index, asked) for asked in outcome.asked_again]
    for link in {fact.link for fact in outcome.facts if fact.kind == "sale"}:
        totals.links[link].conversions += 1
    for fact in outcome.facts:
        totals.facts[fact.truth] = fact
        _count(totals, fact)


def _count(totals: Totals, fact: Fact) -> None:
    numbers = totals.links[fact.link]
    if fact.kind == "refund":
        totals.reversed[f"sale|{fact.label}"] += fact.owed or 0
        _earn(totals, fact.winner, -(fact.owed or 0))
        return
    _earn(totals, fact.winner, fact.owed or 0)
    totals.sequences.setdefault(fact.customer, []).append(fact.truth)
    if fact.kind == "lead":
        numbers.leads += 1
    else:
        numbers.sales += 1
        numbers.sale_amount += fact.amount


def _earn(totals: Totals, partner: int | None, cents: int) -> None:
    if partner is not None:
        totals.earned[partner] += cents
