"""P3: any permutation, duplication, regrouping or delay of the same inputs ends in the same books.

The short form is the same every time. The long form draws new worlds and shrinks what fails:

    ORDER_EXAMPLES=2000 .venv/bin/pytest tests/order
"""

import os
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from headwater.kit.clock import DAY_US, HOUR_US
from headwater.runtime import App
from tests.order.handling import duplicated, grouped, permutations
from tests.order.perform import Step, books_after, sound
from tests.order.world import START, Click, Hit, Input, Lead, Refund, Sale, worlds

LONG = int(os.environ.get("ORDER_EXAMPLES", "0"))
EXAMPLES = LONG or 8
profile = settings(
    max_examples=EXAMPLES,
    derandomize=not LONG,
    deadline=None,
    database=None,
    print_blob=True,
    phases=[Phase.generate, Phase.shrink] if LONG else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)
Handle = Callable[[st.DrawFn, list[Input]], Sequence[Step]]


def shuffled(draw: st.DrawFn, world: list[Input]) -> Sequence[Step]:
    return permutations(draw, world)


def sent_twice(draw: st.DrawFn, world: list[Input]) -> Sequence[Step]:
    return duplicated(draw, world)


def in_other_groups(draw: st.DrawFn, world: list[Input]) -> Sequence[Step]:
    """All hits first, so that groups get large."""
    ordered = sorted(world, key=lambda each: not isinstance(each, Hit))
    return grouped(draw, ordered)


def all_at_once(draw: st.DrawFn, world: list[Input]) -> Sequence[Step]:
    return grouped(draw, duplicated(draw, permutations(draw, world)))


@pytest.mark.parametrize("handle", [shuffled, sent_twice, in_other_groups, all_at_once])
@profile
@given(data=st.data())
def test_however_they_come_the_books_are_the_same(
    app: App, handle: Handle, data: st.DataObject
) -> None:
    """P3, P12."""
    world = data.draw(worlds())
    steps = handle(data.draw, world)
    natural, other = books_after(app, world), books_after(app, steps)
    assert natural.differences(other) == []
    assert natural.waiting == []
    assert sound(app) == []


def test_more_than_are_replayed_at_once_attach_all_the_same(app: App) -> None:
    """One lead releases 50 sales and their refunds that came before; the sweep takes the rest."""
    click = Click("c", 0, START // HOUR_US)
    hit, lead = Hit(click, START, "human"), Lead("c", None, click, "Sign up", START + HOUR_US)
    at = START + DAY_US
    sales = [Sale("c", None, 1000 + n, "usd", f"i{n}", None, None, at + n) for n in range(50)]
    refunds = [Refund(f"i{n}", "r", 1 + n, at + n) for n in range(50)]
    natural = books_after(app, [hit, lead, *sales, *refunds])
    assert natural.differences(books_after(app, [hit, *refunds, *sales, lead])) == []
    assert natural.waiting == []
    assert sound(app) == []


@profile
@given(data=st.data())
def test_however_late_they_are_processed_the_books_are_the_same(
    app: App, data: st.DataObject
) -> None:
    world = data.draw(worlds())
    late_us = data.draw(st.integers(1, 60)) * DAY_US
    natural, late = books_after(app, world), books_after(app, world, late_us=late_us)
    assert natural.differences(late) == []
    assert sound(app) == []
