from collections.abc import Sequence
from typing import Any

import msgspec

from headwater import links
from headwater.attribution.click_ids import ClickRef
from headwater.attribution.model import Click, Hit
from headwater.attribution.rules import Terms, Touch
from headwater.db import Read, Write
from headwater.kit.clock import HOUR_US
from headwater.programs import Model, SelfReferral

Counts = list[dict[str, Any]]
CLICK = (
    "click_id, link_number, first_at, class, user_agent, referrer, url, trigger, country, region,"
    " city"
)


def insert_hits(tx: Write, workspace_id: str, group_id: str, hits: Sequence[Hit]) -> None:
    rows = [[h.link_number, h.hour, h.visitor, h.at, h.hit_class, h.reason] for h in hits]
    tx.run(
        "insert into hits"
        " (group_id, workspace_id, link_number, hour, visitor, at, class, reason)"
        " select :group_id, :workspace_id, cast(value->>0 as bigint), cast(value->>1 as bigint),"
        " cast(value->>2 as bigint), cast(value->>3 as bigint), value->>4, value->>5"
        f" from {tx.each}",
        {"group_id": group_id, "workspace_id": workspace_id, "rows": _json(rows)},
    )


def upsert_clicks(
    tx: Write, workspace_id: str, group_id: str, hits: Sequence[Hit]
) -> list[tuple[int, int]]:
    """(link number, counted) of every click that is new or became counted; the rest is a repeat."""
    rows = [
        [
            h.link_number,
            h.hour,
            h.visitor,
            h.click_id,
            h.at,
            h.hit_class,
            int(h.counted),
            h.user_agent,
            h.referrer,
            h.url,
            h.trigger,
            h.place.country,
            h.place.region,
            h.place.city,
        ]
        for h in hits
    ]
    found = tx.all(
        "insert into clicks (link_number, hour, visitor, workspace_id, click_id, first_at, class,"
        " counted, counted_in, user_agent, referrer, url, trigger, country, region, city)"
        " select cast(value->>0 as bigint), cast(value->>1 as bigint), cast(value->>2 as bigint),"
        " :workspace_id, value->>3, cast(value->>4 as bigint), value->>5,"
        " cast(value->>6 as bigint), case when cast(value->>6 as bigint) = 1 then :group_id end,"
        " value->>7, value->>8, value->>9, value->>10, value->>11, value->>12, value->>13"
        f" from {tx.each} where true"
        " on conflict (link_number, hour, visitor) do update"
        " set counted = 1, counted_in = excluded.counted_in, class = excluded.class,"
        " trigger = excluded.trigger"
        " where clicks.counted = 0 and excluded.counted = 1"
        " returning link_number, counted",
        {"workspace_id": workspace_id, "group_id": group_id, "rows": _json(rows)},
    )
    return [(int(row[0]), int(row[1])) for row in found]


def move_first_at(tx: Write, workspace_id: str, hits: Sequence[Hit]) -> None:
    """A click happened when the first of its hits did, whichever was stored first."""
    rows = [[hit.link_number, hit.hour, hit.visitor, hit.at] for hit in hits]
    tx.run(
        "update clicks set first_at = e.at"
        " from (select cast(value->>0 as bigint) as link_number, cast(value->>1 as bigint) as hour,"
        " cast(value->>2 as bigint) as visitor, cast(value->>3 as bigint) as at"
        f" from {tx.each}) as e"
        " where clicks.link_number = e.link_number and clicks.hour = e.hour"
        " and clicks.visitor = e.visitor and clicks.first_at > e.at"
        " and clicks.workspace_id = :workspace_id",
        {"workspace_id": workspace_id, "rows": _json(rows)},
    )


def _json(rows: list[list[Any]]) -> str:
    return msgspec.json.encode(rows).decode()


def click(tx: Read, workspace_id: str, ref: ClickRef) -> Click | None:
    row = tx.one(
        f"select {CLICK} from clicks"
        " where link_number = :link_number and hour = :hour and visitor = :visitor"
        " and workspace_id = :workspace_id",
        {
            "link_number": ref.link_number,
            "hour": ref.hour,
            "visitor": ref.visitor,
            "workspace_id": workspace_id,
        },
    )
    return None if row is None else click_of(row)


def clicks_by_ref(tx: Read, workspace_id: str, refs: Sequence[ClickRef]) -> dict[str, Click]:
    """By click id."""
    rows = tx.all(
        f"select {CLICK} from {tx.each} cross join clicks"
        " where link_number = cast(value->>0 as bigint) and hour = cast(value->>1 as bigint)"
        " and visitor = cast(value->>2 as bigint) and workspace_id = :workspace_id",
        {
            "workspace_id": workspace_id,
            "rows": _json([[ref.link_number, ref.hour, ref.visitor] for ref in refs]),
        },
    )
    return {row[0]: click_of(row) for row in rows}


