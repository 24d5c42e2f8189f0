"""Conversions one after the other, for who takes them all."""

from headwater.conversions.model import Lead, Refund, Sale
from headwater.conversions.sql import LEAD, REFUND, SALE, lead_of, refund_of, sale_of
from headwater.db import Read


def leads_after(tx: Read, workspace_id: str, position: int, limit: int) -> list[tuple[int, Lead]]:
    """Each with its position, in the order they were recorded."""
    rows = tx.all(
        f"select position, {LEAD} from leads where workspace_id = :workspace_id"
        " and position > :position order by position limit :limit",
        {"workspace_id": workspace_id, "position": position, "limit": limit},
    )
    return [(int(row[0]), lead_of(row[1:])) for row in rows]


def sales_after(tx: Read, workspace_id: str, sale_id: str, limit: int) -> list[Sale]:
    """In order of id."""
    rows = tx.all(
        f"select {SALE} from sales where workspace_id = :workspace_id and id > :id"
        " order by id limit :limit",
        {"workspace_id": workspace_id, "id": sale_id, "limit": limit},
    )
    return [sale_of(row) for row in rows]


def sales_of(tx: Read, workspace_id: str, customer_id: str) -> list[Sale]:
    """In the order in which they happened."""
    rows = tx.all(
        f"select {SALE} from sales where workspace_id = :workspace_id"
        " and customer_id = :customer_id order by at, id",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    return [sale_of(row) for row in rows]


def refunds_after(tx: Read, workspace_id: str, refund_id: str, limit: int) -> list[Refund]:
    """In order of id."""
    rows = tx.all(
        f"select {REFUND} from refunds where workspace_id = :workspace_id and id > :id"
        " order by id limit :limit",
        {"workspace_id": workspace_id, "id": refund_id, "limit": limit},
    )
    return [refund_of(row) for row in rows]


def sales_within(
    tx: Read, workspace_id: str, first: int, last: int, after: tuple[int, str], limit: int
) -> list[Sale]:
    """Those of a time, both ends of it included, in order of time and id."""
    rows = tx.all(
        f"select {SALE} from sales where workspace_id = :workspace_id and at >= :first"
        " and at <= :last and (at, id) > (:after_at, :after_id) order by at, id limit :limit",
        {
            "workspace_id": workspace_id,
            "first": max(first, after[0]),
            "last": last,
            "after_at": after[0],
            "after_id": after[1],
            "limit": limit,
        },
    )
    return [sale_of(row) for row in rows]
