"""Whose clicks a webhook hears of: what may be asked for, and links that say it from their side."""

from collections.abc import Sequence

from headwater.db import Write
from headwater.delivery import scope_sql, webhook_sql
from headwater.delivery.webhook_model import Event, Scope, Scoped, ScopeGiven
from headwater.kit.context import Context
from headwater.kit.problems import conflict, invalid

LINKS_MAX = 1000
FOLDERS_MAX = 100


def scoped(triggers: Sequence[str], given: ScopeGiven, before: Scoped) -> Scoped:
    """The scope after a request. Refused in order: any where no clicks are heard of, an unknown
    word, ids of another scope, too many of them, folders without any.
    """
    if Event.LINK_CLICKED not in triggers:
        _refuse_any(given)
        return Scoped()
    scope = _scope(given, before)
    known = before if before.scope is scope else Scoped()
    after = Scoped(
        scope=scope,
        link_ids=_ids(given.link_ids, known.link_ids),
        folder_ids=_ids(given.folder_ids, known.folder_ids),
    )
    for field, ids, own, most in (
        ("linkIds", after.link_ids, Scope.LINKS, LINKS_MAX),
        ("folderIds", after.folder_ids, Scope.FOLDERS, FOLDERS_MAX),
    ):
        if ids and scope is not own:
            raise invalid(field, f"{field} goes with linkScope {own.value}. Leave one of them out.")
        if len(ids) > most:
            raise invalid(field, f"{field} may hold {most} ids. Use a wider linkScope for more.")
    if scope is Scope.FOLDERS and not after.folder_ids:
        raise invalid("folderIds", "linkScope folders needs at least one folder in folderIds.")
    return after


def _refuse_any(given: ScopeGiven) -> None:
    for field, value in (
        ("linkScope", given.scope),
        ("linkIds", given.link_ids),
        ("folderIds", given.folder_ids),
    ):
        if value:
            message = f"{field} is for link.clicked alone. Add that to triggers or leave it out."
            raise invalid(field, message)


def _scope(given: ScopeGiven, before: Scoped) -> Scope:
    """The one named, else the one its ids speak of, else the one there was."""
    if given.scope:
        if given.scope not in set(Scope):
            raise invalid("linkScope", f"linkScope is one of: {', '.join(Scope)}.")
        return Scope(given.scope)
    if given.link_ids:
        return Scope.LINKS
    return Scope.FOLDERS if given.folder_ids else before.scope


def _ids(given: tuple[str, ...] | None, before: tuple[str, ...]) -> tuple[str, ...]:
    return before if given is None else tuple(sorted(set(given)))


def refuse_deaf(tx: Write, workspace_id: str, webhook_ids: Sequence[str]) -> None:
    """Webhooks a link may name are those that hear of single links. Locked, so that they still do
    when the link is given to them.
    """
    for webhook_id in sorted(webhook_ids):
        tx.lock(f"webhook:{workspace_id}:{webhook_id}")
        found = webhook_sql.webhook(tx, workspace_id, webhook_id)
        if found is None or found.deleted_at is not None:
            message = f"There is no webhook {webhook_id!r} in this workspace. See GET /webhooks."
            raise invalid("webhookIds", message)
        if Event.LINK_CLICKED not in found.triggers or found.scoped.scope is not Scope.LINKS:
            message = (
                f"The webhook {webhook_id!r} is not told of single links. Give it the trigger"
                " link.clicked and linkScope links, or leave it out."
            )
            raise invalid("webhookIds", message)
        if len(found.scoped.link_ids) >= LINKS_MAX:
            message = f"The webhook {webhook_id!r} hears of {LINKS_MAX} links already. Use folders."
            raise conflict(message, "webhookIds")


def give_link(
    tx: Write, ctx: Context, link_id: str, before: Sequence[str], after: Sequence[str]
) -> None:
    """From now on the webhooks `after` hear of the link, and those only in `before` no more."""
    for webhook_id in sorted({*before} - {*after}):
        tx.lock(f"webhook:{ctx.workspace_id}:{webhook_id}")
        scope_sql.drop_link(tx, ctx.workspace_id, webhook_id, link_id)
    for webhook_id in sorted({*after} - {*before}):
        scope_sql.insert(tx, ctx.workspace_id, webhook_id, Scoped(link_ids=(link_id,)))
