from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.db import Read, Row, Write, one_column
from headwater.links.model import (
    NO_FEATURES,
    ClickDelta,
    ConversionDelta,
    Counters,
    Features,
    Link,
    Tag,
)

# A line per tag; names have no line breaks.
_TAGS = (
    "(select string_agg(t.id || ' ' || t.color || ' ' || t.name, '\n' order by m.position)"
    " from link_tags m join tags t on t.id = m.tag_id where m.link_number = l.number)"
)
# Webhooks that hear of this link because it is named.
_WEBHOOKS = (
    "(select string_agg(s.webhook_id, ' ') from webhook_scopes s"
    " where s.target_id = l.id and s.kind = 'link')"
)
COLUMNS = (
    "l.number, l.id, l.workspace_id, l.host, l.key, l.url, l.external_id, l.tenant_id,"
    " l.program_id, l.partner_id, l.track_conversion, l.archived, l.title, l.description,"
    " l.comments, l.created_at, l.updated_at,"
    " c.hits, c.clicks, c.leads, c.conversions, c.sales, c.sale_amount, c.last_clicked, c.earnings,"
    f" l.folder_id, l.password, l.features, l.deleted_at, {_TAGS}, {_WEBHOOKS}"
)
FROM = " from links l join link_counters c on c.link_number = l.number"


_features = msgspec.json.Decoder(Features)


def link_of(row: Row) -> Link:
    """A row of COLUMNS."""
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
        folder_id=row[25],
        password=row[26],
        features=_features.decode(row[27]) if row[27] else NO_FEATURES,
        deleted_at=row[28],
        tags=_tags(row[29]) if row[29] else (),
        webhook_ids=tuple(sorted(row[30].split())) if row[30] else (),
    )


def _tags(lines: str) -> tuple[Tag, ...]:
    parts = (line.split(" ", 2) for line in lines.split("\n"))
    return tuple(Tag(id=part[0], color=part[1], name=part[2]) for part in parts)


def by_id(tx: Read, workspace_id: str, link_id: str) -> Link | None:
    """Also one that was deleted."""
    row = tx.one(
        f"select {COLUMNS}{FROM} where l.workspace_id = :workspace_id and l.id = :id",
        {"workspace_id": workspace_id, "id": link_id},
    )
    return None if row is None else link_of(row)


def by_external_id(tx: Read, workspace_id: str, external_id: str) -> Link | None:
    row = tx.one(
        f"select {COLUMNS}{FROM} where l.workspace_id = :workspace_id"
        " and l.external_id = :external_id and l.deleted_at is null",
        {"workspace_id": workspace_id, "external_id": external_id},
    )
    return None if row is None else link_of(row)


def by_number(tx: Read, workspace_id: str, number: int) -> Link | None:
    """Also one that was deleted: what happened there speaks of it for ever."""
    row = tx.one(
        f"select {COLUMNS}{FROM} where l.workspace_id = :workspace_id and l.number = :number",
        {"workspace_id": workspace_id, "number": number},
    )
    return None if row is None else link_of(row)


def disabled_at(tx: Read, workspace_id: str, number: int) -> int | None:
    """From when a link is disabled, also one that was deleted."""
    row = tx.one(
        "select features from links where workspace_id = :workspace_id and number = :number",
        {"workspace_id": workspace_id, "number": number},
    )
    return None if row is None else disabled_since(row[0])


def disabled_since(features: str | None) -> int | None:
    """As `disabled_at`, where a join has brought the link's features along."""
    return _features.decode(features).disabled_at if features else None


def by_numbers(tx: Read, workspace_id: str, numbers: Sequence[int]) -> list[Link]:
    rows = tx.all(
        f"select {COLUMNS}{FROM} where l.workspace_id = :workspace_id"
        f" and l.number in (select cast(value->>0 as bigint) from {tx.each})",
        {
            "workspace_id": workspace_id,
            "rows": msgspec.json.encode([[n] for n in numbers]).decode(),
        },
    )
    return [link_of(row) for row in rows]


def numbers_of(tx: Read, workspace_id: str, ids: Sequence[str]) -> dict[str, int]:
    """By id; also of those that were deleted."""
    rows = tx.all(
        "select id, number from links where workspace_id = :workspace_id"
        f" and id in (select value->>0 from {tx.each})",
        {
            "workspace_id": workspace_id,
            "rows": one_column(ids),
        },
    )
    return {str(row[0]): int(row[1]) for row in rows}


