"""What people do with domains; what leads from one is the business of links."""

from typing import Any

from msgspec.structs import replace

from headwater.db import Read, Write
from headwater.kit.context import Context
from headwater.kit.problems import conflict, invalid, not_found
from headwater.workspace import domain_sql, rules
from headwater.workspace.actions import check_host, commitment
from headwater.workspace.model import SETTINGS, Domain, Due, Seen, Standing

PRIMARY = "primary"
_PROOF_CHARACTERS = 32


def add_domain(
    tx: Write, ctx: Context, host: str, settings: dict[str, Any], *, provable: bool
) -> Domain:
    """Refuses hosts that cannot serve links, and those that belong to somebody. `provable`: a look
    at the DNS can show whose the host is, so one that another workspace holds may be named too,
    and is served for this one once it is proven. Not where the operator vouches for the other.
    """
    check_host("slug", host)
    tx.lock(f"domain:{host}")
    holder = domain_sql.holder_of(tx, host)
    if domain_sql.domain(tx, ctx.workspace_id, host) is not None:
        raise _taken(host)
    if holder is not None and (holder.vouched or not provable):
        raise _taken(host)
    fresh = Standing(held=holder is None, verified_at=None, look_at=ctx.real_us)
    domain_sql.insert_domain(tx, ctx.workspace_id, ctx.new_id("dom_"), host, fresh, ctx.now_us)
    return change_domain(tx, ctx, host, settings)


def bring_domain(tx: Write, ctx: Context, domain: Domain) -> bool:
    """As it was elsewhere; False where the workspace has this host already. It becomes the primary
    one if it was that, unless one was chosen here.
    """
    check_host("slug", domain.host)
    tx.lock(f"domain:{domain.host}")
    if domain_sql.domain(tx, ctx.workspace_id, domain.host) is not None:
        return False
    if domain_sql.holder_of(tx, domain.host) is not None:
        raise _taken(domain.host)
    fresh = Standing(held=True, verified_at=None, look_at=ctx.real_us)
    domain_sql.insert_domain(tx, ctx.workspace_id, domain.id, domain.host, fresh, domain.created_at)
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
    if changes.get(PRIMARY) and changes.get("archived", before.archived):
        raise invalid(
            PRIMARY, "An archived domain takes no new links: bring it back first (archived false)."
        )
    new = old | {name: value for name, value in changes.items() if name in old}
    if new != old:
        new_host, archived = new.pop("host"), int(new["archived"])
        if new_host != host:
            _refuse_taken(tx, ctx.workspace_id, new_host)
        values = new | {"new_host": new_host, "archived": archived, "now": ctx.now_us}
        domain_sql.set_domain(tx, ctx.workspace_id, host, values)
        if new_host != host:
            fresh = Standing(held=True, verified_at=None, look_at=ctx.real_us)
            domain_sql.set_standing(tx, ctx.workspace_id, new_host, fresh)
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


def proof(tx: Read, workspace_id: str, host: str) -> str:
    """The text at `rules.proof_name` by which a workspace shows that a host is its own; always the
    same one, which no other workspace can know.
    """
    told = commitment(tx, workspace_id, "domain", host)
    return rules.PROOF_PREFIX + told[:_PROOF_CHARACTERS]


def ask_look(tx: Write, ctx: Context, host: str) -> Domain:
    """Have the domain looked at now; nothing is due where the operator vouches for it."""
    tx.lock(f"domain:{host}")
    found = domain_by_host(tx, ctx.workspace_id, host)
    if found.standing.look_at is None:
        return found
    standing = replace(found.standing, look_at=ctx.real_us)
    domain_sql.set_standing(tx, ctx.workspace_id, host, standing)
    return domain_by_host(tx, ctx.workspace_id, host)


def settle_look(tx: Write, due: Due, seen: Seen, now_us: int) -> None:
    """Where another look was asked for since this one was due, that one still comes."""
    workspace_id, host = due.workspace_id, due.host
    tx.lock(f"domain:{host}")
    found = domain_sql.domain(tx, workspace_id, host)
    if found is None or found.standing.look_at is None:
        return
    holder = domain_sql.holder_of(tx, host)
    other = None if holder is None or holder.workspace_id == workspace_id else holder
    theirs = "" if other is None else proof(tx, other.workspace_id, host)
    own = proof(tx, workspace_id, host)
    after = rules.judged(found.standing, seen, own, other, theirs, now_us)
    if after.held and other is not None:
        before = domain_by_host(tx, other.workspace_id, host).standing
        domain_sql.set_standing(tx, other.workspace_id, host, rules.lost(before, now_us))
    if found.standing.look_at != due.look_at:
        after = replace(after, look_at=found.standing.look_at)
    domain_sql.set_standing(tx, workspace_id, host, after)


def _refuse_taken(tx: Read, workspace_id: str, host: str) -> None:
    check_host("slug", host)
    own = domain_sql.domain(tx, workspace_id, host)
    if own is not None or domain_sql.holder_of(tx, host) is not None:
        raise _taken(host)


def _taken(host: str) -> Exception:
    return conflict(f"The domain {host} is in use already. Choose another host.", "slug")
