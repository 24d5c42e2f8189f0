"""Customers who pay for a year, decided by the seed alone, and what has to come of each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from headwater.simulate.world import chance

if TYPE_CHECKING:
    from collections.abc import Sequence

MONTH_DAYS = 30
MONTHS = 13
"""A month of trial and a year; month 0 is the one in which everybody comes."""

REVERSING = (3, 8)
"""Months in which sales are taken back, a day after they were made."""

WINDOW_DAYS = 200
HOLDING_DAYS = 45
HELD_IN = 5
"""The month in which what is held is counted, when its payments were made: of this month and of the
one before.
"""

SHARE_PERCENT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One customer. `paid` are the months with an invoice; `taken_back` says of some why. Twice:
    Stripe sends all of it again, and the shop's backend reports it as well.
    """

    number: int
    brought_by_network: bool
    trial: bool
    price: int
    paid: tuple[int, ...]
    taken_back: dict[int, str] = field(default_factory=dict)
    twice: bool = False

    @property
    def name(self) -> str:
        """Give the merchant's id of the customer."""
        return f"life-{self.number:03}"

    @property
    def network_click(self) -> str:
        """Give the network's id of the click that brought them."""
        return f"network-{self.number}"

    @property
    def lands(self) -> bool:
        """Say whether a page with the tag saw them come by the network, before they signed up."""
        return self.brought_by_network and self.number % 2 == 0

    def invoice(self, month: int) -> str:
        """Give Stripe's id of a month's invoice."""
        return f"in_{self.number}_{month}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the network hears once: of whom, what, and of a sale which and of what worth. A visit is
    of a click and of nobody, and `worth` is what it must not say.
    """

    customer: str
    kind: str
    order: str = ""
    worth: str = ""


def lives_of(seed: int, count: int) -> list[Life]:
    """Decide lives; the first four are of different kinds however few there are."""
    return [_life(seed, number) for number in range(count)]


def _life(seed: int, number: int) -> Life:
    rng = chance(seed, f"life/{number}")
    trial = number % 2 == 0
    first = 1 if trial else 0
    leaves = number > 3 and rng.random() < 0.2
    last = first + rng.randint(0, MONTHS - 1) if number > 3 else MONTHS
    paid = () if leaves and trial else tuple(range(first, min(last, MONTHS) + 1))
    backs = {month: rng.choice(("refund", "dispute")) for month in REVERSING if month in paid}
    if number > 3:
        backs = {month: why for month, why in backs.items() if rng.random() < 0.5}
    return Life(
        number=number,
        brought_by_network=number % 4 != 3,
        trial=trial,
        price=rng.randrange(500, 20_000, 5),
        paid=paid,
        taken_back=backs,
        twice=rng.random() < 0.5,
    )


def told_of(life: Life) -> list[Told]:
    """List what the network has to hear, each of it once."""
    if not life.brought_by_network:
        return []
    kinds = ["signup", *(["trialStart", "trialEnd"] if life.trial else [])]
    worth = f"{life.price // 100}.{life.price % 100:02} USD"
    visits = [Told(customer=life.network_click, kind="visit")] if life.lands else []
    return [
        *visits,
        *(Told(customer=life.name, kind=kind) for kind in kinds),
        *(
            Told(customer=life.name, kind="sale", order=life.invoice(month), worth=worth)
            for month in life.paid
        ),
    ]


def reversed_there(life: Life) -> list[str]:
    """List the orders the network has to hold as taken back."""
    return [life.invoice(m) for m in life.taken_back] if life.brought_by_network else []


def earned(life: Life, months: Sequence[int] = range(MONTHS + 1)) -> int:
    """Say what the partner keeps of these months: a share of what was paid within the window and
    not taken back.
    """
    credited = [month for month in life.paid if month * MONTH_DAYS < WINDOW_DAYS]
    kept = [month for month in credited if month not in life.taken_back and month in months]
    return len(kept) * (life.price * SHARE_PERCENT // 100)
