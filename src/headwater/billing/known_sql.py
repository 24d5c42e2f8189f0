"""What events said of Stripe's objects."""

from headwater.db import Read, Write, like_pattern


def said_of(tx: Read, workspace_id: str, kind: str, object_id: str) -> str | None:
    row = tx.one(
        "select said from stripe_objects"
        " where workspace_id = :workspace_id and kind = :kind and id = :id",
        {"workspace_id": workspace_id, "kind": kind, "id": object_id},
    )
    return None if row is None else str(row[0])


def put(
    tx: Write, workspace_id: str, kind: str, object_id: str, owner: str | None, said: str
) -> None:
    tx.run(
        "insert into stripe_objects (workspace_id, kind, id, owner, said)"
        " values (:workspace_id, :kind, :id, :owner, :said)"
        " on conflict (workspace_id, kind, id) do update set said = excluded.said,"
        " owner = coalesce(stripe_objects.owner, excluded.owner)",
        {
            "workspace_id": workspace_id,
            "kind": kind,
            "id": object_id,
            "owner": owner,
            "said": said,
        },
    )


def owned(tx: Read, workspace_id: str, kind: str, owner: str) -> list[str]:
    """What was said of each object of this owner."""
    rows = tx.all(
        "select said from stripe_objects"
        " where workspace_id = :workspace_id and kind = :kind and owner = :owner order by id",
        {"workspace_id": workspace_id, "kind": kind, "owner": owner},
    )
    return [str(row[0]) for row in rows]


def mentioning(tx: Read, workspace_id: str, kind: str, quoted: str) -> list[str]:
    """Objects of which this JSON text was said."""
    rows = tx.all(
        "select id from stripe_objects where workspace_id = :workspace_id and kind = :kind"
        " and said like :pattern escape '~' order by id",
        {"workspace_id": workspace_id, "kind": kind, "pattern": like_pattern(quoted)},
    )
    return [str(row[0]) for row in rows]
