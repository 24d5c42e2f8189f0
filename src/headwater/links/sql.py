from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.db import Read, Row, Write
from headwater.links.model import ClickDelta, ConversionDelta, Counters, Link, LinkFilter

_COLUMNS = (
    "l.number, l.id, l.workspace_id, l.host, l.key, l.url, l.external_id, l.tenant_id,"
    " l.program_id, l.partner_id, l.track_conversion, l.archived, l.title, l.description,"
    " l.comments, l.created_at, l.updated_at,"
    " c.hits, c.clicks, c.leads, c.conversions, c.sales, c.sale_amount, c.last_clicked, c.earnings"
)
_FROM = " from links l join link_counters c on c.link_number = l.number"


def _link(row: Row) -> Link:
    return Link(
        number=row[0],
        id=row[1],
        workspace_id=row[2],
        host=row[3],
        key=row[4],
        url=row[5],
        external_id=row[6],
        tenant_id=row[7],
        program_id=row[8],
        partner_id=row[9],
        track_conversion=bool(row[10]),
        archived=bool(row[11]),
        title=row[12],
        description=row[13],
        comments=row[14],
        created_at=row[15],
        updated_at=row[16],
        counters=Counters(
            hits=row[17],
            clicks=row[18],
            leads=row[19],
            conversions=row[20],
            sales=row[21],
            sale_amount=row[22],
            last_clicked=row[23],
            earnings=row[24],
        ),
    )


def by_id(tx: Read, workspace_id: str, link_id: str) -> Link | None:
    row = tx.one(
        f"select {_COLUMNS}{_FROM} where l.workspace_id = :workspace_id and l.id = :id",
        {"workspace_id": workspace_id, "id": link_id},
    )
    return None if row is None else _link(row)


def by_external_id(tx: Read, workspace_id: str, external_id: str) -> Link | None:
    row = tx.one(
        f"select {_COLUMNS}{_FROM}"
        " where l.workspace_id = :workspace_id and l.external_id = :external_id",
        {"workspace_id": workspace_id, "external_id": external_id},
    )
    return None if row is None else _link(row)


def by_number(tx: Read, workspace_id: str, number: int) -> Link | None:
    row = tx.one(
        f"select {_COLUMNS}{_FROM} where l.workspace_id = :workspace_id and l.number = :number",
        {"workspace_id": workspace_id, "number": number},
    )
    return None if row is None else _link(row)


def by_numbers(tx: Read, workspace_id: str, numbers: Sequence[int]) -> list[Link]:
    rows = tx.all(
        f"select {_COLUMNS}{_FROM} where l.workspace_id = :workspace_id"
        f" and l.number in (select cast(value->>0 as bigint) from {tx.each})",
        {
            "workspace_id": workspace_id,
            "rows": msgspec.json.encode([[n] for n in numbers]).decode(),
        },
    )
    return [_link(row) for row in rows]


def by_key(tx: Read, host: str, key_folded: str) -> Link | None:
    """Every workspace: at the edge the host says whose link it is."""
    row = tx.one(
        f"select {_COLUMNS}{_FROM} where l.host = :host and l.key_folded = :key_folded",
        {"host": host, "key_folded": key_folded},
    )
    return None if row is None else _link(row)


def of_partner(tx: Read, workspace_id: str, partner_id: str, limit: int) -> list[Link]:
    rows = tx.all(
        f"select {_COLUMNS}{_FROM} where l.workspace_id = :workspace_id"
        " and l.partner_id = :partner_id order by l.id limit :limit",
        {"workspace_id": workspace_id, "partner_id": partner_id, "limit": limit},
    )
    return [_link(row) for row in rows]


