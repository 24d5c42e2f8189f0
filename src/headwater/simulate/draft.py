"""A plan while it is being written: the moves personas are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.simulate.agents import bot_agent, human_agent
from headwater.simulate.money import LATE
from headwater.simulate.plans import Lead, Manner, Plan, Refund, Sale, Step, Visit
from headwater.simulate.world import chance

if TYPE_CHECKING:
    from headwater.simulate.world import World

_AMOUNTS = {
    "usd": (990, 50_000),
    "eur": (990, 50_000),
    "gbp": (790, 40_000),
    "jpy": (1_580, 80_000),
    "kwd": (3_000, 150_000),
    LATE: (9_900, 500_000),
}
_MANNERS = [Manner.ONCE] * 6 + [Manner.RETRIED] * 2 + [Manner.DOUBLED] * 2 + [Manner.GIVEN_UP]


class Draft:
    """Collects one visitor's steps; every choice comes from the visitor's own stream."""

    def __init__(self, world: World, index: int) -> None:
        """Start with nothing planned."""
        self.world = world
        self.index = index
        self.rng = chance(world.seed, f"visitor/{index}")
        self.bot = False
        self._halves: tuple[list[Step], list[Step]] = ([], [])
        self._half = 0
        self._sales = 0

    def add(self, step: Step) -> None:
        """Plan one step in the current half."""
        self._halves[self._half].append(step)

    def second_half(self) -> None:
        """Plan what follows for the second half."""
        self._half = 1

    def maybe_second_half(self) -> None:
        """Let what follows be late, for one visitor in four."""
        if self.rng.random() < 0.25:
            self.second_half()

    def manner(self) -> Manner:
        """Pick how the next call is made."""
        return self.rng.choice(_MANNERS)

    def any_link(self) -> int:
        """Pick a link whose partner stays, or one of nobody."""
        own = self.world.links_of(self.world.leaver)
        return self.rng.choice([n for n in range(len(self.world.links)) if n not in own])

    def link_of(self, partner: int) -> int:
        """Pick one of a partner's links."""
        return self.rng.choice(self.world.links_of(partner))

    def visit(self, link: int) -> int:
        """Plan a human visit, perhaps with reloads and with requests that are no visit."""
        rng = self.rng
        by_api = rng.choice([0, 0, 0, 1])
        self.add(
            Visit(
                link=link,
                redirects=rng.choice([1, 1, 1, 2, 3]),
                clicks_by_api=by_api,
                heads=rng.choice([0, 0, 0, 1]),
                prefetches=rng.choice([0, 0, 0, 1]),
            )
        )
        return link

    def lead(self, link: int | None, event: str = "Sign up", email_of: int | None = None) -> None:
        """Plan a sign-up through a link visited before."""
        self.add(Lead(event=event, link=link, email_of=email_of, manner=self.manner()))

    def next_sale(self) -> str:
        """Give the visitor's next sale its name."""
        self._sales += 1
        return f"c{self.index}-{self._sales}"

    def some_amount(self, currency: str) -> int:
        """Pick an amount that a shop would ask for in this currency."""
        return self.rng.randint(*_AMOUNTS[currency])

    def some_sale(self, currency: str | None = None) -> Sale:
        """Make a purchase without planning it yet."""
        chosen = currency or self.rng.choice(["usd", "usd", "eur", "gbp", "jpy", "kwd"])
        return Sale(
            name=self.next_sale(),
            amount=self.some_amount(chosen),
            currency=chosen,
            manner=self.manner(),
        )

    def sale(self, currency: str | None = None) -> Sale:
        """Plan a purchase of a known customer."""
        made = self.some_sale(currency)
        self.add(made)
        return made

    def refund(self, sale: Sale, key: str, amount: int, *, by_invoice: bool | None = None) -> None:
        """Plan one refund, by the sale's id or its invoice."""
        chosen = self.rng.random() < 0.5 if by_invoice is None else by_invoice
        invoiced = chosen and not sale.keyed
        self.add(
            Refund(
                sale=sale.name, key=key, amount=amount, by_invoice=invoiced, manner=self.manner()
            )
        )

    def finish(self, persona: str) -> Plan:
        """Give the plan its visitor."""
        agent = bot_agent(self.rng) if self.bot else human_agent(self.index, self.rng)
        first, second = self._halves
        return Plan(
            index=self.index,
            persona=persona,
            agent=agent,
            bot=self.bot,
            halves=(tuple(first), tuple(second)),
        )