def click_of(row: Sequence[Any]) -> Click:
    return Click(
        click_id=row[0],
        link_number=row[1],
        first_at=row[2],
        hit_class=row[3],
        user_agent=row[4],
        referrer=row[5],
        url=row[6],
        trigger=row[7],
        country=row[8],
        region=row[9],
        city=row[10],
    )


def clicks_counted_in(tx: Read, workspace_id: str, group_id: str) -> list[Click]:
    """A journal line of kind `clicks` names the group."""
    rows = tx.all(
        f"select {CLICK} from clicks"
        " where workspace_id = :workspace_id and counted_in = :group_id"
        " order by first_at, click_id",
        {"workspace_id": workspace_id, "group_id": group_id},
    )
    return [click_of(row) for row in rows]


def insert_attribution(tx: Write, workspace_id: str, row: dict[str, Any]) -> None:
    """The first touch stays: a later one changes nothing."""
    tx.run(
        "insert into attributions"
        " (customer_id, provider, workspace_id, click_id, link_number, touched_at, created_at)"
        " values (:customer_id, 'headwater', :workspace_id, :click_id, :link_number, :touched_at,"
        " :now) on conflict (customer_id, provider) do nothing",
        {"workspace_id": workspace_id, **row},
    )


def frozen_touch(tx: Read, workspace_id: str, customer_id: str) -> tuple[str, int] | None:
    """Click id and time of the touch that was the first known at the customer's first lead."""
    row = tx.one(
        "select click_id, touched_at from attributions where workspace_id = :workspace_id"
        " and customer_id = :customer_id and provider = 'headwater'",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    return None if row is None else (str(row[0]), int(row[1]))


def touches(tx: Read, workspace_id: str, customer_id: str) -> list[Touch]:
    """The clicks behind a customer's leads with all the decision needs, in order of the leads, then
    those that were claimed and are behind none.
    """
    rows = tx.all(
        "select l.click_id, l.clicked_at, l.click_class, l.link_number, k.id, l.id, l.partner_id,"
        " l.program_id, g.attribution_model, g.window_days, g.self_referral,"
        " e.id, e.stopped_at, p.email, l.name_key, l.position, k.features, g.holding_days from ("
        "  select id, click_id, clicked_at, click_class, link_number, program_id, partner_id,"
        "   name_key, position, at from leads"
        "   where workspace_id = :workspace_id and customer_id = :customer_id"
        "  union all select null, c.click_id, c.clicked_at, c.click_class, c.link_number,"
        "   c.program_id, c.partner_id, null, null, c.clicked_at from claimed_clicks c"
        "   where c.workspace_id = :workspace_id and c.customer_id = :customer_id"
        " ) as l join links k on k.number = l.link_number"
        " left join programs g on g.id = l.program_id"
        " left join enrolments e on e.program_id = l.program_id and e.partner_id = l.partner_id"
        " left join partners p on p.id = l.partner_id"
        " order by l.position is null, l.at, l.position, l.click_id",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    behind_leads = {row[0] for row in rows if row[5] is not None}
    return [_touch(row) for row in rows if row[5] is not None or row[0] not in behind_leads]


def _touch(row: Sequence[Any]) -> Touch:
    terms = None
    if row[7] is not None:
        terms = Terms(
            program_id=row[7],
            model=Model(row[8]),
            window_days=row[9],
            self_referral=SelfReferral(row[10]),
            holding_days=row[17],
        )
    return Touch(
        click_id=row[0],
        clicked_at=row[1],
        hit_class=row[2],
        link_number=row[3],
        link_id=row[4],
        lead_id=row[5],
        partner_id=row[6],
        terms=terms,
        enrolled=row[11] is not None,
        stopped_at=row[12],
        partner_email=row[13],
        lead_key=row[14],
        lead_position=row[15],
        link_disabled_at=links.disabled_since(row[16]),
    )


def forget_clicks(tx: Write, workspace_id: str, clicks: Sequence[tuple[int, int, str]]) -> None:
    """What browsers said at these clicks, and where they were: (link number, time, click id)."""
    tx.many(
        "update clicks set user_agent = null, referrer = null, url = null, country = null,"
        " region = null, city = null"
        " where workspace_id = :workspace_id and link_number = :link_number and hour = :hour"
        " and click_id = :click_id",
        [
            {
                "workspace_id": workspace_id,
                "link_number": link_number,
                "hour": at // HOUR_US,
                "click_id": click_id,
            }
            for link_number, at, click_id in clicks
        ],
    )
