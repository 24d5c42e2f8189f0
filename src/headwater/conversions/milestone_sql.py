"""Statements about the steps of customers' lives."""

from msgspec.structs import asdict

from headwater.conversions.model import Milestone
from headwater.db import Read, Row, Write

MILESTONE = (
    "id, customer_id, kind, entity, plan, scope, administrative, source, metadata, at, created_at"
)


def milestone_of(row: Row) -> Milestone:
    return Milestone(
        id=row[0],
        customer_id=row[1],
        kind=row[2],
        entity=row[3],
        plan=row[4],
        scope=row[5],
        administrative=bool(row[6]),
        source=row[7],
        metadata=row[8],
        at=row[9],
        created_at=row[10],
    )


def insert_milestone(tx: Write, workspace_id: str, made: Milestone) -> bool:
    """False where this step is known."""
    return bool(
        tx.run(
            f"insert into milestones (workspace_id, {MILESTONE})"
            " values (:workspace_id, :id, :customer_id, :kind, :entity, :plan, :scope,"
            " :administrative, :source, :metadata, :at, :created_at)"
            " on conflict (workspace_id, kind, entity) do nothing",
            asdict(made)
            | {"workspace_id": workspace_id, "administrative": int(made.administrative)},
        )
    )


def milestone(tx: Read, workspace_id: str, kind: str, entity: str) -> Milestone | None:
    row = tx.one(
        f"select {MILESTONE} from milestones where workspace_id = :workspace_id"
        " and kind = :kind and entity = :entity",
        {"workspace_id": workspace_id, "kind": kind, "entity": entity},
    )
    return None if row is None else milestone_of(row)


def milestone_by_id(tx: Read, workspace_id: str, milestone_id: str) -> Milestone | None:
    row = tx.one(
        f"select {MILESTONE} from milestones where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": milestone_id},
    )
    return None if row is None else milestone_of(row)


def milestones_of(tx: Read, workspace_id: str, customer_id: str) -> list[Milestone]:
    """In the order in which they happened."""
    rows = tx.all(
        f"select {MILESTONE} from milestones where workspace_id = :workspace_id"
        " and customer_id = :customer_id order by at, id",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    return [milestone_of(row) for row in rows]


def milestones_after(tx: Read, workspace_id: str, milestone_id: str, limit: int) -> list[Milestone]:
    """In order of id."""
    rows = tx.all(
        f"select {MILESTONE} from milestones where workspace_id = :workspace_id and id > :id"
        " order by id limit :limit",
        {"workspace_id": workspace_id, "id": milestone_id, "limit": limit},
    )
    return [milestone_of(row) for row in rows]
