"""Keys before there is a link: whether one can be had, and one nobody has."""

from headwater import workspace
from headwater.db import Read
from headwater.kit.context import Context
from headwater.kit.entropy import ALPHANUMERIC, token
from headwater.kit.problems import Code, Problem, conflict
from headwater.links import rules, sql

KEY_LENGTH = 7
KEY_TRIES = 10


def is_taken(tx: Read, workspace_id: str, domain: str, key: str) -> bool:
    """Also a key that is reserved; one that could never be a key is refused."""
    host = _host(tx, workspace_id, domain)
    try:
        checked = rules.checked_key(key)
    except Problem as problem:
        if problem.code is Code.FORBIDDEN:
            return True
        raise
    return sql.by_key(tx, workspace_id, host, rules.key_folded(checked)) is not None


def free_key(tx: Read, ctx: Context, domain: str | None) -> str:
    """One that is free now; another link may take it before it is used."""
    host = _host(tx, ctx.workspace_id, domain)
    for _ in range(KEY_TRIES):
        key = token(ctx.entropy, KEY_LENGTH, ALPHANUMERIC)
        if sql.by_key(tx, ctx.workspace_id, host, rules.key_folded(key)) is None:
            return key
    raise conflict(f"No free key was found on {host}. Ask again.", "domain")


def _host(tx: Read, workspace_id: str, domain: str | None) -> str:
    """Without one, the primary."""
    first = workspace.first_domain(tx, workspace_id)
    wanted = first if domain is None else rules.host_name(domain)
    host = None if wanted is None else workspace.domain_of(tx, workspace_id, wanted)
    if host is None:
        raise not_ours(domain, first)
    return host


def not_ours(domain: str | None, first: str | None) -> Problem:
    return Problem(
        Code.FORBIDDEN,
        f"The domain {domain!r} is not one of this workspace's. Leave it out, or give {first}.",
        "domain",
    )
