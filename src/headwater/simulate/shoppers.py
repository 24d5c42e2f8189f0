"""Visitors who buy: known or not, in several currencies, with and without second thoughts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from headwater.simulate.money import LATE
from headwater.simulate.plans import Sale

if TYPE_CHECKING:
    from collections.abc import Callable

    from headwater.simulate.draft import Draft
    from headwater.simulate.world import World


def signer(draft: Draft) -> None:
    """Sign up and buy nothing, or much later."""
    draft.lead(draft.visit(draft.any_link()))
    if draft.rng.random() < 0.3:
        draft.second_half()
        draft.sale()


def buyer(draft: Draft) -> None:
    """Sign up and buy a few times, in any currency, perhaps on into the second half."""
    draft.lead(draft.visit(draft.any_link()))
    for _ in range(draft.rng.randint(1, 2)):
        draft.sale()
    if draft.rng.random() < 0.3:
        draft.lead(None, event="Trial started")
    draft.maybe_second_half()
    draft.sale()


def refunder(draft: Draft) -> None:
    """Take money back in parts, wholly, or more than there is."""
    draft.lead(draft.visit(draft.any_link()))
    sale = draft.sale()
    draft.maybe_second_half()
    first = draft.rng.randint(sale.amount // 10, sale.amount // 2)
    second = draft.rng.randint(sale.amount // 10, sale.amount // 3)
    story = draft.rng.choice(["part", "parts", "whole", "parts to the end", "too much"])
    if story != "whole":
        draft.refund(sale, "r1", first)
    if story.startswith("parts"):
        draft.refund(sale, "r2", second)
    if story == "parts to the end":
        draft.refund(sale, "r3", sale.amount - first - second)
    if story == "whole":
        draft.refund(sale, "r1", sale.amount)
    if story == "too much":
        draft.refund(sale, "r2", sale.amount - first + 1)


def direct_buyer(draft: Draft) -> None:
    """Buy without having signed up: the sale brings the click and makes customer and lead."""
    link = draft.visit(draft.any_link())
    event = draft.rng.choice([None, "Account created"])
    draft.add(replace(draft.some_sale(), link=link, lead_event=event))
    draft.maybe_second_half()
    draft.sale()


def late_rate(draft: Draft) -> None:
    """Pay in a currency whose rate comes late; only where terms never change."""
    links = [n for n in range(len(draft.world.links)) if _steady(draft.world, n)]
    draft.lead(draft.visit(draft.rng.choice(links)))
    draft.maybe_second_half()
    sale = draft.sale(LATE)
    if draft.rng.random() < 0.4:
        draft.refund(sale, "r1", sale.amount // 4, by_invoice=True)


def keyed_buyer(draft: Draft) -> None:
    """Buy without invoices, under idempotency keys, and use one of them twice for two things."""
    draft.lead(draft.visit(draft.any_link()))
    first = replace(draft.some_sale("usd"), keyed=True)
    second = replace(first, name=draft.next_sale(), amount=first.amount + 100)
    draft.add(first)
    draft.add(second)
    draft.add(replace(first, amount=first.amount + 1))
    draft.refund(first, "r1", first.amount)


def free_buyer(draft: Draft) -> None:
    """Get an invoice over nothing, then buy."""
    draft.lead(draft.visit(draft.any_link()))
    draft.add(Sale(name=draft.next_sale(), amount=0, manner=draft.manner()))
    draft.sale()


def _steady(world: World, link: int) -> bool:
    """Tell whether what this link earns is the same in both halves."""
    number = world.program_of(link)
    if number is None:
        return True
    program = world.programs[number]
    return program.sale_later == program.sale and world.links[link].partner != world.leaver


SHOPPERS: list[tuple[int, Callable[[Draft], None]]] = [
    (24, buyer),
    (8, refunder),
    (8, signer),
    (6, direct_buyer),
    (4, keyed_buyer),
    (4, late_rate),
    (2, free_buyer),
]