def page(tx: Read, workspace_id: str, wanted: LinkFilter) -> list[Link]:
    """Newest first; ids sort by time, so a cursor is an id."""
    direction = "asc" if wanted.ending_before else "desc"
    rows = tx.all(
        f"select {_COLUMNS}{_FROM} where l.workspace_id = :workspace_id"
        " and (cast(:domain as text) is null or l.host = :domain)"
        " and (cast(:tenant_id as text) is null or l.tenant_id = :tenant_id)"
        " and (cast(:search as text) is null"
        "      or lower(l.host || '/' || l.key) like :search escape '~'"
        "      or lower(l.url) like :search escape '~')"
        " and (:show_archived = 1 or l.archived = 0)"
        " and (cast(:after as text) is null or l.id < :after)"
        " and (cast(:before as text) is null or l.id > :before)"
        f" order by l.id {direction} limit :limit offset :offset",
        {
            "workspace_id": workspace_id,
            "domain": wanted.domain,
            "tenant_id": wanted.tenant_id,
            "search": like_pattern(wanted.search),
            "show_archived": int(wanted.show_archived),
            "after": wanted.starting_after,
            "before": wanted.ending_before,
            "limit": wanted.limit,
            "offset": wanted.offset,
        },
    )
    found = [_link(row) for row in rows]
    return found[::-1] if wanted.ending_before else found


def like_pattern(text: str | None) -> str | None:
    if text is None:
        return None
    escaped = text.lower().replace("~", "~~").replace("%", "~%").replace("_", "~_")
    return f"%{escaped}%"


def changed_since(tx: Read, since_us: int) -> list[tuple[str, str, int]]:
    """Every workspace: (host, folded key, updated at) of links an edge cache may hold stale."""
    rows = tx.all(
        "select host, key_folded, updated_at from links where updated_at > :since"
        " order by updated_at desc limit 10000",
        {"since": since_us},
    )
    return [(row[0], row[1], row[2]) for row in rows]


def insert(tx: Write, workspace_id: str, values: dict[str, Any]) -> int | None:
    """The new link's number; None if domain and key are taken."""
    row = tx.one(
        "insert into links (id, workspace_id, host, key, key_folded, url, external_id, tenant_id,"
        " program_id, partner_id, track_conversion, archived, title, description, comments,"
        " created_at, updated_at)"
        " values (:id, :workspace_id, :host, :key, :key_folded, :url, :external_id, :tenant_id,"
        " :program_id, :partner_id, :track_conversion, :archived, :title, :description, :comments,"
        " :now, :now)"
        " on conflict (host, key_folded) do nothing returning number",
        {"workspace_id": workspace_id, **values},
    )
    if row is None:
        return None
    tx.run("insert into link_counters (link_number) values (:number)", {"number": row[0]})
    return int(row[0])


def update(tx: Write, workspace_id: str, values: dict[str, Any]) -> None:
    tx.run(
        "update links set host = :host, key = :key, key_folded = :key_folded, url = :url,"
        " external_id = :external_id, tenant_id = :tenant_id, program_id = :program_id,"
        " partner_id = :partner_id, track_conversion = :track_conversion, archived = :archived,"
        " title = :title, description = :description, comments = :comments, updated_at = :now"
        " where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, **values},
    )


def add_clicks(tx: Write, deltas: Sequence[ClickDelta]) -> None:
    """Deltas, never totals: two commits on one hot link add up whatever their order."""
    tx.run(
        "update link_counters set hits = link_counters.hits + d.hits,"
        " clicks = link_counters.clicks + d.clicks,"
        " last_clicked = case when d.last_clicked > coalesce(link_counters.last_clicked, 0)"
        " then d.last_clicked else link_counters.last_clicked end"
        " from (select cast(value->>0 as bigint) as number, cast(value->>1 as bigint) as hits,"
        " cast(value->>2 as bigint) as clicks, cast(value->>3 as bigint) as last_clicked"
        f" from {tx.each}) as d where link_counters.link_number = d.number",
        {"rows": msgspec.json.encode(deltas).decode()},
    )


def add_conversion(tx: Write, delta: ConversionDelta) -> None:
    tx.run(
        "update link_counters set leads = leads + :leads, conversions = conversions + :conversions,"
        " sales = sales + :sales, sale_amount = sale_amount + :sale_amount,"
        " earnings = earnings + :earnings"
        " where link_number = :link_number",
        {
            "link_number": delta.link_number,
            "leads": delta.leads,
            "conversions": delta.conversions,
            "sales": delta.sales,
            "sale_amount": delta.sale_amount,
            "earnings": delta.earnings,
        },
    )
