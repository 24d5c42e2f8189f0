from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlsplit

import msgspec

from headwater import delivery, programs, workspace
from headwater.db import Read, Write
from headwater.kit.context import Context
from headwater.kit.entropy import ALPHANUMERIC, token
from headwater.kit.problems import Code, Problem, conflict, invalid, not_found
from headwater.links import folder_sql, rules, sql, tag_sql
from headwater.links.keys import KEY_TRIES, not_ours
from headwater.links.model import FEATURES, NO_FEATURES, ROOT, ClickDelta, Link, LinkDraft
from headwater.links.tags import tags_named

EXTERNAL = "ext_"
# Fields of a draft a link keeps under another name, or not at all.
_NOT_KEPT = {"domain", "key_length", "prefix", "tag_ids", "tag_names", "webhook_ids", "query"}
_OF_NEW_KEYS = {"key_length", "prefix"}
_KEPT = tuple(name for name in LinkDraft.__slots__ if name not in _NOT_KEPT)


def create(tx: Write, ctx: Context, draft: LinkDraft) -> Link:
    """A new link; refuses taken keys, foreign domains, programs and partners."""
    draft = settled(tx, ctx, draft)
    values = checked(tx, ctx, draft)
    values |= {"created_at": ctx.now_us, "updated_at": ctx.now_us, "deleted_at": None}
    tries = 1 if draft.key else KEY_TRIES
    for _ in range(tries):
        key = rules.checked_key(draft.key or _random_key(ctx, draft))
        values |= {"key": key, "key_folded": rules.key_folded(key), "id": ctx.new_id("link_")}
        number = sql.insert(tx, ctx.workspace_id, values)
        if number is not None:
            if draft.tag_ids:
                tag_sql.set_tags(tx, ctx.workspace_id, number, draft.tag_ids)
            if draft.webhook_ids:
                delivery.give_link(tx, ctx, values["id"], (), draft.webhook_ids)
            link = sql.by_number(tx, ctx.workspace_id, number)
            assert link is not None
            return link
    if key == ROOT:
        message = f"{values['host']} has its root link already: PATCH /links/{{id}} changes it."
        raise conflict(message, "key")
    raise conflict(f"Duplicate key: {values['host']}/{key} is taken. Choose another key.", "key")


def update(tx: Write, ctx: Context, reference: str, changes: dict[str, Any]) -> Link:
    """Only what `changes` names (fields of `LinkDraft`, or of its features) is changed."""
    found = by_reference(tx, ctx.workspace_id, reference)
    tx.lock(f"link:{ctx.workspace_id}:{found.id}")
    link = by_reference(tx, ctx.workspace_id, found.id)  # as the change before this one left it
    old: dict[str, Any] = {name: getattr(link, name) for name in _KEPT} | {
        "domain": link.host,
        "tag_ids": tuple(tag.id for tag in link.tags),
        "webhook_ids": link.webhook_ids,
    }
    draft = drafted(changes, old)
    if link.is_root and (draft.domain, draft.key) != (link.host, link.key):
        raise Problem(Code.FORBIDDEN, "The root link of a domain stays where it is.", "key")
    draft = settled(tx, ctx, draft)
    if draft == LinkDraft(**old):
        return link
    values = checked(tx, ctx, draft, own=link)
    key = link.key if draft.key in (None, link.key) else rules.checked_key(draft.key)
    values |= {"key": key, "key_folded": rules.key_folded(key), "id": link.id}
    other = sql.by_key(tx, ctx.workspace_id, values["host"], values["key_folded"])
    if other is not None and other.id != link.id:
        raise conflict(f"Duplicate key: {values['host']}/{key} is taken. Choose another.", "key")
    sql.update(tx, ctx.workspace_id, values)
    if draft.tag_ids != old["tag_ids"]:
        tag_sql.set_tags(tx, ctx.workspace_id, link.number, draft.tag_ids)
    if draft.webhook_ids != link.webhook_ids:
        delivery.give_link(tx, ctx, link.id, link.webhook_ids, draft.webhook_ids)
    return by_reference(tx, ctx.workspace_id, link.id)


