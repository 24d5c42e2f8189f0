"""Recording hits: one call per commit takes all that wait, with counters and a journal line."""

import hashlib
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from headwater import links
from headwater.attribution import imported_sql, sql
from headwater.attribution.classify import HitClass
from headwater.attribution.click_ids import VISITOR_BITS, ClickIds
from headwater.attribution.model import Click, Hit, Place, StoredClick
from headwater.db import Read, Write
from headwater.journal import write as write_journal
from headwater.kit.clock import HOUR_US
from headwater.kit.context import Context
from headwater.kit.entropy import Entropy

# Kind of the journal line: the worker announces those of kind `clicks` alone.
IMPORTED, ASSIGNED = "clicks_imported", "click_assigned"


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
            _record(tx, ctx, own, "clicks")
        return [None] * len(hits)


def record_imported(tx: Write, ctx: Context, clicks: Sequence[StoredClick]) -> list[bool]:
    """Of each click whether it is new; nothing announces them. One hit stands for each, whatever
    the other server saw.
    """
    known = imported_sql.imported_ids(
        tx, ctx.workspace_id, [each.click.click_id for each in clicks]
    )
    fresh: dict[str, Hit] = {}
    new: list[bool] = []
    for each in clicks:
        click_id = each.click.click_id
        new.append(click_id not in known and click_id not in fresh)
        if new[-1]:
            fresh[click_id] = _imported_hit(ctx, each)
    if fresh:
        hits = list(fresh.values())
        _record(tx, ctx, hits, IMPORTED)
        refs = [(hit.click_id, hit.link_number, hit.hour, hit.visitor) for hit in hits]
        imported_sql.insert_imported(tx, ctx.workspace_id, refs)
    return new


def _imported_hit(ctx: Context, stored: StoredClick) -> Hit:
    """The visitor is a hash of the id: nobody else is taken for them."""
    click = stored.click
    digest = hashlib.blake2b(click.click_id.encode(), digest_size=VISITOR_BITS // 8).digest()
    return Hit(
        workspace_id=ctx.workspace_id,
        link_number=click.link_number,
        hour=click.first_at // HOUR_US,
        visitor=int.from_bytes(digest, "big"),
        click_id=click.click_id,
        at=click.first_at,
        hit_class=click.hit_class,
        reason="imported",
        counted=stored.counted,
        user_agent=click.user_agent or "",
        referrer=click.referrer or "",
        url=click.url or "",
        trigger=click.trigger,
        place=Place(click.country, click.region, click.city),
    )


def assign(
    tx: Write, ctx: Context, click_ids: ClickIds, link_number: int, whom: str, at: int
) -> str:
    """Id of a click by which `whom` came as a person said; never counted, and the same one again
    for the same customer, link and hour.
    """
    hour = at // HOUR_US
    ref, click_id = click_ids.derive(link_number, f"assigned:{whom}".encode(), hour)
    if sql.click(tx, ctx.workspace_id, ref) is None:
        hit = Hit(
            workspace_id=ctx.workspace_id,
            link_number=link_number,
            hour=hour,
            visitor=ref.visitor,
            click_id=click_id,
            at=at,
            hit_class=HitClass.ASSIGNED.value,
            reason="inbox",
            counted=False,
            user_agent="",
            referrer="",
            url="",
        )
        _record(tx, ctx, [hit], ASSIGNED)
    return click_id


def click_named(tx: Read, workspace_id: str, click_ids: ClickIds, click_id: str) -> Click | None:
    """By an id this server made, or one that came with an import."""
    ref = click_ids.read(click_id)
    refs = [ref] if ref else imported_sql.imported_refs(tx, workspace_id, [click_id])
    return sql.click(tx, workspace_id, refs[0]) if refs else None


def clicks_named(
    tx: Read, workspace_id: str, click_ids: ClickIds, named: Collection[str]
) -> dict[str, Click]:
    """By id, those of `named` that there are."""
    refs = {each: click_ids.read(each) for each in named}
    elsewhere = [each for each, ref in refs.items() if ref is None]
    found = [ref for ref in refs.values() if ref is not None]
    if elsewhere:
        found += imported_sql.imported_refs(tx, workspace_id, elsewhere)
    return sql.clicks_by_ref(tx, workspace_id, found) if found else {}


def _record(tx: Write, ctx: Context, hits: Sequence[Hit], kind: str) -> None:
    group_id = write_journal(tx, ctx, kind, str(len(hits)), *[line(hit) for hit in hits])
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
