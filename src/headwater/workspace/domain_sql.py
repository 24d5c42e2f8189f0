"""Domains with their settings."""

from typing import Any

from headwater.db import Read, Row, Write
from headwater.workspace.model import Domain, Due, Finding, Holder, Standing

# The primary domain is the one that was chosen; where none was, or it is archived, the oldest.
_SELECT = (
    "select d.id, d.host, d.archived, d.placeholder, d.expired_url, d.not_found_url, d.logo,"
    " d.asset_links, d.apple_app_site_association, d.created_at,"
    " coalesce(d.updated_at, d.created_at),"
    " (select f.id from domains f where f.workspace_id = d.workspace_id"
    "  order by f.archived, f.is_primary desc, f.created_at, f.id limit 1),"
    " d.held, d.verified_at, d.look_at, d.looked_at, d.misses, d.finding"
    " from domains d where d.workspace_id = :workspace_id"
)


def _domain(row: Row) -> Domain:
    return Domain(
        id=row[0],
        host=row[1],
        primary=row[11] == row[0],
        archived=bool(row[2]),
        placeholder=row[3],
        expired_url=row[4],
        not_found_url=row[5],
        logo=row[6],
        asset_links=row[7],
        apple_app_site_association=row[8],
        created_at=row[9],
        updated_at=row[10],
        standing=_standing(row[12:]),
    )


def _standing(row: Row) -> Standing:
    return Standing(
        held=bool(row[0]),
        verified_at=row[1],
        look_at=row[2],
        looked_at=row[3],
        misses=row[4],
        finding=None if row[5] is None else Finding(row[5]),
    )


def domain(tx: Read, workspace_id: str, host: str) -> Domain | None:
    row = tx.one(f"{_SELECT} and d.host = :host", {"workspace_id": workspace_id, "host": host})
    return None if row is None else _domain(row)


def list_domains(
    tx: Read, workspace_id: str, search: str | None, archived: bool, limit: int, offset: int
) -> list[Domain]:
    """Oldest first; `search` is a pattern."""
    rows = tx.all(
        f"{_SELECT} and d.archived = :archived"
        " and (cast(:search as text) is null or d.host like :search escape '~')"
        " order by d.created_at, d.id limit :limit offset :offset",
        {
            "workspace_id": workspace_id,
            "search": search,
            "archived": int(archived),
            "limit": limit,
            "offset": offset,
        },
    )
    return [_domain(row) for row in rows]


def holder_of(tx: Read, host: str) -> Holder | None:
    """Every workspace: one of those that name a host holds it."""
    row = tx.one(
        "select workspace_id, look_at is null from domains where host = :host and held = 1",
        {"host": host},
    )
    return None if row is None else Holder(workspace_id=row[0], vouched=bool(row[1]))


def due(tx: Read, now_us: int, limit: int) -> list[Due]:
    """Every workspace: domains to be looked at, those that wait longest first."""
    rows = tx.all(
        "select workspace_id, host, held, look_at from domains where look_at <= :now"
        " order by look_at limit :limit",
        {"now": now_us, "limit": limit},
    )
    return [
        Due(workspace_id=row[0], host=row[1], held=bool(row[2]), look_at=row[3]) for row in rows
    ]


def insert_domain(
    tx: Write, workspace_id: str, domain_id: str, host: str, standing: Standing, now_us: int
) -> None:
    tx.run(
        "insert into domains (id, workspace_id, host, created_at, held, verified_at, look_at)"
        " values (:id, :workspace_id, :host, :now, :held, :verified_at, :look_at)",
        {
            "id": domain_id,
            "workspace_id": workspace_id,
            "host": host,
            "now": now_us,
            "held": int(standing.held),
            "verified_at": standing.verified_at,
            "look_at": standing.look_at,
        },
    )


def set_standing(tx: Write, workspace_id: str, host: str, standing: Standing) -> None:
    tx.run(
        "update domains set held = :held, verified_at = :verified_at, look_at = :look_at,"
        " looked_at = :looked_at, misses = :misses, finding = :finding"
        " where workspace_id = :workspace_id and host = :host",
        {
            "workspace_id": workspace_id,
            "host": host,
            "held": int(standing.held),
            "verified_at": standing.verified_at,
            "look_at": standing.look_at,
            "looked_at": standing.looked_at,
            "misses": standing.misses,
            "finding": None if standing.finding is None else standing.finding.value,
        },
    )


def set_domain(tx: Write, workspace_id: str, host: str, values: dict[str, Any]) -> None:
    tx.run(
        "update domains set host = :new_host, archived = :archived, placeholder = :placeholder,"
        " expired_url = :expired_url, not_found_url = :not_found_url, logo = :logo,"
        " asset_links = :asset_links, apple_app_site_association = :apple_app_site_association,"
        " updated_at = :now where workspace_id = :workspace_id and host = :host",
        {"workspace_id": workspace_id, "host": host, **values},
    )


def primary_is_chosen(tx: Read, workspace_id: str) -> bool:
    row = tx.one(
        "select 1 from domains where workspace_id = :workspace_id and is_primary = 1",
        {"workspace_id": workspace_id},
    )
    return row is not None


def set_primary(tx: Write, workspace_id: str, host: str) -> None:
    tx.run(
        "update domains set is_primary = 0 where workspace_id = :workspace_id and is_primary = 1",
        {"workspace_id": workspace_id},
    )
    tx.run(
        "update domains set is_primary = 1 where workspace_id = :workspace_id and host = :host",
        {"workspace_id": workspace_id, "host": host},
    )


def delete_domain(tx: Write, workspace_id: str, host: str) -> None:
    tx.run(
        "delete from domains where workspace_id = :workspace_id and host = :host",
        {"workspace_id": workspace_id, "host": host},
    )
