"""What is kept of deliveries that are settled, and for how long: retention.py."""

from collections.abc import Sequence

from headwater.db import Dialect, Read, Write, one_column

# Settled before then, and nothing that waits hangs on it, nor it on that. A settled one was last
# touched at `next_at`.
_SETTLED = (
    " d.state <> 'waiting' and d.next_at < :before"
    " and not exists (select 1 from deliveries c"
    "  where c.parent_id = d.id and c.state = 'waiting')"
    " and not exists (select 1 from deliveries p"
    "  where p.id = d.parent_id and p.state = 'waiting')"
    " and not exists (select 1 from submissions s"
    "  where s.delivery_id = d.id and s.state = 'pending')"
)
# What guards against telling a network twice stays for ever; but of visits, which earn nothing.
_KEPT = (
    "d.natural_key is not null and d.state <> 'skipped' and substr(d.natural_key, 1, 6) <> 'visit:'"
)


def walk(
    tx: Read, workspace_id: str, after: int, before: int, limit: int
) -> list[tuple[int, int, bool]]:
    """Position, when it was planned, and whether something of it is to be deleted."""
    rows = tx.all(
        "select d.position, d.created_at,"
        f" case when {_SETTLED} and (not ({_KEPT})"
        " or exists (select 1 from message_bodies b where b.message_id = d.message_id)"
        " or exists (select 1 from attempts a where a.delivery_id = d.id)) then 1 else 0 end"
        " from deliveries d where d.workspace_id = :workspace_id and d.position > :after"
        " order by d.position limit :limit",
        {"workspace_id": workspace_id, "after": after, "before": before, "limit": limit},
    )
    return [(row[0], row[1], bool(row[2])) for row in rows]


def settled(
    tx: Write, workspace_id: str, positions: Sequence[int], before: int
) -> list[tuple[str, str, bool]]:
    """Id, message and whether the row is kept, of those that still are; locked, so that none is
    sent again meanwhile.
    """
    rows = tx.all(
        f"select d.id, d.message_id, case when {_KEPT} then 1 else 0 end from deliveries d"
        f" where d.workspace_id = :workspace_id and {_SETTLED}"
        f" and d.position in (select cast(value->>0 as bigint) from {tx.each})" + _locked(tx),
        {"workspace_id": workspace_id, "before": before, "rows": one_column(map(str, positions))},
    )
    return [(row[0], row[1], bool(row[2])) for row in rows]


def _locked(tx: Write) -> str:
    """SQLite has one writer at a time."""
    return " for update of d" if tx.dialect is Dialect.POSTGRES else ""


def delete_attempts(tx: Write, workspace_id: str, delivery_ids: Sequence[str]) -> None:
    tx.run(
        "delete from attempts where workspace_id = :workspace_id"
        f" and delivery_id in (select value->>0 from {tx.each})",
        {"workspace_id": workspace_id, "rows": one_column(delivery_ids)},
    )


def delete_deliveries(tx: Write, workspace_id: str, delivery_ids: Sequence[str]) -> None:
    tx.run(
        "delete from deliveries where workspace_id = :workspace_id"
        f" and id in (select value->>0 from {tx.each})",
        {"workspace_id": workspace_id, "rows": one_column(delivery_ids)},
    )


def delete_bodies(tx: Write, workspace_id: str, message_ids: Sequence[str]) -> None:
    """Unless another webhook is still to be told, or was told lately."""
    tx.run(
        "delete from message_bodies where workspace_id = :workspace_id"
        f" and message_id in (select value->>0 from {tx.each})"
        " and not exists (select 1 from deliveries d"
        "  where d.message_id = message_bodies.message_id and d.natural_key is null)",
        {"workspace_id": workspace_id, "rows": one_column(message_ids)},
    )


def delete_messages(tx: Write, workspace_id: str, message_ids: Sequence[str]) -> None:
    """Those that no delivery is left of."""
    tx.run(
        "delete from messages where workspace_id = :workspace_id"
        f" and id in (select value->>0 from {tx.each})"
        " and not exists (select 1 from deliveries d where d.message_id = messages.id)",
        {"workspace_id": workspace_id, "rows": one_column(message_ids)},
    )
