"""`link.clicked` in batches: a tailing reader of the sealed journal, never a row per click."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from headwater import attribution, delivery, journal, links
from headwater.attribution import CountedClick
from headwater.db import Read, Write
from headwater.delivery import Draft, Event
from headwater.kit.context import Context
from headwater.kit.entropy import Entropy
from headwater.messages import link_told
from headwater.shapes import click_object

CURSOR = "announce_clicks"
SEEN = "worker_seen"  # read by http/api/health.py
ENTRIES_AT_ONCE = 200


def announce(tx: Write, now_us: int, entropy: Entropy, batch_max: int, api_url: str) -> bool:
    """Plan messages for the clicks counted since last time; True if there may be more.

    The cursor moves in the transaction that plans the messages, so each click goes out once.
    """
    tx.lock(CURSOR)
    seen = _cursor(tx)
    entries = journal.entries_after(tx, seen, ENTRIES_AT_ONCE)
    if not entries:
        return False
    clicks: dict[str, list[CountedClick]] = {}
    wanted = {owner: _wanted(tx, owner) for owner in {entry.workspace_id for entry in entries}}
    for entry in entries:
        if entry.kind == "clicks" and wanted[entry.workspace_id]:
            found = attribution.clicks_counted_in(tx, entry.id)
            clicks.setdefault(entry.workspace_id, []).extend(found)
    for workspace_id, own in clicks.items():
        ctx = Context(workspace_id=workspace_id, now_us=now_us, entropy=entropy)
        _plan(tx, ctx, own, batch_max, api_url)
    _put(tx, CURSOR, entries[-1].seq or seen)
    return len(entries) == ENTRIES_AT_ONCE


def beat(tx: Write, now_us: int) -> None:
    """The sign of life of the worker, for whoever asks whether messages go out."""
    _put(tx, SEEN, now_us)


def _wanted(tx: Read, workspace_id: str) -> bool:
    """Nobody listening: the clicks are passed over without being read."""
    return any(
        webhook.deleted_at is None and Event.LINK_CLICKED in webhook.triggers
        for webhook in delivery.list_webhooks(tx, workspace_id)
    )


def _plan(
    tx: Write, ctx: Context, clicks: list[CountedClick], batch_max: int, api_url: str
) -> None:
    shapes = _Shapes(api_url)
    for batch in _batches(clicks, batch_max):
        rows = [_row(tx, ctx, counted, shapes) for counted in batch]
        draft = Draft(
            event=Event.LINK_CLICKED,
            subject_id=ctx.workspace_id,
            order_key=delivery.UNORDERED,
            data=partial(dict, clicks=rows),
        )
        delivery.plan(tx, ctx, [draft])


def _batches(clicks: list[CountedClick], size: int) -> Iterator[list[CountedClick]]:
    for start in range(0, len(clicks), size):
        yield clicks[start : start + size]


class _Shapes:
    """Links as clicks tell of them, each read once."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url
        self._known: dict[int, dict[str, Any]] = {}

    def link(self, tx: Read, workspace_id: str, number: int) -> dict[str, Any]:
        if number not in self._known:
            link = links.by_number(tx, workspace_id, number)
            assert link is not None
            self._known[number] = link_told(link, self._api_url)
        return self._known[number]


def _row(tx: Read, ctx: Context, counted: CountedClick, shapes: _Shapes) -> dict[str, Any]:
    link = shapes.link(tx, ctx.workspace_id, counted.click.link_number)
    return {"click": click_object(counted.click), "link": link}


def _cursor(tx: Read) -> int:
    row = tx.one("select value from cursors where name = :name", {"name": CURSOR})
    return int(row[0]) if row else 0


def _put(tx: Write, name: str, value: int) -> None:
    tx.run(
        "insert into cursors (name, value) values (:name, :value)"
        " on conflict (name) do update set value = excluded.value",
        {"name": name, "value": str(value)},
    )
