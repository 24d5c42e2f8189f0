"""Facts of a period one by one, in order of time. `narrowed` as in `sql.py`."""

from typing import Any

from headwater.attribution import Click
from headwater.db import Read, Row
from headwater.insights.model import Event, Traits


def clicks(tx: Read, workspace_id: str, asked: dict[str, Any]) -> list[Event]:
    """Unique, counted ones, by their time."""
    falling = asked["falling"]
    order = " order by at desc, id desc" if falling else " order by at, id"
    rows = tx.all(
        "select c.click_id as id, c.first_at as at, c.link_number, c.class, c.user_agent,"
        " c.referrer, c.url, c.trigger, c.country, c.region, c.city from clicks c"
        " where c.workspace_id = :workspace_id and c.counted = 1"
        f" and c.first_at >= :since and c.first_at < :until{order} limit :limit",
        {"workspace_id": workspace_id, **_times(asked)},
    )
    return [_click(row) for row in rows]


def clicks_of_links(tx: Read, workspace_id: str, asked: dict[str, Any]) -> list[Event]:
    """Those of few links: link by link through the primary key."""
    falling = asked["falling"]
    order = " order by at desc, id desc" if falling else " order by at, id"
    rows = tx.all(
        "select c.click_id as id, c.first_at as at, c.link_number, c.class, c.user_agent,"
        " c.referrer, c.url, c.trigger, c.country, c.region, c.city"
        f" from {tx.each} cross join clicks c"
        " where c.link_number = cast(value->>0 as bigint)"
        " and c.hour between :first_hour and :last_hour"
        " and c.workspace_id = :workspace_id and c.counted = 1"
        f" and c.first_at >= :since and c.first_at < :until{order} limit :limit",
        {
            "workspace_id": workspace_id,
            "rows": asked["rows"],
            "first_hour": asked["first_hour"],
            "last_hour": asked["last_hour"],
            **_times(asked),
        },
    )
    return [_click(row) for row in rows]


def leads(tx: Read, workspace_id: str, asked: dict[str, Any]) -> list[Event]:
    falling = asked["falling"]
    order = " order by d.at desc, d.id desc" if falling else " order by d.at, d.id"
    rows = tx.all(
        "select d.id, d.at, d.link_number, d.click_id, d.name, d.customer_id, d.metadata,"
        " d.quantity from leads d"
        " where d.workspace_id = :workspace_id and d.at >= :since and d.at < :until"
        " and (:narrowed = '' or case :narrowed when 'customers' then d.customer_id"
        f" else cast(d.link_number as text) end in (select value->>0 from {tx.each}))"
        f"{order} limit :limit",
        {
            "workspace_id": workspace_id,
            "narrowed": asked["narrowed"],
            "rows": asked["rows"],
            **_times(asked),
        },
    )
    return [_lead(row) for row in rows]


def sales(tx: Read, workspace_id: str, asked: dict[str, Any]) -> list[Event]:
    """Refunds change none of them. The workspace is that of the lead: by that of the sale SQLite
    would find all of them through their invoices, and sort them.
    """
    falling = asked["falling"]
    order = " order by s.at desc, s.id desc" if falling else " order by s.at, s.id"
    rows = tx.all(
        "select s.id, s.at, s.link_number, d.click_id, s.event_name, s.customer_id, s.metadata,"
        " s.amount, s.currency, s.invoice_id, s.payment_processor,"
        " case when :firsts = 1 then case when exists (select 1 from sales o"
        "  where o.customer_id = s.customer_id and o.link_number = s.link_number"
        "  and (o.at < s.at or (o.at = s.at and o.id < s.id))) then 0 else 1 end end"
        " from sales s join leads d on d.id = s.lead_id"
        " where d.workspace_id = :workspace_id and s.at >= :since and s.at < :until"
        " and (:narrowed = '' or case :narrowed when 'customers' then s.customer_id"
        f" else cast(s.link_number as text) end in (select value->>0 from {tx.each}))"
        f"{order} limit :limit",
        {
            "workspace_id": workspace_id,
            "firsts": asked["firsts"],
            "narrowed": asked["narrowed"],
            "rows": asked["rows"],
            **_times(asked),
        },
    )
    return [_sale(row) for row in rows]


def _times(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in ("since", "until", "limit")}


def _click(row: Row) -> Event:
    click = Click(
        click_id=row[0],
        first_at=row[1],
        link_number=row[2],
        hit_class=row[3],
        user_agent=row[4],
        referrer=row[5],
        url=row[6],
        trigger=row[7],
        country=row[8],
        region=row[9],
        city=row[10],
    )
    return Event(
        traits=Traits(link_number=row[2]), id=row[0], at=row[1], click_id=row[0], click=click
    )


def _lead(row: Row) -> Event:
    return Event(traits=_traits(row), id=row[0], at=row[1], click_id=row[3], quantity=row[7])


def _sale(row: Row) -> Event:
    return Event(
        traits=_traits(row, first=row[11]),
        id=row[0],
        at=row[1],
        click_id=row[3],
        amount=row[7],
        currency=row[8],
        invoice_id=row[9],
        payment_processor=row[10],
    )


def _traits(row: Row, first: int | None = None) -> Traits:
    return Traits(link_number=row[2], name=row[4], customer_id=row[5], metadata=row[6], first=first)
