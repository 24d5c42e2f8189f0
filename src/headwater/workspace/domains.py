"""What people do with domains; what leads from one is the business of links."""

from typing import Any

from headwater.db import Read, Write
from headwater.kit.context import Context
from headwater.kit.problems import conflict, invalid, not_found
from headwater.workspace import domain_sql, sql
from headwater.workspace.actions import check_host
from headwater.workspace.model import SETTINGS, Domain

PRIMARY = "primary"


def add_domain(tx: Write, ctx: Context, host: str, settings: dict[str, Any]) -> Domain:
    """Refuses hosts that cannot serve links, and those that belong to somebody."""
    check_host("slug", host)
    tx.lock(f"domain:{host}")
    _refuse_taken(tx, host)
    sql.insert_domain(tx, ctx.workspace_id, ctx.new_id("dom_"), host, ctx.now_us)
    return change_domain(tx, ctx, host, settings)


def bring_domain(tx: Write, ctx: Context, domain: Domain) -> bool:
    """As it was elsewhere; False where the workspace has this host already. It becomes the primary
    one if it was that, unless one was chosen here.
    """
    check_host("slug", domain.host)
    tx.lock(f"domain:{domain.host}")
    if sql.owner_of_host(tx, domain.host) == ctx.workspace_id:
        return False
    _refuse_taken(tx, domain.host)
    sql.insert_domain(tx, ctx.workspace_id, domain.id, domain.host, domain.created_at)
    settings: dict[str, Any] = {name: getattr(domain, name) for name in SETTINGS}
    settings |= {"archived": int(domain.archived)}
    values = settings | {"new_host": domain.host, "now": domain.updated_at}
    domain_sql.set_domain(tx, ctx.workspace_id, domain.host, values)
    if domain.primary and not domain_sql.primary_is_chosen(tx, ctx.workspace_id):
        domain_sql.set_primary(tx, ctx.workspace_id, domain.host)
    return True


def change_domain(tx: Write, ctx: Context, host: str, changes: dict[str, Any]) -> Domain:
    """Only what `changes` names (SETTINGS, `primary`, `host`) is changed."""
    before = domain_by_host(tx, ctx.workspace_id, host)
    if changes.get(PRIMARY) is False and before.primary:
        raise invalid(
            PRIMARY, "There is always a primary domain: make another one primary instead."
        )
    old: dict[str, Any] = {name: getattr(before, name) for name in SETTINGS} | {"host": host}
    new = old | {name: value for name, value in changes.items() if name in old}
    if new != old:
        if new["host"] != host:
            check_host("slug", new["host"])
            _refuse_taken(tx, new["host"])
        new_host, archived = new.pop("host"), int(new["archived"])
        values = new | {"new_host": new_host, "archived": archived, "now": ctx.now_us}
        domain_sql.set_domain(tx, ctx.workspace_id, host, values)
        host = new_host
    if changes.get(PRIMARY) and not before.primary:
        domain_sql.set_primary(tx, ctx.workspace_id, host)
    return domain_by_host(tx, ctx.workspace_id, host)


def remove_domain(tx: Write, ctx: Context, host: str) -> None:
    """The host is free again. Where it was the primary one, the oldest that is left becomes it."""
    domain_by_host(tx, ctx.workspace_id, host)
    domain_sql.delete_domain(tx, ctx.workspace_id, host)


def domain_by_host(tx: Read, workspace_id: str, host: str) -> Domain:
    found = domain_sql.domain(tx, workspace_id, host)
    if found is None:
        raise not_found("domain", host, "slug")
    return found


def _refuse_taken(tx: Read, host: str) -> None:
    if sql.owner_of_host(tx, host) is not None:
        raise conflict(f"The domain {host} is in use already. Choose another host.", "slug")
