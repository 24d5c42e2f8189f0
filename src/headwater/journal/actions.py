from dataclasses import dataclass

from headwater.db import Write
from headwater.journal import sql
from headwater.journal.chain import GENESIS, digest_of, link_hash
from headwater.kit.context import Context

SEAL_LOCK = "journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    count: int
    last_seq: int


def write(tx: Write, ctx: Context, kind: str, subject_id: str, *content: object) -> str:
    """One line in the transaction of the fact itself; `content` is what must not change later."""
    entry_id = ctx.new_id("jrn_")
    sql.insert(
        tx,
        ctx.workspace_id,
        {
            "id": entry_id,
            "kind": kind,
            "subject_id": subject_id,
            "digest": digest_of(*content),
            "at": ctx.now_us,
        },
    )
    return entry_id


def seal(tx: Write, limit: int) -> Sealed:
    """Give the next lines their place in the chain. Only committed lines are visible here, so a
    reader that follows `seq` cannot skip one that committed late.
    """
    tx.lock(SEAL_LOCK)
    seq, previous = sql.last_sealed(tx) or (0, GENESIS)
    rows: list[dict[str, object]] = []
    for entry in sql.unsealed(tx, limit):
        seq += 1
        previous = link_hash(previous, seq, entry)
        rows.append({"seq": seq, "hash": previous, "position": entry.position})
    if rows:
        sql.set_sealed(tx, rows)
    return Sealed(count=len(rows), last_seq=seq)
