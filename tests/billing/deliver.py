"""Delivers events to an opened store, as the endpoint and the worker do, at chosen times."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from headwater import billing
from headwater.billing import Endpoint, Event, EventFilter, Mode, Policy
from headwater.kit.clock import DAY_US, SECOND_US
from headwater.kit.context import Context
from headwater.runtime import App
from tests.billing.lives import Life, with_clicks
from tests.billing.shapes import Json, encoded
from tests.order.books import Books, read_books
from tests.order.perform import Place, made_place, perform, sweep
from tests.order.world import RATES, START, Rate

PATIENCE_US = DAY_US


@dataclass(frozen=True, slots=True)
class Till:
    """A workspace with an endpoint."""

    place: Place
    endpoint: Endpoint

    @property
    def app(self) -> App:
        return self.place.app

    def take(self, event: Json, now_us: int) -> None:
        """What the endpoint does with a body, and the worker at once."""
        ctx = self.place.ctx(now_us)
        body = encoded(event)
        head = billing.read_head(body)
        write = self.app.db.write_now
        write(billing.receive, ctx, self.endpoint, head, body.decode())
        self.work(now_us)

    def work(self, now_us: int) -> None:
        """All that is due by then, in whichever workspace."""
        while due := self.app.db.read_now(billing.due, now_us, 20):
            for workspace_id, event_id in due:
                entropy = self.app.entropy
                ctx = Context(workspace_id=workspace_id, now_us=now_us, entropy=entropy)
                settings = self.app.settings
                self.app.db.write_now(billing.apply, ctx, settings, event_id, PATIENCE_US)

    def settled(self, now_us: int) -> None:
        """Everything that is ever done by itself."""
        self.work(now_us)
        sweep(self.place, now_us)

    def events(self) -> list[Event]:
        wanted = EventFilter(limit=1000)
        return self.app.db.read_now(billing.page, self.place.workspace_id, wanted)

    def event(self, event: Json) -> Event:
        found = self.app.db.read_now(billing.event, self.place.workspace_id, event["id"])
        assert found is not None
        return found

    def books(self) -> Books:
        return self.app.db.read_now(read_books, self.place.workspace_id)


def open_till(app: App, policy: Policy | None = None) -> Till:
    place = made_place(app)
    ctx = place.ctx(0)
    made = app.db.write_now(
        billing.create_endpoint, ctx, Mode.LIVE, policy or Policy(), "whsec_test"
    )
    return Till(place, made)


def by_time(events: Iterable[Json]) -> list[Json]:
    return sorted(events, key=lambda event: (event["created"], event["id"]))


Arrivals = Sequence[tuple[int, Json]]


def in_time(events: Iterable[Json]) -> Arrivals:
    """Each when it happened."""
    return [(event["created"] * SECOND_US, event) for event in by_time(events)]


def at_once(events: Iterable[Json], at_us: int) -> Arrivals:
    """In this order, a second after one another."""
    return [(at_us + n * SECOND_US, event) for n, event in enumerate(events)]


def played(app: App, lives: Sequence[Life], arrivals: Arrivals) -> Till:
    """What reached us otherwise, then the events as they arrive, then time enough for the rest."""
    till = open_till(app)
    rates = [Rate(currency, "2026-03-01", rate, START) for currency, rate in RATES.items()]
    for step in [*rates, *(step for life in lives for step in life.ours)]:
        perform(till.place, step)
    for now_us, event in arrivals:
        till.take(with_clicks(event, lives, till.place), now_us)
    till.settled(max(now_us for now_us, _ in arrivals) + 30 * DAY_US)
    return till
