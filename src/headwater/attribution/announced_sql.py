"""Clicks a customer was announced with, before anything they did was reported."""

from typing import Any

from headwater.db import Read, Write


def insert_announced(tx: Write, workspace_id: str, row: dict[str, Any]) -> bool:
    """False where the customer was announced with this click before."""
    changed = tx.run(
        "insert into announced_clicks"
        " (id, workspace_id, customer_id, click_id, link_number, clicked_at, created_at)"
        " values (:id, :workspace_id, :customer_id, :click_id, :link_number, :clicked_at, :now)"
        " on conflict (customer_id, click_id) do nothing",
        {"workspace_id": workspace_id, **row},
    )
    return changed == 1


def announced_clicks(tx: Read, workspace_id: str, customer_id: str) -> list[tuple[int, int, str]]:
    """(link number, time, click id) of each."""
    rows = tx.all(
        "select link_number, clicked_at, click_id from announced_clicks"
        " where workspace_id = :workspace_id and customer_id = :customer_id"
        " order by clicked_at, click_id",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    return [(int(row[0]), int(row[1]), str(row[2])) for row in rows]


def announced_click(tx: Read, workspace_id: str, customer_id: str) -> str | None:
    """The earliest of them: so it is the same in whatever order they were said."""
    row = tx.one(
        "select click_id from announced_clicks where workspace_id = :workspace_id"
        " and customer_id = :customer_id order by clicked_at, click_id limit 1",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    return None if row is None else str(row[0])
