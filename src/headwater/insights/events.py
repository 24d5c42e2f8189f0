"""The facts of a period themselves, page by page."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from headwater import attribution, customers, links
from headwater.attribution import Click, ClickIds
from headwater.customers import Customer
from headwater.db import Read
from headwater.insights import event_sql, values
from headwater.insights.model import Event
from headwater.insights.narrow import narrowed
from headwater.insights.periods import Period
from headwater.kit.clock import HOUR_US
from headwater.kit.problems import invalid
from headwater.links import Link

READ_MAX = 50_000  # facts one page may look at
_WINDOW_US = HOUR_US  # looked at first; each further one is four times as long
_CHUNK = 1000  # read at once where filters choose of it; each further one is twice as many
Source = Callable[[Read, str, dict[str, Any]], list[Event]]
_SOURCES: dict[str, Source] = {
    "clicks": event_sql.clicks,
    "leads": event_sql.leads,
    "sales": event_sql.sales,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """`event`: clicks, leads or sales. `falling`: the newest first."""

    event: str
    period: Period
    filters: Mapping[str, str]
    falling: bool
    offset: int
    limit: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A fact with all it speaks of; a click is nobody's."""

    event: Event
    click: Click
    link: Link
    customer: Customer | None


def listing(tx: Read, workspace_id: str, wanted: Listing, click_ids: ClickIds) -> list[Listed]:
    """Reads only as far as the page reaches. Refuses to look at more than READ_MAX facts."""
    search = _Search(tx, workspace_id, wanted, click_ids)
    found: list[Listed] = []
    needed = wanted.offset + wanted.limit
    for events in search.chunks(needed):
        found += search.chosen(events)
        if len(found) >= needed:
            break
    return _with_customers(tx, workspace_id, found[wanted.offset : needed])


class _Search:
    """What one page looks at, and how much that is so far."""

    def __init__(self, tx: Read, workspace_id: str, wanted: Listing, click_ids: ClickIds) -> None:
        self._tx = tx
        self._workspace_id = workspace_id
        self._wanted = wanted
        self._click_ids = click_ids
        self._choice = values.chooser(wanted.filters)
        self._source = _SOURCES[wanted.event]
        by, rows = narrowed(tx, workspace_id, wanted.event, wanted.filters)
        if wanted.event == "clicks" and by:
            self._source = event_sql.clicks_of_links
        firsts = int("saleType" in wanted.filters)
        self._asked = {"narrowed": by, "rows": rows, "falling": wanted.falling, "firsts": firsts}
        self._left = READ_MAX
        self._links: dict[int, Link] = {}

    def chunks(self, needed: int) -> Iterator[list[Event]]:
        """The facts of the period in order, each once: window after window, and within a window
        that holds too many, chunk after chunk.
        """
        since, until = self._wanted.period.since, self._wanted.period.until
        falling, span = self._wanted.falling, _WINDOW_US
        most = max(2 * needed, _CHUNK) if self._wanted.filters else needed
        seen: set[str] = set()
        while since < until:
            begin = max(since, until - span) if falling else since
            end = until if falling else min(until, since + span)
            events = self._read(begin, end, most)
            yield [event for event in events if event.id not in seen]
            if len(events) < most:
                since, until = (since, begin) if falling else (end, until)
                span, seen = span * 4, set()
            else:
                edge = events[-1].at
                since, until = (since, edge + 1) if falling else (edge, until)
                most, seen = most * 2, {event.id for event in events if event.at == edge}

    def _read(self, since: int, until: int, most: int) -> list[Event]:
        times = {
            "since": since,
            "until": until,
            "first_hour": since // HOUR_US,
            "last_hour": until // HOUR_US,
            "limit": most,
        }
        events = self._source(self._tx, self._workspace_id, self._asked | times)
        self._left -= len(events)
        if self._wanted.filters and self._left < 0:
            message = f"This page lies behind more than {READ_MAX} events. Choose a shorter period."
            raise invalid("interval", message)
        return events

    def chosen(self, events: list[Event]) -> list[Listed]:
        events = self._with_clicks(events)
        self._read_links(events)
        return [
            Listed(event, event.click, self._links[event.traits.link_number], None)
            for event in events
            if event.click is not None
            and self._choice(event.traits, self._links[event.traits.link_number])
        ]

    def _with_clicks(self, events: list[Event]) -> list[Event]:
        """With what the click behind each of them said."""
        lacking = {event.click_id for event in events if event.click is None}
        known = attribution.clicks_named(
            self._tx, self._workspace_id, self._click_ids, sorted(lacking)
        )
        return [_told(event, event.click or known[event.click_id]) for event in events]

    def _read_links(self, events: list[Event]) -> None:
        numbers = sorted({event.traits.link_number for event in events} - set(self._links))
        if numbers:
            found = links.by_numbers(self._tx, self._workspace_id, numbers)
            self._links |= {link.number: link for link in found}


def _told(event: Event, click: Click) -> Event:
    return replace(event, traits=values.with_click(event.traits, click), click=click)


def _with_customers(tx: Read, workspace_id: str, found: list[Listed]) -> list[Listed]:
    ids = sorted({each.event.traits.customer_id or "" for each in found} - {""})
    known = customers.by_ids(tx, workspace_id, ids) if ids else {}
    return [
        Listed(each.event, each.click, each.link, known.get(each.event.traits.customer_id or ""))
        for each in found
    ]
