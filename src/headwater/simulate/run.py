"""The memory of one run: how things of the truth are called on this server."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from headwater.simulate.differences import Differences
from headwater.simulate.messages import Names
from headwater.simulate.money import LATE

if TYPE_CHECKING:
    from headwater.simulate.client import Client
    from headwater.simulate.facts import Fact
    from headwater.simulate.options import Options
    from headwater.simulate.world import World


@dataclass(slots=True)
class Run:
    """What the run was told by the server: ids of things made, clicks given, facts answered."""

    options: Options
    world: World
    client: Client
    prefix: str
    programs: list[str] = field(default_factory=list)
    partners: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    late_currency: str = ""
    clicks: dict[tuple[int, int], str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    refunded: dict[str, int] = field(default_factory=dict)
    differences: Differences = field(default_factory=Differences)

    def names(self) -> Names:
        """Give what messages are read with."""
        partners = {i: p.name for i, p in zip(self.partners, self.world.partners, strict=True)}
        links = {link_id: n for n, link_id in enumerate(self.links)}
        return Names(prefix=self.prefix, links=links, partners=partners)

    def link_path(self, link: int) -> str:
        """Say where a short link is found on the edge."""
        return f"/{self.prefix}{self.world.links[link].name}"

    def partner_email(self, partner: int) -> str:
        """Give a partner's address."""
        return f"{self.prefix}{self.world.partners[partner].name}@example.com"

    def currency(self, planned: str) -> str:
        """Name a planned currency as this workspace knows it."""
        return self.late_currency if planned == LATE else planned

    def remember(self, fact: Fact, recorded: object, request: int) -> None:
        """Keep the id a fact got; a second id for the same fact is a difference."""
        first = self.ids.setdefault(fact.truth, str(recorded))
        detail = f"{fact.truth}: the same call was answered with another id (request {request})"
        self.differences.same("answer", first, str(recorded), detail)


def prefix_of(program_id: str) -> str:
    """Make the label of a run from an id that only this run has."""
    return f"sim-{hashlib.sha256(program_id.encode()).hexdigest()[:10]}-"
