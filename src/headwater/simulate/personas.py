"""The kinds of visitors: each a short story told in the moves of a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.simulate.draft import Draft
from headwater.simulate.misfits import MISFITS
from headwater.simulate.plans import Visit
from headwater.simulate.shoppers import SHOPPERS
from headwater.simulate.travellers import TRAVELLERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from headwater.simulate.plans import Plan
    from headwater.simulate.world import World


def write_plan(world: World, index: int) -> Plan:
    """Decide one visitor; the first few take every persona in turn so that small runs have all."""
    draft = Draft(world, index)
    weights = [weight for weight, _ in PERSONAS]
    if index < len(PERSONAS):
        persona = PERSONAS[index][1]
    else:
        persona = draft.rng.choices(PERSONAS, weights)[0][1]
    persona(draft)
    return draft.finish(persona.__name__)


def looker(draft: Draft) -> None:
    """Click around and leave."""
    for link in draft.rng.sample(range(len(draft.world.links)), draft.rng.randint(1, 3)):
        draft.visit(link)


def previewed(draft: Draft) -> None:
    """Let the browser fetch ahead and never come."""
    draft.add(Visit(link=draft.any_link(), prefetches=draft.rng.randint(1, 2), heads=1))


def bot(draft: Draft) -> None:
    """Crawl several links, some of them more than once."""
    draft.bot = True
    for link in draft.rng.sample(range(len(draft.world.links)), draft.rng.randint(1, 4)):
        redirects, heads = draft.rng.randint(1, 2), draft.rng.randint(0, 1)
        draft.add(Visit(link=link, redirects=redirects, heads=heads))


PERSONAS: list[tuple[int, Callable[[Draft], None]]] = [
    (18, looker),
    (8, bot),
    (2, previewed),
    *SHOPPERS,
    *TRAVELLERS,
    *MISFITS,
]
