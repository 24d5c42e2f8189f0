"""A domain with what leads from it: its root link comes and goes with it."""

from dataclasses import replace
from typing import Any

from headwater import workspace
from headwater.db import Write
from headwater.kit.context import Context
from headwater.kit.entropy import Entropy
from headwater.kit.problems import conflict
from headwater.links import rules, sql
from headwater.links.actions import create, refuse_circle
from headwater.links.model import ROOT, Link, LinkDraft
from headwater.workspace import Created, Domain, Setup


def initialise(tx: Write, setup: Setup, now_us: int, entropy: Entropy) -> Created:
    """The workspace with its first domain, and a root link as every domain has one; also where it
    was made before this was so.
    """
    setup = replace(setup, domain=rules.host_name(setup.domain))
    made = workspace.initialise(tx, setup, now_us, entropy)
    if sql.by_key(tx, made.workspace.id, made.domain, ROOT) is None:
        now_us += made.workspace.ahead_us
        ctx = Context(workspace_id=made.workspace.id, now_us=now_us, entropy=entropy)
        _create_root(tx, ctx, made.domain)
    return made


def add_domain(
    tx: Write, ctx: Context, host: str, settings: dict[str, Any], *, provable: bool
) -> Domain:
    """With a root link that leads nowhere yet."""
    host = rules.host_name(host)
    settings = _checked(tx, ctx, host, settings)
    made = workspace.add_domain(tx, ctx, host, settings, provable=provable)
    _create_root(tx, ctx, made.host)
    return made


def _create_root(tx: Write, ctx: Context, host: str) -> None:
    create(tx, ctx, LinkDraft(url="", domain=host, key=ROOT, track_conversion=False))


def change_domain(tx: Write, ctx: Context, host: str, changes: dict[str, Any]) -> Domain:
    """A domain takes another host only while nothing but its root link leads from it: short links
    that were handed out must not change their address.
    """
    host = rules.host_name(host)
    wanted = rules.host_name(changes.get("host") or host)
    changes = _checked(tx, ctx, wanted, changes)
    for name in sorted({host, wanted}):
        tx.lock(f"domain:{name}")
    workspace.domain_by_host(tx, ctx.workspace_id, host)
    if wanted == host:
        return workspace.change_domain(tx, ctx, host, changes | {"host": host})
    _refuse_links(tx, ctx, host, "slug", "give it another host")
    changed = workspace.change_domain(tx, ctx, host, changes | {"host": wanted})
    sql.move_root(tx, ctx.workspace_id, host, wanted, ctx.now_us)
    return changed


def remove_domain(tx: Write, ctx: Context, host: str) -> Link | None:
    """The root link that went with it. Refused while other links lead from it: whoever deletes a
    domain by mistake would take every link off that was handed out.
    """
    host = rules.host_name(host)
    tx.lock(f"domain:{host}")
    workspace.domain_by_host(tx, ctx.workspace_id, host)
    _refuse_links(tx, ctx, host, "slug", "delete the domain")
    root = sql.by_key(tx, ctx.workspace_id, host, ROOT)
    if root is not None:
        sql.delete(tx, ctx.workspace_id, root.id, ctx.now_us)
    workspace.remove_domain(tx, ctx, host)
    return root


def _refuse_links(tx: Write, ctx: Context, host: str, field: str, aim: str) -> None:
    left = sql.living_on(tx, ctx.workspace_id, host)
    if left:
        raise conflict(
            f"{left} links lead from {host}. Delete them or move them to another domain, then"
            f" {aim}.",
            field,
        )


def _checked(tx: Write, ctx: Context, host: str, settings: dict[str, Any]) -> dict[str, Any]:
    """With addresses in the form of a destination, and refused where a destination is."""
    checked = dict(settings)
    for name, field in (("expired_url", "expiredUrl"), ("not_found_url", "notFoundUrl")):
        if checked.get(name):
            checked[name] = rules.checked_url(checked[name], field)
            refuse_circle(tx, ctx, field, checked[name], own=host)
    return checked
