"""What one destination was told, by the keys of it; what tells it: sql.py."""

from collections.abc import Sequence

import msgspec

from headwater.db import Read, Write
from headwater.delivery.model import State, Told
from headwater.delivery.submission_model import Settlement


def told(tx: Read, workspace_id: str, destination_id: str, keys: Sequence[str]) -> dict[str, Told]:
    """By key."""
    rows = tx.all(
        "select d.natural_key, d.id, d.state, d.attempts, d.last_error, d.delivered_at,"
        " s.state, s.reason, b.body"
        " from deliveries d left join submissions s on s.delivery_id = d.id"
        " left join message_bodies b on b.message_id = d.message_id"
        " where d.workspace_id = :workspace_id and d.destination_id = :destination_id"
        f" and d.natural_key in (select value->>0 from {tx.each})",
        {
            "workspace_id": workspace_id,
            "destination_id": destination_id,
            "rows": msgspec.json.encode([[key] for key in keys]).decode(),
        },
    )
    return {
        row[0]: Told(
            delivery_id=row[1],
            state=State(row[2]),
            attempts=row[3],
            last_error=row[4],
            delivered_at=row[5],
            settlement=None if row[6] is None else Settlement(row[6]),
            reason=row[7],
            body=row[8],
        )
        for row in rows
    }


def restate(tx: Write, workspace_id: str, delivery_id: str, at: int) -> None:
    """Due again, with a whole schedule ahead. What a worker sends right now keeps its time, under a
    lease that no worker has, so that its result changes nothing.
    """
    tx.run(
        "update deliveries set state = 'waiting', failures = 0, delivered_at = null,"
        " next_at = case when lease is null or next_at < :at then :at else next_at end,"
        " lease = case when lease is null then null else '' end"
        " where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": delivery_id, "at": at},
    )