def upsert(tx: Write, ctx: Context, changes: dict[str, Any]) -> tuple[Link | None, Link]:
    """(before, after): the first link that leads exactly to `url`, changed; None and a new one
    where there is none.

    With query parameters to set, the URL as it will be is looked for before the URL as given: so
    the same call twice makes one link.
    """
    given = rules.checked_url(changes["url"] or "")
    final = rules.with_query(given, changes.get("query", {}))
    tx.lock(f"url:{ctx.workspace_id}:{final}")
    found = sql.by_url(tx, ctx.workspace_id, final)
    if found is None and final != given:
        found = sql.by_url(tx, ctx.workspace_id, given)
    if found is None:
        fields = {name: value for name, value in changes.items() if value is not None}
        return None, create(tx, ctx, drafted(fields))
    kept = {name: value for name, value in changes.items() if name not in _OF_NEW_KEYS}
    return found, update(tx, ctx, found.id, kept)


def delete(tx: Write, ctx: Context, reference: str) -> Link:
    """The link as it was. Its row stays: clicks and receipts speak of it."""
    link = by_reference(tx, ctx.workspace_id, reference)
    if link.is_root:
        raise Problem(
            Code.FORBIDDEN,
            "The root link of a domain goes with its domain. Change where it leads instead.",
            "linkId",
        )
    tx.lock(f"link:{ctx.workspace_id}:{link.id}")
    link = by_reference(tx, ctx.workspace_id, link.id)  # nobody deletes it a second time
    sql.delete(tx, ctx.workspace_id, link.id, ctx.now_us)
    return link


def drafted(changes: dict[str, Any], old: dict[str, Any] | None = None) -> LinkDraft:
    """A draft of given fields, those of features among them, over what there was."""
    known = old or {}
    of_features = {name: changes[name] for name in FEATURES if name in changes}
    fields = {name: value for name, value in changes.items() if name not in FEATURES}
    if "external_id" in fields:
        fields["external_id"] = _external_id(fields["external_id"])
    if changes.get("test_variants", "") is None:
        of_features = {"test_started_at": None, "test_completed_at": None} | of_features
    features = msgspec.structs.replace(known.get("features", NO_FEATURES), **of_features)
    if old is not None and changes.get("partner_id", "") is None:
        fields = {"program_id": None} | fields  # a link taken from its partner leaves the program
    return LinkDraft(**(known | fields | {"features": features}))


def by_reference(tx: Read, workspace_id: str, reference: str) -> Link:
    """By id or `ext_<externalId>`; one that was deleted is not there."""
    link = ever(tx, workspace_id, reference)
    if link.deleted_at is not None:
        raise not_found("link", reference, "linkId")
    return link


def ever(tx: Read, workspace_id: str, reference: str) -> Link:
    """By id or `ext_<externalId>`; by id also one that was deleted."""
    if reference.startswith(EXTERNAL):
        link = sql.by_external_id(tx, workspace_id, _external_id(reference) or "")
    else:
        link = sql.by_id(tx, workspace_id, reference)
    if link is None:
        raise not_found("link", reference, "linkId")
    return link


def number_ever(tx: Read, workspace_id: str, reference: str) -> int | None:
    """For lists: also of a link that was deleted; None where nobody has this id."""
    try:
        return ever(tx, workspace_id, reference).number
    except Problem:
        return None


def info(tx: Read, workspace_id: str, host: str, key: str) -> Link:
    """By domain and key, within the workspace."""
    link = sql.by_key(tx, workspace_id, rules.host_name(host), rules.key_in_path(key))
    if link is None:
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


