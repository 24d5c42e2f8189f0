"""Visitors for whom it matters whose link they came through: several, their own, or a leaver's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from headwater.simulate.plans import Lead

if TYPE_CHECKING:
    from collections.abc import Callable

    from headwater.simulate.draft import Draft


def many_touched(draft: Draft) -> None:
    """Come through two partners of one program; the leads follow the clicks or cross them."""
    program = draft.rng.choice(range(len(draft.world.programs)))
    pair = draft.rng.sample(draft.world.lasting_partners(program), 2)
    links = [draft.visit(draft.link_of(partner)) for partner in pair]
    if draft.rng.random() < 0.4:
        links.reverse()
    draft.lead(links[0])
    draft.sale()
    draft.lead(links[1], event="Trial started")
    draft.maybe_second_half()
    draft.sale()
    draft.add(replace(draft.some_sale(), lead_event="Sign up"))


def wanderer(draft: Draft) -> None:
    """Come through nobody, through one program and through the other; the first one keeps them."""
    programs = draft.rng.sample(range(len(draft.world.programs)), 2)
    partners = [draft.rng.choice(draft.world.lasting_partners(program)) for program in programs]
    links = [draft.rng.choice(draft.world.links_of(None)), *map(draft.link_of, partners)]
    for event, link in zip(("Newsletter", "Sign up", "Trial started"), links, strict=True):
        draft.lead(draft.visit(link), event=event)
    draft.sale()
    draft.maybe_second_half()
    draft.add(replace(draft.some_sale(), lead_event="Trial started"))


def own_customer(draft: Draft) -> None:
    """Be the partner one is sent by; one program refuses that and the other does not mind."""
    program = draft.rng.choice(range(len(draft.world.programs)))
    partner = draft.world.lasting_partners(program)[0]
    link = draft.visit(draft.link_of(partner))
    if draft.rng.random() < 0.5:
        draft.lead(link, email_of=partner)
        draft.sale()
    else:
        draft.add(replace(draft.some_sale(), link=link, email_of=partner))
    draft.maybe_second_half()
    draft.sale()


def leavers_customer(draft: Draft) -> None:
    """Come through the partner who leaves: credited before, not after."""
    link = draft.visit(draft.link_of(draft.world.leaver))
    early = draft.rng.random() < 0.7
    if early:
        draft.lead(link)
    sale = draft.sale() if early else None
    draft.second_half()
    if not early:
        draft.add(Lead(event="Sign up", link=link, manner=draft.manner()))
    draft.sale()
    if sale:
        draft.refund(sale, "r1", sale.amount // 3)


TRAVELLERS: list[tuple[int, Callable[[Draft], None]]] = [
    (6, many_touched),
    (3, wanderer),
    (3, own_customer),
    (3, leavers_customer),
]