def by_key(tx: Read, workspace_id: str, host: str, key_folded: str) -> Link | None:
    """Within the workspace: others may have links on a host they do not hold."""
    row = tx.one(
        f"select {COLUMNS}{FROM} where l.workspace_id = :workspace_id"
        " and l.host = :host and l.key_folded = :key_folded and l.deleted_at is null",
        {"workspace_id": workspace_id, "host": host, "key_folded": key_folded},
    )
    return None if row is None else link_of(row)


def by_url(tx: Read, workspace_id: str, url: str) -> Link | None:
    """The first link that leads exactly there."""
    row = tx.one(
        f"select {COLUMNS}{FROM} where l.workspace_id = :workspace_id and l.deleted_at is null"
        " and substr(l.url, 1, 100) = substr(cast(:url as text), 1, 100)"
        " and length(l.url) = length(cast(:url as text)) and l.url = :url"
        " order by l.number limit 1",
        {"workspace_id": workspace_id, "url": url},
    )
    return None if row is None else link_of(row)


def of_partner(tx: Read, workspace_id: str, partner_id: str, limit: int) -> list[Link]:
    """With those that were deleted, which count in totals."""
    rows = tx.all(
        f"select {COLUMNS}{FROM} where l.workspace_id = :workspace_id"
        " and l.partner_id = :partner_id order by l.id limit :limit",
        {"workspace_id": workspace_id, "partner_id": partner_id, "limit": limit},
    )
    return [link_of(row) for row in rows]


def living_on(tx: Read, workspace_id: str, host: str) -> int:
    """How many links of a domain would go with it, its root link aside."""
    row = tx.one(
        "select count(*) from links where workspace_id = :workspace_id and host = :host"
        " and deleted_at is null and key_folded <> '_root'",
        {"workspace_id": workspace_id, "host": host},
    )
    assert row is not None
    return int(row[0])


def known_ids(tx: Read, workspace_id: str, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that name a living link."""
    rows = tx.all(
        "select id from links where workspace_id = :workspace_id and deleted_at is null"
        f" and id in (select value->>0 from {tx.each})",
        {
            "workspace_id": workspace_id,
            "rows": one_column(ids),
        },
    )
    return {str(row[0]) for row in rows}


def changed_since(tx: Read, since_us: int, most: int) -> list[tuple[int, int]]:
    """Every workspace: (number, updated at) of links an edge cache may hold stale, the latest
    first. Those that are as they were made are in none.
    """
    rows = tx.all(
        "select number, updated_at from links where updated_at > :since"
        " and updated_at <> created_at order by updated_at desc limit :most",
        {"since": since_us, "most": most},
    )
    return [(row[0], row[1]) for row in rows]


def insert(tx: Write, workspace_id: str, values: dict[str, Any]) -> int | None:
    """The new link's number; None if domain and key are taken."""
    row = tx.one(
        "insert into links (id, workspace_id, host, key, key_folded, url, external_id, tenant_id,"
        " program_id, partner_id, track_conversion, archived, title, description, comments,"
        " folder_id, password, features, created_at, updated_at, deleted_at)"
        " values (:id, :workspace_id, :host, :key, :key_folded, :url, :external_id, :tenant_id,"
        " :program_id, :partner_id, :track_conversion, :archived, :title, :description, :comments,"
        " :folder_id, :password, :features, :created_at, :updated_at, :deleted_at)"
        " on conflict (host, key_folded, workspace_id) where deleted_at is null do nothing"
        " returning number",
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
        " title = :title, description = :description, comments = :comments, folder_id = :folder_id,"
        " password = :password, features = :features, updated_at = :now"
        " where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, **values},
    )


def delete(tx: Write, workspace_id: str, link_id: str, now_us: int) -> None:
    tx.run(
        "update links set deleted_at = :now, updated_at = :now"
        " where workspace_id = :workspace_id and id = :id and deleted_at is null",
        {"workspace_id": workspace_id, "id": link_id, "now": now_us},
    )


def move_root(tx: Write, workspace_id: str, host: str, new_host: str, now_us: int) -> None:
    tx.run(
        "update links set host = :new_host, updated_at = :now where workspace_id = :workspace_id"
        " and host = :host and deleted_at is null and key_folded = '_root'",
        {"workspace_id": workspace_id, "host": host, "new_host": new_host, "now": now_us},
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
