"""Recording hits: one call per commit takes all that wait, with counters and a journal line."""

from collections.abc import Sequence

from msgspec.structs import replace

from headwater import links
from headwater.attribution import sql
from headwater.attribution.model import Hit
from headwater.db import Write
from headwater.journal import write as write_journal
from headwater.kit.context import Context
from headwater.kit.entropy import Entropy


class Recorder:
    """The batch function of the click lane. Held once, so that all waiting hits share a call."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy

    def record(self, tx: Write, hits: list[Hit]) -> list[None]:
        by_workspace: dict[str, list[Hit]] = {}
        for hit in hits:
            by_workspace.setdefault(hit.workspace_id, []).append(hit)
        for workspace_id, own in sorted(by_workspace.items()):
            now_us = max(hit.at for hit in own)
            ctx = Context(workspace_id=workspace_id, now_us=now_us, entropy=self._entropy)
            _record(tx, ctx, own)
        return [None] * len(hits)


def _record(tx: Write, ctx: Context, hits: Sequence[Hit]) -> None:
    group_id = write_journal(tx, ctx, "clicks", str(len(hits)), *[line(hit) for hit in hits])
    sql.insert_hits(tx, ctx.workspace_id, group_id, hits)
    distinct = _distinct(hits)
    new_clicks = sql.upsert_clicks(tx, ctx.workspace_id, group_id, distinct)
    if len(new_clicks) < len(distinct):
        sql.move_first_at(tx, ctx.workspace_id, distinct)
    links.count_clicks(tx, ctx.workspace_id, _deltas(hits, new_clicks))


def line(hit: Hit) -> str:
    """What the journal commits to for one hit; `verify` rebuilds it from the row."""
    return hit_line(hit.link_number, hit.hour, hit.visitor, hit.at, hit.hit_class, hit.reason)


def hit_line(link_number: int, hour: int, visitor: int, at: int, kind: str, reason: str) -> str:
    return f"{link_number}|{hour}|{visitor}|{at}|{kind}|{reason}"


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    """One hit per click in fixed order: a counted one if there is any, at the earliest time of all.

    So a click comes out the same however its hits were spread over commits.
    """
    chosen: dict[tuple[int, int, int], Hit] = {}
    for hit in hits:
        key = (hit.link_number, hit.hour, hit.visitor)
        known = chosen.get(key)
        if known is None:
            chosen[key] = hit
            continue
        better = hit if hit.counted and not known.counted else known
        chosen[key] = replace(better, at=min(hit.at, known.at))
    return [chosen[key] for key in sorted(chosen)]


def _deltas(hits: Sequence[Hit], new_clicks: list[tuple[int, int]]) -> list[links.ClickDelta]:
    raw: dict[int, int] = {}
    unique: dict[int, int] = {}
    last: dict[int, int] = {}
    for hit in hits:
        raw[hit.link_number] = raw.get(hit.link_number, 0) + 1
        if hit.counted:
            last[hit.link_number] = max(last.get(hit.link_number, 0), hit.at)
    for link_number, counted in new_clicks:
        unique[link_number] = unique.get(link_number, 0) + counted
    return [
        links.ClickDelta(number, raw[number], unique.get(number, 0), last.get(number))
        for number in sorted(raw)
    ]
