"""P2, P3 for what Stripe sends: whole lives of customers, permuted, duplicated and delayed.

The short form is the same every time; the long form draws anew:

    ORDER_EXAMPLES=1000 .venv/bin/pytest tests/billing/test_order_of_events.py
"""

import os

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from headwater.billing import State
from headwater.kit.clock import DAY_US
from headwater.runtime import App
from tests.billing.deliver import Till, at_once, in_time, played
from tests.billing.lives import lives
from tests.billing.shapes import Json
from tests.order.perform import sound
from tests.order.world import START

LONG = int(os.environ.get("ORDER_EXAMPLES", "0"))
profile = settings(
    max_examples=LONG or 4,
    derandomize=not LONG,
    deadline=None,
    database=None,
    print_blob=True,
    phases=[Phase.generate, Phase.shrink] if LONG else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)
LATE_US = START + 300 * DAY_US


def handled(draw: st.DrawFn, events: list[Json]) -> list[Json]:
    """In any order, some of them twice."""
    twice = [event for event in events if draw(st.integers(0, 2)) == 0]
    return draw(st.permutations(events + twice))


def unfinished(till: Till) -> dict[str, str | None]:
    """Which of two events brings the news is a matter of order; that none is left is not."""
    open_ = (State.WAITING, State.FAILED)
    return {each.id: each.reason for each in till.events() if each.state in open_}


@profile
@given(data=st.data())
def test_however_events_come_the_books_are_the_same(app: App, data: st.DataObject) -> None:
    """A-32: a renewal that is told more than once is one sale."""
    people = [data.draw(lives(number)) for number in range(data.draw(st.integers(1, 2)))]
    events = [event for life in people for event in life.events]
    natural = played(app, people, in_time(events))
    other = played(app, people, at_once(handled(data.draw, events), LATE_US))
    assert natural.books().differences(other.books()) == []
    assert unfinished(natural) == unfinished(other)
    assert unfinished(natural) == {}
    if all(life.click for life in people):
        assert natural.books().waiting == []
    assert_counted(natural, [event for life in people if life.click for event in life.events])
    assert sound(app) == []


def assert_counted(till: Till, events: list[Json]) -> None:
    """Told from the events themselves: every invoice and paid session with something in it is one
    sale without its taxes, and a charge that was refunded whole leaves nothing of it.
    """
    expected = {}
    charges = {}
    for own in (event["data"]["object"] for event in events):
        if own["object"] == "invoice" and own["status"] == "paid":
            expected[own["id"]] = own["total_excluding_tax"]
        paid = own["object"] == "checkout.session" and own["payment_status"] == "paid"
        if paid and own["invoice"] is None:
            tax = own["total_details"]["amount_tax"]
            expected[own["payment_intent"]] = own["amount_total"] - tax
        if own["object"] == "charge" and own["refunded"]:
            charges[own["payment_intent"]] = own["id"].replace("ch_", "in_")
    booked = {row[1]: row[6] for row in till.books().sales}
    assert booked == {sale: net for sale, net in expected.items() if net > 0}
    refunded = {row[0]: row[2] for row in till.books().refunds}
    for intent, invoice in charges.items():
        sale = intent if intent in expected else invoice
        assert refunded.get(sale, 0) == booked.get(sale, 0)
