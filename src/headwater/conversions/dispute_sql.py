"""Statements about payments that are contested."""

from msgspec.structs import asdict

from headwater.conversions.model import Dispute
from headwater.db import Read, Row, Write

DISPUTE = "id, sale_id, key, original_amount, reversed, reason, at, outcome, closed_at"


def dispute_of(row: Row) -> Dispute:
    return Dispute(
        id=row[0],
        sale_id=row[1],
        key=row[2],
        original_amount=row[3],
        reversed=row[4],
        reason=row[5],
        at=row[6],
        outcome=row[7],
        closed_at=row[8],
    )


def insert_dispute(tx: Write, workspace_id: str, made: Dispute) -> None:
    tx.run(
        f"insert into disputes (workspace_id, {DISPUTE})"
        " values (:workspace_id, :id, :sale_id, :key, :original_amount, :reversed, :reason, :at,"
        " :outcome, :closed_at)",
        asdict(made) | {"workspace_id": workspace_id},
    )


def update_dispute(tx: Write, workspace_id: str, made: Dispute) -> None:
    """What is learned of it later; what it took back stays."""
    tx.run(
        "update disputes set original_amount = :original_amount, reason = :reason, at = :at,"
        " outcome = :outcome, closed_at = :closed_at"
        " where workspace_id = :workspace_id and id = :id",
        {
            "workspace_id": workspace_id,
            "id": made.id,
            "original_amount": made.original_amount,
            "reason": made.reason,
            "at": made.at,
            "outcome": made.outcome,
            "closed_at": made.closed_at,
        },
    )


def dispute_by_key(tx: Read, workspace_id: str, sale_id: str, key: str) -> Dispute | None:
    row = tx.one(
        f"select {DISPUTE} from disputes"
        " where workspace_id = :workspace_id and sale_id = :sale_id and key = :key",
        {"workspace_id": workspace_id, "sale_id": sale_id, "key": key},
    )
    return None if row is None else dispute_of(row)


def dispute_by_id(tx: Read, workspace_id: str, dispute_id: str) -> Dispute | None:
    row = tx.one(
        f"select {DISPUTE} from disputes where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": dispute_id},
    )
    return None if row is None else dispute_of(row)


def taken_by_disputes(tx: Read, workspace_id: str, sale_id: str) -> int:
    """What disputes of a sale took off its commission."""
    row = tx.one(
        "select cast(coalesce(sum(reversed), 0) as bigint) from disputes"
        " where workspace_id = :workspace_id and sale_id = :sale_id",
        {"workspace_id": workspace_id, "sale_id": sale_id},
    )
    assert row is not None
    return int(row[0])


def disputes_after(tx: Read, workspace_id: str, dispute_id: str, limit: int) -> list[Dispute]:
    """In order of id."""
    rows = tx.all(
        f"select {DISPUTE} from disputes where workspace_id = :workspace_id and id > :id"
        " order by id limit :limit",
        {"workspace_id": workspace_id, "id": dispute_id, "limit": limit},
    )
    return [dispute_of(row) for row in rows]
