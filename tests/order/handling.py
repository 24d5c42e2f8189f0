"""Ways the same inputs can reach the store: other orders, twice, in other groups, late."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from headwater.kit.clock import DAY_US
from tests.order.perform import Step
from tests.order.world import Click, Hit, Input, Lead, Refund, Sale, needs

GROUP_MAX = 5


def permutations(draw: st.DrawFn, world: Sequence[Input]) -> list[Input]:
    """Any order in which an id is answered before it is used."""
    return _answered_first(_hits_in_turn(draw(st.permutations(world))), world)


def _hits_in_turn(order: Sequence[Input]) -> list[Input]:
    """The hits of one click keep their order among themselves."""
    turns: dict[Click, list[Hit]] = {}
    for given in order:
        if isinstance(given, Hit):
            turns.setdefault(given.click, []).append(given)
    for hits in turns.values():
        hits.sort(key=lambda hit: -hit.at)
    return [turns[each.click].pop() if isinstance(each, Hit) else each for each in order]


def _answered_first(order: Sequence[Input], world: Sequence[Input]) -> list[Input]:
    """A call is put off until the first hit of its click was taken."""
    openers = {}
    for given in world:
        if isinstance(given, Hit):
            openers.setdefault(given.click, given)
    opened: set[Click] = set()
    waiting: list[Input] = []
    done: list[Input] = []
    for given in order:
        click = needs(given)
        if click is not None and click not in opened:
            waiting.append(given)
            continue
        done.append(given)
        if isinstance(given, Hit) and openers[given.click] == given:
            opened.add(given.click)
            done += [each for each in waiting if needs(each) == given.click]
            waiting = [each for each in waiting if needs(each) != given.click]
    return done


def duplicated(draw: st.DrawFn, order: Sequence[Input]) -> list[Input]:
    """Calls that hold a key are sent again, right then or days later."""
    done = list(order)
    for given in order:
        keyed = isinstance(given, Lead | Refund) or (isinstance(given, Sale) and given.invoice)
        if keyed and draw(st.booleans()):
            first = done.index(given)
            again = replace(given, at=given.at + draw(st.sampled_from([0, 1, 9 * DAY_US])))
            done.insert(draw(st.integers(first + 1, len(done))), again)
    return done


def grouped(draw: st.DrawFn, order: Sequence[Input]) -> list[Step]:
    """Neighbouring hits share commits, however the groups fall."""
    steps: list[Step] = []
    for given in order:
        last = steps[-1] if steps else None
        if not isinstance(given, Hit):
            steps.append(given)
        elif isinstance(last, list) and len(last) < GROUP_MAX and draw(st.booleans()):
            last.append(given)
        else:
            steps.append([given])
    return steps
