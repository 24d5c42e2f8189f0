from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from headwater import programs, workspace
from headwater.db import Read, Write
from headwater.kit.context import Context
from headwater.kit.entropy import ALPHANUMERIC, token
from headwater.kit.problems import Code, Problem, conflict, invalid, not_found
from headwater.links import rules, sql
from headwater.links.model import ClickDelta, Link, LinkDraft

KEY_TRIES = 10
EXTERNAL = "ext_"


def create(tx: Write, ctx: Context, draft: LinkDraft) -> Link:
    """A new link; refuses taken keys, foreign domains, programs and partners."""
    draft = replace(draft, external_id=_external_id(draft.external_id))
    values = _checked(tx, ctx, draft)
    tries = 1 if draft.key else KEY_TRIES
    for _ in range(tries):
        key = rules.checked_key(draft.key or _random_key(ctx, draft))
        values |= {"key": key, "key_folded": rules.key_folded(key), "id": ctx.new_id("link_")}
        number = sql.insert(tx, ctx.workspace_id, values)
        if number is not None:
            link = sql.by_number(tx, ctx.workspace_id, number)
            assert link is not None
            return link
    raise conflict(f"Duplicate key: {values['host']}/{key} is taken. Choose another key.", "key")


def update(tx: Write, ctx: Context, reference: str, changes: dict[str, Any]) -> Link:
    """Only what `changes` names (fields of `LinkDraft`) is changed."""
    found = by_reference(tx, ctx.workspace_id, reference)
    tx.lock(f"link:{ctx.workspace_id}:{found.id}")
    link = by_reference(tx, ctx.workspace_id, found.id)  # as the change before this one left it
    old: dict[str, Any] = {
        "url": link.url,
        "domain": link.host,
        "key": link.key,
        "external_id": link.external_id,
        "tenant_id": link.tenant_id,
        "program_id": link.program_id,
        "partner_id": link.partner_id,
        "track_conversion": link.track_conversion,
        "archived": link.archived,
        "title": link.title,
        "description": link.description,
        "comments": link.comments,
    }
    if "external_id" in changes:
        changes = changes | {"external_id": _external_id(changes["external_id"])}
    if changes.get("partner_id", "") is None:
        changes = {"program_id": None} | changes  # a link taken from its partner leaves the program
    draft = LinkDraft(**(old | changes))
    if draft == LinkDraft(**old):
        return link
    values = _checked(tx, ctx, draft, own=link)
    key = rules.checked_key(draft.key or link.key)
    values |= {"key": key, "key_folded": rules.key_folded(key), "id": link.id}
    other = sql.by_key(tx, values["host"], values["key_folded"])
    if other is not None and other.id != link.id:
        raise conflict(f"Duplicate key: {values['host']}/{key} is taken. Choose another.", "key")
    sql.update(tx, ctx.workspace_id, values)
    return by_reference(tx, ctx.workspace_id, link.id)


def by_reference(tx: Read, workspace_id: str, reference: str) -> Link:
    """By id or `ext_<externalId>`."""
    if reference.startswith(EXTERNAL):
        link = sql.by_external_id(tx, workspace_id, _external_id(reference) or "")
    else:
        link = sql.by_id(tx, workspace_id, reference)
    if link is None:
        raise not_found("link", reference, "linkId")
    return link


def info(tx: Read, workspace_id: str, host: str, key: str) -> Link:
    """By domain and key, within the workspace."""
    link = sql.by_key(tx, rules.host_name(host), rules.key_folded(key or "_root"))
    if link is None or link.workspace_id != workspace_id:
        raise not_found("link", f"{host}/{key}", "key")
    return link


def count_clicks(tx: Write, workspace_id: str, deltas: Sequence[ClickDelta]) -> None:
    """`workspace_id` is that of every link named."""
    assert workspace_id
    sql.add_clicks(tx, deltas)


def _random_key(ctx: Context, draft: LinkDraft) -> str:
    if not 3 <= draft.key_length <= rules.KEY_MAX:
        raise invalid("keyLength", f"keyLength is 3..{rules.KEY_MAX}.")
    key = token(ctx.entropy, draft.key_length, ALPHANUMERIC)
    prefix = (draft.prefix or "").strip("/")
    return f"{prefix}/{key}" if prefix else key


def _checked(tx: Write, ctx: Context, draft: LinkDraft, own: Link | None = None) -> dict[str, Any]:
    """Column values of a draft whose references hold."""
    values = asdict(draft)
    program_id, partner_id = _owner(tx, ctx, draft)
    if draft.external_id:
        taken = sql.by_external_id(tx, ctx.workspace_id, draft.external_id)
        if taken is not None and (own is None or taken.id != own.id):
            message = f"externalId {draft.external_id!r} belongs to another link."
            raise conflict(message, "externalId")
    return values | {
        "host": _host(tx, ctx.workspace_id, draft.domain),
        "url": rules.checked_url(draft.url),
        "program_id": program_id,
        "partner_id": partner_id,
        "track_conversion": int(draft.track_conversion),
        "archived": int(draft.archived),
        "now": ctx.now_us,
    }


def _external_id(given: str | None) -> str | None:
    """Without its prefix and the space around it; nothing but space is none."""
    return (given or "").strip().removeprefix(EXTERNAL).strip() or None


def _host(tx: Read, workspace_id: str, domain: str | None) -> str:
    own = workspace.first_domain(tx, workspace_id)
    wanted = None if domain is None else rules.host_name(domain)
    host = own if wanted is None else workspace.domain_of(tx, workspace_id, wanted)
    if host is None:
        raise Problem(
            Code.FORBIDDEN,
            f"The domain {domain!r} is not one of this workspace's. Leave it out, or give {own}.",
            "domain",
        )
    return host


def _owner(tx: Read, ctx: Context, draft: LinkDraft) -> tuple[str | None, str | None]:
    """Program and partner of a link: both or neither, and the partner enrolled."""
    if draft.program_id is None and draft.partner_id is None:
        return None, None
    program = programs.program(tx, ctx.workspace_id, draft.program_id)
    enrolment = programs.find_enrolment(
        tx, ctx.workspace_id, program.id, partner_id=draft.partner_id, tenant_id=draft.tenant_id
    )
    if enrolment is None and draft.partner_id is None:
        raise invalid(
            "partnerId",
            "A link in a program belongs to one of its partners: give partnerId, or the tenantId of"
            " an enrolled one.",
        )
    if enrolment is None:
        raise not_found("partner", str(draft.partner_id), "partnerId")
    return program.id, enrolment.partner_id
