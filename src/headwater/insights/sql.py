"""Facts of a period, counted. A column that was not asked for is null, so that rows fall together.

Clicks are found link by link through their primary key. Leads and sales only name theirs: all that
finds one by its id is in the id, and SQL cannot read it. `narrowed`: only facts of the links, or by
the customers, whose numbers or ids are in `rows` as texts.
"""

from typing import Any

from headwater.db import Read
from headwater.insights.model import Counted


def clicks(tx: Read, workspace_id: str, asked: dict[str, Any]) -> list[Counted]:
    """Unique, counted ones. They are nobody's, so they have no name, customer or metadata."""
    rows = tx.all(
        "select l.number, case when :agents = 1 then c.user_agent end,"
        " case when :referrers = 1 then c.referrer end, case when :urls = 1 then c.url end,"
        " case when :triggers = 1 then c.trigger end,"
        " case when :countries = 1 then c.country end, case when :regions = 1 then c.region end,"
        " case when :cities = 1 then c.city end,"
        " c.first_at - (c.first_at - :origin) % :step, count(*)"
        " from links l join clicks c on c.link_number = l.number"
        " and c.hour between :first_hour and :last_hour"
        " where l.workspace_id = :workspace_id and c.counted = 1"
        " and c.first_at >= :since and c.first_at < :until"
        f" and (:narrowed = '' or cast(l.number as text) in (select value->>0 from {tx.each}))"
        " group by 1, 2, 3, 4, 5, 6, 7, 8, 9 limit :limit",
        {"workspace_id": workspace_id, **asked},
    )
    return [_clicks(row) for row in rows]


def leads(tx: Read, workspace_id: str, asked: dict[str, Any]) -> list[Counted]:
    """A lead counts as often as it happened."""
    rows = tx.all(
        "select d.link_number, case when :clicks = 1 then d.click_id end,"
        " case when :names = 1 then d.name end, case when :customers = 1 then d.customer_id end,"
        " case when :metadata = 1 then d.metadata end, null,"
        " d.at - (d.at - :origin) % :step, cast(sum(d.quantity) as bigint), 0 from leads d"
        " where d.workspace_id = :workspace_id and d.at >= :since and d.at < :until"
        " and (:narrowed = '' or case :narrowed when 'customers' then d.customer_id"
        f" else cast(d.link_number as text) end in (select value->>0 from {tx.each}))"
        " group by 1, 2, 3, 4, 5, 7 limit :limit",
        {"workspace_id": workspace_id, **asked},
    )
    return [_conversions(row) for row in rows]


def sales(tx: Read, workspace_id: str, asked: dict[str, Any]) -> list[Counted]:
    """Refunds do not lower them: they are counted as sold."""
    rows = tx.all(
        "select s.link_number, case when :clicks = 1 then d.click_id end,"
        " case when :names = 1 then s.event_name end,"
        " case when :customers = 1 then s.customer_id end,"
        " case when :metadata = 1 then s.metadata end,"
        " case when :firsts = 1 then case when exists (select 1 from sales o"
        "  where o.customer_id = s.customer_id and o.link_number = s.link_number"
        "  and (o.at < s.at or (o.at = s.at and o.id < s.id))) then 0 else 1 end end,"
        " s.at - (s.at - :origin) % :step, count(*), cast(sum(s.amount) as bigint)"
        " from sales s join leads d on d.id = s.lead_id"
        " where s.workspace_id = :workspace_id and s.at >= :since and s.at < :until"
        " and (:narrowed = '' or case :narrowed when 'customers' then s.customer_id"
        f" else cast(s.link_number as text) end in (select value->>0 from {tx.each}))"
        " group by 1, 2, 3, 4, 5, 6, 7 limit :limit",
        {"workspace_id": workspace_id, **asked},
    )
    return [_conversions(row) for row in rows]


def _clicks(row: tuple[Any, ...]) -> Counted:
    return Counted(
        link_number=row[0],
        user_agent=row[1],
        referrer=row[2],
        url=row[3],
        trigger=row[4],
        country=row[5],
        region=row[6],
        city=row[7],
        step=row[8],
        count=row[9],
        amount=0,
    )


def _conversions(row: tuple[Any, ...]) -> Counted:
    return Counted(
        link_number=row[0],
        click_id=row[1],
        name=row[2],
        customer_id=row[3],
        metadata=row[4],
        first=row[5],
        step=row[6],
        count=row[7],
        amount=row[8],
    )
