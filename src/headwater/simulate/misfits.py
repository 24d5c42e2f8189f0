"""Visitors whose calls come in the wrong order, contradict each other or are made up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from headwater.simulate.plans import Forgery, Lead, Race, Refund, Sale

if TYPE_CHECKING:
    from collections.abc import Callable

    from headwater.simulate.draft import Draft


def forger(draft: Draft) -> None:
    """Bend a real click id, or make one up, for a lead or for a sale."""
    link = draft.visit(draft.any_link())
    forged = draft.rng.choice(list(Forgery))
    if draft.rng.random() < 0.5:
        draft.add(Lead(event="Sign up", link=link, forged=forged, manner=draft.manner()))
    else:
        draft.add(replace(draft.some_sale("usd"), link=link, forged=forged))


def stranger(draft: Draft) -> None:
    """Sign up from nowhere: no click id and nobody known by that name."""
    draft.add(Lead(event="Sign up", link=None, manner=draft.manner()))


def hasty_buyer(draft: Draft) -> None:
    """Let the sale overtake its lead, and sometimes the refund overtake both."""
    link = draft.visit(draft.any_link())
    sale = draft.some_sale()
    if draft.rng.random() < 0.4:
        draft.refund(sale, "r1", sale.amount // 2, by_invoice=True)
    draft.add(sale)
    if draft.world.program_of(link) != 1:
        draft.maybe_second_half()
    draft.lead(link)


def hasty_refunder(draft: Draft) -> None:
    """Let refunds overtake the sale they belong to."""
    draft.lead(draft.visit(draft.any_link()))
    sale = draft.some_sale()
    draft.refund(sale, "r1", sale.amount // 2, by_invoice=True)
    draft.refund(sale, "r2", sale.amount // 4, by_invoice=True)
    draft.add(sale)
    draft.refund(sale, "r3", sale.amount - sale.amount // 2 - sale.amount // 4)


def hasty_upgrader(draft: Draft) -> None:
    """Name a lead that has not happened yet."""
    link = draft.visit(draft.any_link())
    draft.lead(link)
    draft.add(replace(draft.some_sale(), lead_event="Trial started"))
    draft.lead(link, event="Trial started")


def racer(draft: Draft) -> None:
    """Send lead, sale and refund in one breath; in the end it is as if they had queued."""
    link = draft.visit(draft.any_link())
    sale = draft.some_sale()
    lead = Lead(event="Sign up", link=link)
    refund = Refund(sale=sale.name, key="r1", amount=sale.amount // 2, by_invoice=True)
    draft.add(Race(steps=(lead, sale, refund)))


def contradicting(draft: Draft) -> None:
    """Say the same thing twice with another content."""
    program = draft.rng.choice(range(len(draft.world.programs)))
    pair = draft.rng.sample(draft.world.lasting_partners(program), 2)
    links = [draft.visit(draft.link_of(partner)) for partner in pair]
    draft.lead(links[0])
    draft.lead(links[1])
    sale = draft.sale()
    draft.add(replace(sale, amount=sale.amount + 1))
    draft.refund(sale, "r1", sale.amount // 3)
    draft.refund(sale, "r1", sale.amount // 3 + 1)


def foreign_conflict(draft: Draft) -> None:
    """Say the same invoice in another currency."""
    draft.lead(draft.visit(draft.any_link()))
    sale: Sale = draft.sale("usd")
    draft.add(replace(sale, currency="eur"))


MISFITS: list[tuple[int, Callable[[Draft], None]]] = [
    (3, forger),
    (1, stranger),
    (4, hasty_buyer),
    (2, hasty_refunder),
    (2, hasty_upgrader),
    (3, racer),
    (2, contradicting),
    (1, foreign_conflict),
]
