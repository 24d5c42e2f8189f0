from headwater.db import Read, Row, Write
from headwater.journal.chain import Entry


def _entry(row: Row) -> Entry:
    return Entry(
        position=row[0],
        id=row[1],
        workspace_id=row[2],
        kind=row[3],
        subject_id=row[4],
        digest=row[5],
        at=row[6],
        seq=row[7],
        hash=row[8],
    )


def insert(tx: Write, workspace_id: str, row: dict[str, object]) -> None:
    tx.run(
        "insert into journal (id, workspace_id, kind, subject_id, digest, at)"
        " values (:id, :workspace_id, :kind, :subject_id, :digest, :at)",
        {"workspace_id": workspace_id, **row},
    )


def unsealed(tx: Read, limit: int) -> list[Entry]:
    """Every workspace: one chain runs through the whole store."""
    rows = tx.all(
        "select position, id, workspace_id, kind, subject_id, digest, at, seq, hash"
        " from journal where seq is null order by position limit :limit",
        {"limit": limit},
    )
    return [_entry(row) for row in rows]


def unsealed_count(tx: Read) -> int:
    """Every workspace."""
    row = tx.one("select count(*) from journal where seq is null")
    assert row is not None
    return int(row[0])


def last_sealed(tx: Read) -> tuple[int, str] | None:
    """Every workspace: the end of the chain."""
    row = tx.one("select seq, hash from journal where seq is not null order by seq desc limit 1")
    return None if row is None else (int(row[0]), str(row[1]))


def set_sealed(tx: Write, rows: list[dict[str, object]]) -> None:
    tx.many("update journal set seq = :seq, hash = :hash where position = :position", rows)


def entries_after(tx: Read, seq: int, limit: int) -> list[Entry]:
    """Every workspace: sealed lines in order of the chain."""
    rows = tx.all(
        "select position, id, workspace_id, kind, subject_id, digest, at, seq, hash"
        " from journal where seq > :seq order by seq limit :limit",
        {"seq": seq, "limit": limit},
    )
    return [_entry(row) for row in rows]


def sealed_of_kind_after(tx: Read, kind: str, seq: int, limit: int) -> list[Entry]:
    """Every workspace: what a tailing reader has not seen yet."""
    return [entry for entry in entries_after(tx, seq, limit) if entry.kind == kind]