def settled(tx: Read, ctx: Context, draft: LinkDraft) -> LinkDraft:
    """The draft in the form a link is kept in, so that two of them can be compared."""
    bare = not draft.url and draft.key is not None and rules.key_in_path(draft.key) == ROOT
    url = "" if bare else rules.with_query(rules.checked_url(draft.url), draft.query)
    return replace(
        draft,
        url=url,
        query={},
        features=rules.checked_features(draft.features),
        tag_ids=tags_named(tx, ctx.workspace_id, draft.tag_ids, draft.tag_names),
        tag_names=(),
        webhook_ids=tuple(sorted(set(draft.webhook_ids))),
    )


def checked(tx: Write, ctx: Context, draft: LinkDraft, own: Link | None = None) -> dict[str, Any]:
    """Column values of a settled draft whose references hold."""
    program_id, partner_id = owner(tx, ctx, draft)
    if draft.external_id:
        taken = sql.by_external_id(tx, ctx.workspace_id, draft.external_id)
        if taken is not None and (own is None or taken.id != own.id):
            message = f"externalId {draft.external_id!r} belongs to another link."
            raise conflict(message, "externalId")
    if draft.features.test_variants and not draft.track_conversion and partner_id is None:
        raise invalid("testVariants", "A split test compares conversions: set trackConversion.")
    folder_id = draft.folder_id
    if folder_id and folder_sql.folder(tx, ctx.workspace_id, folder_id) is None:
        raise not_found("folder", folder_id, "folderId")
    _refuse_circles(tx, ctx, draft)
    new = set(draft.webhook_ids) - set(own.webhook_ids if own else ())
    delivery.refuse_deaf(tx, ctx.workspace_id, sorted(new))
    host = _host(tx, ctx.workspace_id, draft.domain, own)
    return columns(draft, host, program_id, partner_id) | {"now": ctx.now_us}


def columns(
    draft: LinkDraft, host: str, program_id: str | None, partner_id: str | None
) -> dict[str, Any]:
    encoded = msgspec.json.encode(draft.features).decode()
    return asdict(draft) | {
        "host": host,
        "program_id": program_id,
        "partner_id": partner_id,
        "track_conversion": int(draft.track_conversion),
        "archived": int(draft.archived),
        "features": None if draft.features == NO_FEATURES else encoded,
    }


def _refuse_circles(tx: Read, ctx: Context, draft: LinkDraft) -> None:
    """No destination on a short domain of this workspace."""
    features = draft.features
    places = [("url", draft.url), ("expiredUrl", features.expired_url)]
    places += [("ios", features.ios), ("android", features.android)]
    places += [(f"geo.{country}", url) for country, url in (features.geo or {}).items()]
    variants = enumerate(features.test_variants or ())
    places += [(f"testVariants[{place}].url", each.url) for place, each in variants]
    for field, url in places:
        refuse_circle(tx, ctx, field, url)


def refuse_circle(tx: Read, ctx: Context, field: str, url: str | None, own: str = "") -> None:
    """`own`: a domain that is none yet. With `www.` before it, the website of a short domain may
    stand, which is elsewhere.
    """
    host = rules.host_name(urlsplit(url).hostname or "") if url else ""
    if host and (host == own or workspace.domain_of(tx, ctx.workspace_id, host) is not None):
        raise invalid(
            field,
            f"{host} serves short links of this workspace, so visitors could go in circles."
            " Give the final address.",
        )


def _external_id(given: str | None) -> str | None:
    """Without its prefix and the space around it; nothing but space is none."""
    return (given or "").strip().removeprefix(EXTERNAL).strip() or None


def _host(tx: Write, workspace_id: str, domain: str | None, own: Link | None) -> str:
    first = workspace.first_domain(tx, workspace_id)
    wanted = first if domain is None else rules.host_name(domain)
    if wanted is not None and (own is None or own.host != wanted):
        tx.lock(f"domain:{wanted}")  # a domain that goes takes no new link with it unseen
    host = None if wanted is None else workspace.domain_of(tx, workspace_id, wanted)
    if host is None:
        raise not_ours(domain, first)
    return host


def owner(tx: Read, ctx: Context, draft: LinkDraft) -> tuple[str | None, str | None]:
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
