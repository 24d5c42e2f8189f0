"""What is a webhook's alone, beside its destination; which of them are told of what: sql.py."""

from headwater.db import Read, Row, Write
from headwater.delivery.webhook_model import Scope, Scoped, Webhook

_WEBHOOK = (
    "select w.id, t.name, w.url, w.secret, w.triggers, t.disabled_at, t.created_at, t.deleted_at,"
    " w.old_secret, w.old_secret_until, w.click_batches, w.link_scope,"
    " (select string_agg(s.target_id, ' ') from webhook_scopes s"
    "  where s.webhook_id = w.id and s.kind = 'link'),"
    " (select string_agg(s.target_id, ' ') from webhook_scopes s"
    "  where s.webhook_id = w.id and s.kind = 'folder')"
    " from webhooks w join destinations t on t.id = w.id"
)


def insert_webhook(tx: Write, workspace_id: str, webhook: Webhook) -> None:
    tx.run(
        "insert into webhooks (id, workspace_id, url, secret, triggers, link_scope, click_batches)"
        " values (:id, :workspace_id, :url, :secret, :triggers, :link_scope, :click_batches)",
        {
            "id": webhook.id,
            "workspace_id": workspace_id,
            "url": webhook.url,
            "secret": webhook.secret,
            "triggers": " ".join(webhook.triggers),
            "link_scope": webhook.scoped.scope.value,
            "click_batches": int(webhook.click_batches),
        },
    )


def webhooks(tx: Read, workspace_id: str) -> list[Webhook]:
    rows = tx.all(
        f"{_WEBHOOK} where w.workspace_id = :workspace_id and t.deleted_at is null"
        " order by t.created_at desc, w.id desc",
        {"workspace_id": workspace_id},
    )
    return [_webhook(row) for row in rows]


def webhook(tx: Read, workspace_id: str, webhook_id: str) -> Webhook | None:
    row = tx.one(
        f"{_WEBHOOK} where w.workspace_id = :workspace_id and w.id = :id",
        {"workspace_id": workspace_id, "id": webhook_id},
    )
    return None if row is None else _webhook(row)


def _webhook(row: Row) -> Webhook:
    return Webhook(
        id=row[0],
        name=row[1],
        url=row[2],
        secret=row[3],
        triggers=tuple(row[4].split()),
        disabled_at=row[5],
        created_at=row[6],
        deleted_at=row[7],
        old_secret=row[8],
        old_secret_until=row[9],
        click_batches=bool(row[10]),
        scoped=Scoped(
            scope=Scope(row[11]),
            link_ids=tuple(sorted((row[12] or "").split())),
            folder_ids=tuple(sorted((row[13] or "").split())),
        ),
    )


def change_webhook(tx: Write, workspace_id: str, webhook: Webhook) -> None:
    tx.run(
        "update webhooks set url = :url, triggers = :triggers, secret = :secret,"
        " old_secret = :old_secret, old_secret_until = :old_secret_until,"
        " link_scope = :link_scope, click_batches = :click_batches"
        " where workspace_id = :workspace_id and id = :id",
        {
            "workspace_id": workspace_id,
            "id": webhook.id,
            "url": webhook.url,
            "triggers": " ".join(webhook.triggers),
            "secret": webhook.secret,
            "old_secret": webhook.old_secret,
            "old_secret_until": webhook.old_secret_until,
            "link_scope": webhook.scoped.scope.value,
            "click_batches": int(webhook.click_batches),
        },
    )
