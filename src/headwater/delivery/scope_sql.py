"""Which links and folders webhooks hear of, and where in the journal each of them is."""

from headwater.db import Read, Row, Write
from headwater.delivery.webhook_model import Event, Listener, Scope, Scoped


def insert(tx: Write, workspace_id: str, webhook_id: str, scoped: Scoped) -> None:
    targets = [("link", each) for each in scoped.link_ids]
    targets += [("folder", each) for each in scoped.folder_ids]
    tx.many(
        "insert into webhook_scopes (webhook_id, kind, target_id, workspace_id)"
        " values (:webhook_id, :kind, :target_id, :workspace_id)"
        " on conflict (webhook_id, kind, target_id) do nothing",
        [
            {
                "workspace_id": workspace_id,
                "webhook_id": webhook_id,
                "kind": kind,
                "target_id": target,
            }
            for kind, target in targets
        ],
    )


def clear(tx: Write, workspace_id: str, webhook_id: str) -> None:
    tx.run(
        "delete from webhook_scopes"
        " where workspace_id = :workspace_id and webhook_id = :webhook_id",
        {"workspace_id": workspace_id, "webhook_id": webhook_id},
    )


def drop_link(tx: Write, workspace_id: str, webhook_id: str, link_id: str) -> None:
    tx.run(
        "delete from webhook_scopes where workspace_id = :workspace_id"
        " and webhook_id = :webhook_id and kind = 'link' and target_id = :link_id",
        {"workspace_id": workspace_id, "webhook_id": webhook_id, "link_id": link_id},
    )


def targets(tx: Read, workspace_id: str, webhook_id: str) -> frozenset[str]:
    rows = tx.all(
        "select target_id from webhook_scopes"
        " where workspace_id = :workspace_id and webhook_id = :webhook_id",
        {"workspace_id": workspace_id, "webhook_id": webhook_id},
    )
    return frozenset(str(row[0]) for row in rows)


def listeners(tx: Read, waiting_max: int) -> list[Listener]:
    """Every workspace: who hears of clicks, also those that are switched off."""
    rows = tx.all(
        "select w.id, w.workspace_id, w.triggers, w.click_batches, w.link_scope, w.clicks_after,"
        " (select count(*) from (select 1 from deliveries d where d.destination_id = w.id"
        "  and d.state = 'waiting' limit :waiting_max) as full_of)"
        " from webhooks w join destinations t on t.id = w.id"
        " where t.deleted_at is null and w.triggers like :clicked order by w.id",
        {"waiting_max": waiting_max, "clicked": f"%{Event.LINK_CLICKED}%"},
    )
    return [_listener(tx, row, waiting_max) for row in rows if Event.LINK_CLICKED in row[2].split()]


def _listener(tx: Read, row: Row, waiting_max: int) -> Listener:
    scope = Scope(row[4])
    named = frozenset[str]() if scope is Scope.WORKSPACE else targets(tx, row[1], row[0])
    return Listener(
        webhook_id=row[0],
        workspace_id=row[1],
        batches=bool(row[3]),
        scope=scope,
        targets=named,
        after=row[5],
        full=row[6] >= waiting_max,
    )


def move(tx: Write, listeners: list[Listener], seq: int) -> None:
    tx.many(
        "update webhooks set clicks_after = :seq where workspace_id = :workspace_id and id = :id",
        [
            {"seq": seq, "workspace_id": each.workspace_id, "id": each.webhook_id}
            for each in listeners
        ],
    )


def join_anew(tx: Write, workspace_id: str, webhook_id: str) -> None:
    """Clicks are told from where the worker is now."""
    tx.run(
        "update webhooks set clicks_after = null where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": webhook_id},
    )
