"""What a workspace does with webhooks."""

from dataclasses import replace

from headwater.db import Read, Write
from headwater.delivery import destination_sql, scope_sql, sql, webhook_sql
from headwater.delivery.destination_model import Destination
from headwater.delivery.model import Kind
from headwater.delivery.rules import WEBHOOK_DELETED
from headwater.delivery.scopes import scoped
from headwater.delivery.webhook_model import Event, NewWebhook, Scoped, Webhook, WebhookChanges
from headwater.kit.clock import SECOND_US
from headwater.kit.context import Context
from headwater.kit.problems import invalid, not_found
from headwater.kit.signing import checked_secret, new_webhook_secret
from headwater.kit.targets import check_url

CHUNK = 500  # rows one script changes at most, so that no other write waits long for it
NAME_MAX = 40


def create_webhook(tx: Write, ctx: Context, new: NewWebhook, allow_private: bool) -> Webhook:
    """Subscribe a URL; refused where it, its name or its triggers cannot be right."""
    _check_name(new.name)
    _check(new, allow_private)
    webhook = Webhook(
        id=ctx.new_id("wh_"),
        name=new.name.strip(),
        url=new.url,
        secret=checked_secret(new.secret) if new.secret else new_webhook_secret(ctx.entropy),
        triggers=tuple(dict.fromkeys(new.triggers)),
        disabled_at=None,
        created_at=ctx.now_us,
        scoped=scoped(new.triggers, new.scope, Scoped()),
        click_batches=new.click_batches,
    )
    destination_sql.insert(tx, ctx.workspace_id, _destination(webhook))
    webhook_sql.insert_webhook(tx, ctx.workspace_id, webhook)
    scope_sql.insert(tx, ctx.workspace_id, webhook.id, webhook.scoped)
    return webhook


def _destination(webhook: Webhook) -> Destination:
    return Destination(
        id=webhook.id, kind=Kind.WEBHOOK, name=webhook.name, created_at=webhook.created_at
    )


def _check_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= NAME_MAX:
        raise invalid("name", f"A webhook needs a name of 1..{NAME_MAX} characters.")


def _check(new: NewWebhook, allow_private: bool) -> None:
    check_url(new.url, allow_private)
    unknown = [trigger for trigger in new.triggers if trigger not in set(Event)]
    if unknown or not new.triggers:
        named = f"There is no event {unknown[0]!r}. " if unknown else ""
        raise invalid("triggers", f"{named}Name at least one of: {', '.join(Event)}.")
    if new.click_batches and Event.LINK_CLICKED not in new.triggers:
        message = "clickBatches is for link.clicked alone. Add that to triggers or leave it out."
        raise invalid("clickBatches", message)


def list_webhooks(tx: Read, workspace_id: str) -> list[Webhook]:
    """Newest first."""
    return webhook_sql.webhooks(tx, workspace_id)


def get_webhook(tx: Read, workspace_id: str, webhook_id: str) -> Webhook:
    """One that was deleted is not there."""
    found = ever_webhook(tx, workspace_id, webhook_id)
    if found.deleted_at is not None:
        raise not_found("webhook", webhook_id)
    return found


def ever_webhook(tx: Read, workspace_id: str, webhook_id: str) -> Webhook:
    """Also one that was deleted: it explains its deliveries."""
    found = webhook_sql.webhook(tx, workspace_id, webhook_id)
    if found is None:
        raise not_found("webhook", webhook_id)
    return found


def delete_webhook(tx: Write, ctx: Context, webhook_id: str) -> Webhook:
    """Send it nothing more; its deliveries stay readable. The worker buries what a chunk leaves."""
    _living(tx, ctx, webhook_id)
    destination_sql.delete(tx, ctx.workspace_id, webhook_id, ctx.now_us)
    scope_sql.clear(tx, ctx.workspace_id, webhook_id)
    sql.bury_waiting(tx, ctx.workspace_id, webhook_id, WEBHOOK_DELETED, CHUNK)
    return ever_webhook(tx, ctx.workspace_id, webhook_id)


def change_webhook(
    tx: Write, ctx: Context, webhook_id: str, changes: WebhookChanges, allow_private: bool
) -> Webhook:
    """Only what is given is changed. Enabled again, it gets what waited meanwhile."""
    webhook = _living(tx, ctx, webhook_id)
    if changes.name is not None:
        _check_name(changes.name)  # one that was given before may be longer
    new = NewWebhook(
        name=changes.name or webhook.name,
        url=changes.url or webhook.url,
        triggers=webhook.triggers if changes.triggers is None else changes.triggers,
        click_batches=bool(changes.click_batches),
    )
    _check(new, allow_private)
    changed = replace(
        webhook,
        name=new.name.strip(),
        url=new.url,
        triggers=tuple(dict.fromkeys(new.triggers)),
        scoped=scoped(new.triggers, changes.scope, webhook.scoped),
        click_batches=webhook.click_batches
        if changes.click_batches is None
        else changes.click_batches,
    )
    webhook_sql.change_webhook(tx, ctx.workspace_id, changed)
    destination_sql.rename(tx, ctx.workspace_id, webhook_id, changed.name)
    if changes.enable:
        destination_sql.switch_on(tx, ctx.workspace_id, webhook_id)
    _rescope(tx, ctx, webhook, changed)
    return get_webhook(tx, ctx.workspace_id, webhook_id)


def _rescope(tx: Write, ctx: Context, before: Webhook, after: Webhook) -> None:
    """What happened while it did not ask for clicks is not told later."""
    if before.scoped != after.scoped:
        scope_sql.clear(tx, ctx.workspace_id, after.id)
        scope_sql.insert(tx, ctx.workspace_id, after.id, after.scoped)
    if Event.LINK_CLICKED not in before.triggers:
        scope_sql.join_anew(tx, ctx.workspace_id, after.id)


def rotate_secret(tx: Write, ctx: Context, webhook_id: str, grace_s: int) -> Webhook:
    """A new secret; the one before it signs beside it for a while, an older one no more."""
    webhook = _living(tx, ctx, webhook_id)
    changed = replace(
        webhook,
        secret=new_webhook_secret(ctx.entropy),
        old_secret=webhook.secret,
        old_secret_until=ctx.now_us + grace_s * SECOND_US,
    )
    webhook_sql.change_webhook(tx, ctx.workspace_id, changed)
    return get_webhook(tx, ctx.workspace_id, webhook_id)


def _living(tx: Write, ctx: Context, webhook_id: str) -> Webhook:
    """Locked, so that two changes do not undo each other."""
    tx.lock(f"webhook:{ctx.workspace_id}:{webhook_id}")
    return get_webhook(tx, ctx.workspace_id, webhook_id)
