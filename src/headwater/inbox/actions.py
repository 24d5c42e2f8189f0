from headwater.db import Collision, Read, Write
from headwater.inbox import sql
from headwater.inbox.model import InboxDraft, InboxItem, Kind, Reason, State
from headwater.journal import write as write_journal
from headwater.kit.context import Context
from headwater.workspace import commitment


def put(tx: Write, ctx: Context, draft: InboxDraft) -> str:
    """Keep a call; the same call (natural key, reason, facts) is kept once. Returns its id.

    Where its item was resolved, a correction made another fact of it: this call waits anew. Of a
    conflict nothing waits, so that one stays.
    """
    inbox_id = ctx.new_id("inb_")
    content = _content(tx, ctx, draft, inbox_id)
    while known := sql.by_content(tx, ctx.workspace_id, content):
        if known.state is not State.RESOLVED or draft.reason is Reason.CONFLICT:
            return known.id
        content = _content(tx, ctx, draft, inbox_id, known.id)
    closed = draft.reason is Reason.ZERO_AMOUNT
    values = {
        "id": inbox_id,
        "kind": draft.kind.value,
        "reason": draft.reason.value,
        "field": draft.field,
        "state": (State.CLOSED if closed else State.WAITING).value,
        "natural_key": _committed(tx, ctx, draft.natural_key if draft.holds_key else None),
        "waits_for": _committed(tx, ctx, draft.waits_for),
        "content_hash": content,
        "received_at": ctx.now_us,
        "resolved_at": ctx.now_us if closed else None,
    }
    sql.insert(tx, ctx.workspace_id, values, draft.body.decode())
    write_journal(tx, ctx, "inbox", inbox_id, draft.kind, draft.reason, content)
    return inbox_id


def waiting(tx: Read, workspace_id: str, kind: Kind, natural_key: str) -> InboxItem | None:
    """The waiting call that holds this natural key."""
    return sql.waiting_by_key(tx, workspace_id, kind, commitment(tx, workspace_id, natural_key))


def ready(tx: Write, workspace_id: str, waits_for: list[str], limit: int) -> list[InboxItem]:
    """What these arrivals release: up to `limit` items to replay now; the sweep takes the rest."""
    tokens = [commitment(tx, workspace_id, token) for token in waits_for]
    items = sql.waiting_for(tx, workspace_id, tokens, limit + 1)
    if len(items) > limit:
        for token in tokens:
            sql.mark_ready(tx, workspace_id, token)
    return items[:limit]


def resolve(tx: Write, ctx: Context, item: InboxItem, result_kind: str, result_id: str) -> None:
    """The call became a fact; its key renders that from now on."""
    values = {
        "state": State.RESOLVED.value,
        "now": ctx.now_us,
        "result_kind": result_kind,
        "result_id": result_id,
    }
    if sql.set_resolved(tx, ctx.workspace_id, item.id, values) != 1:
        raise Collision("this inbox item was resolved by another request")
    write_journal(tx, ctx, "inbox_resolved", item.id, result_kind, result_id)


def hold(tx: Write, workspace_id: str, inbox_id: str) -> InboxItem | None:
    """The item as it is now, locked against everyone else who would replay it."""
    tx.lock(f"inbox:{inbox_id}")
    return sql.by_id(tx, workspace_id, inbox_id)


def _waits_on(tx: Write, ctx: Context, item: InboxItem, draft: InboxDraft) -> None:
    """The same call tried again in vain: it may wait for another piece by now."""
    values = {
        "reason": draft.reason.value,
        "field": draft.field,
        "waits_for": _committed(tx, ctx, draft.waits_for),
    }
    sql.set_reason(tx, ctx.workspace_id, item.id, values)


def _committed(tx: Read, ctx: Context, text: str | None) -> str | None:
    return None if text is None else commitment(tx, ctx.workspace_id, text)


def keep(tx: Write, ctx: Context, draft: InboxDraft, item: InboxItem | None) -> str:
    """Keep a call, or let the item it was replayed from wait on, as it was received.

    What was received never changes: a corrected call that fails too leaves no trace on it.
    """
    if item is None:
        return put(tx, ctx, draft)
    if draft.body == item.body:
        _waits_on(tx, ctx, item, draft)
    return item.id


def _content(tx: Read, ctx: Context, draft: InboxDraft, inbox_id: str, *resolved: str) -> str:
    """Without a natural key every call is its own fact, however alike two may look; `resolved` is
    the newest item of the same call that is done with.
    """
    if draft.natural_key is None:
        return commitment(tx, ctx.workspace_id, inbox_id)
    return commitment(
        tx, ctx.workspace_id, draft.kind, draft.natural_key, draft.reason, *draft.facts, *resolved
    )
