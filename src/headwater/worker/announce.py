"""`link.clicked`: a tailing reader of the sealed journal. Each webhook has its own place in it, so
that one that cannot keep up holds up no other, and what it is behind is no row but the journal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from headwater import attribution, delivery, journal, links, workspace
from headwater.attribution import Click
from headwater.db import Read, Write
from headwater.delivery import Draft, Event, Listener
from headwater.kit.context import Context
from headwater.kit.entropy import Entropy
from headwater.links import Link
from headwater.messages import link_told
from headwater.shapes import click_object

CURSOR = "announce_clicks"
SEEN = "worker_seen"  # read by http/api/health.py
ENTRIES_AT_ONCE = 200
CLICKS_AT_ONCE = 250  # one to a message, in one transaction, give or take a group: some 40 ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Clicks in one batch, and messages that may wait for one webhook."""

    batch: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """Whether there may be more to plan at once, and the webhooks whose clicks have to wait."""

    more: bool
    full: tuple[str, ...]


def announce(tx: Write, now_us: int, entropy: Entropy, limits: Limits, api_url: str) -> Announced:
    """Plan messages for the clicks counted since last time.

    A place moves in the transaction that plans the messages, so each click goes out once. A new
    webhook begins where the worker was last.
    """
    tx.lock(CURSOR)
    last = journal.last_sealed(tx)
    before, head = _cursor(tx), last[0] if last else 0
    heard = delivery.listeners(tx, limits.waiting)
    places: dict[int, list[Listener]] = {}
    for each in heard:
        place = before if each.after is None else each.after
        if place < head and not each.full:
            places.setdefault(place, []).append(each)
        elif each.after is None:
            delivery.move(tx, [each], place)
    telling = Telling(
        tx, now_us, entropy, api_url, limits.batch, workspace.ahead_of_time(tx) if places else {}
    )
    more = False
    for place, group in sorted(places.items()):
        reached = _tell(tx, telling, group, place)
        delivery.move(tx, group, reached)
        more |= reached < head
    if head != before:
        _put(tx, CURSOR, head)
    return Announced(more=more, full=tuple(each.webhook_id for each in heard if each.full))


def beat(tx: Write, now_us: int) -> None:
    """The sign of life of the worker, for whoever asks whether messages go out."""
    _put(tx, SEEN, now_us)


def _tell(tx: Write, telling: "Telling", group: list[Listener], place: int) -> int:
    """Plan for listeners at one place; the line they are at now."""
    own: dict[str, list[Listener]] = {}
    for each in group:
        own.setdefault(each.workspace_id, []).append(each)
    clicks: dict[str, list[Click]] = {}
    taken, most = 0, max(CLICKS_AT_ONCE, telling.batch if all(e.batches for e in group) else 0)
    for entry in journal.entries_after(tx, place, ENTRIES_AT_ONCE):
        if entry.kind == "clicks" and entry.workspace_id in own:
            found = attribution.clicks_counted_in(tx, entry.workspace_id, entry.id)
            clicks.setdefault(entry.workspace_id, []).extend(found)
            taken += len(found)
        place = entry.seq or place
        if taken >= most:
            break
    for workspace_id, counted in clicks.items():
        telling.plan(workspace_id, own[workspace_id], counted)
    return place


@dataclass(slots=True)
class Telling:
    """Renders clicks with their links, each link read once."""

    tx: Write
    now_us: int
    entropy: Entropy
    api_url: str
    batch: int
    ahead: dict[str, int]  # of the clocks of sandboxes

    def plan(self, workspace_id: str, group: list[Listener], clicks: list[Click]) -> None:
        now_us = self.now_us + self.ahead.get(workspace_id, 0)
        ctx = Context(workspace_id=workspace_id, now_us=now_us, entropy=self.entropy)
        known = _links(self.tx, workspace_id, clicks)
        told = {number: self._link(link) for number, link in known.items()}
        drafts: list[tuple[Draft, Sequence[str]]] = []
        for hearers, heard in _audiences(group, clicks, known):
            rows = [{"click": click_object(each), "link": told[each.link_number]} for each in heard]
            singly = [each.webhook_id for each in hearers if not each.batches]
            drafts += [
                (_draft(click.click_id, row), singly)
                for click, row in zip(heard, rows, strict=True)
            ]
            together = [each.webhook_id for each in hearers if each.batches]
            drafts += [
                (_draft(workspace_id, {"clicks": batch}), together)
                for batch in _batches(rows, self.batch)
            ]
        delivery.plan_to(self.tx, ctx, drafts)

    def _link(self, link: Link) -> msgspec.Raw:
        """Encoded once for all its clicks: that is most of what a message costs."""
        return msgspec.Raw(msgspec.json.encode(link_told(link, self.api_url)))


def _links(tx: Read, workspace_id: str, clicks: list[Click]) -> dict[int, Link]:
    numbers = sorted({click.link_number for click in clicks})
    return {link.number: link for link in links.by_numbers(tx, workspace_id, numbers)}


def _audiences(
    group: list[Listener], clicks: list[Click], known: dict[int, Link]
) -> Iterator[tuple[list[Listener], list[Click]]]:
    """Listeners that hear the same clicks share their messages."""
    same: dict[tuple[int, ...], list[Listener]] = {}
    for each in group:
        numbers = [n for n, link in known.items() if each.hears(link.id, link.folder_id)]
        same.setdefault(tuple(sorted(numbers)), []).append(each)
    for heard, hearers in same.items():
        wanted = set(heard)
        yield hearers, [click for click in clicks if click.link_number in wanted]


def _draft(subject_id: str, data: dict[str, Any]) -> Draft:
    return Draft(
        event=Event.LINK_CLICKED,
        subject_id=subject_id,
        order_key=delivery.UNORDERED,
        data=partial(dict, data),
    )


def _batches(rows: list[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _cursor(tx: Read) -> int:
    row = tx.one("select value from cursors where name = :name", {"name": CURSOR})
    return int(row[0]) if row else 0


def _put(tx: Write, name: str, value: int) -> None:
    tx.run(
        "insert into cursors (name, value) values (:name, :value)"
        " on conflict (name) do update set value = excluded.value",
        {"name": name, "value": str(value)},
    )
