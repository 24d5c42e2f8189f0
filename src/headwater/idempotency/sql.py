from headwater.db import Read, Write


def find(tx: Read, workspace_id: str, key: str) -> tuple[str, str, str] | None:
    """Fingerprint of the first request, and kind and id of its result."""
    row = tx.one(
        "select fingerprint, result_kind, result_id from idempotency_keys"
        " where workspace_id = :workspace_id and key = :key",
        {"workspace_id": workspace_id, "key": key},
    )
    return None if row is None else (row[0], row[1], row[2])


def insert(tx: Write, workspace_id: str, row: dict[str, str], now_us: int) -> None:
    tx.run(
        "insert into idempotency_keys"
        " (workspace_id, key, fingerprint, result_kind, result_id, created_at)"
        " values (:workspace_id, :key, :fingerprint, :kind, :reference, :now)",
        {"workspace_id": workspace_id, "now": now_us, **row},
    )
