"""The journal hangs together, and what it commits to is still what the tables say."""

from collections.abc import Iterator

from headwater import journal
from headwater.attribution import hit_line
from headwater.audit.model import Difference
from headwater.db import Read
from headwater.journal import Entry, digest_of, link_hash

CHUNK = 1000
SHOWN_MAX = 100


def chain(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: sequence without gaps, each hash made of the one before."""
    found: list[Difference] = []
    previous, seq = journal.GENESIS, 0
    for entry in _sealed(tx):
        seq += 1
        expected = link_hash(previous, seq, entry)
        if entry.seq != seq or entry.hash != expected:
            found.append(
                Difference(
                    check="journal chain",
                    subject=entry.id,
                    expected=f"{seq} {expected[:16]}…",
                    found=f"{entry.seq} {(entry.hash or '')[:16]}…",
                )
            )
            seq = entry.seq or seq
        previous = entry.hash or ""
        if len(found) >= SHOWN_MAX:
            break
    return seq, found


def _sealed(tx: Read) -> Iterator[Entry]:
    seq = 0
    while chunk := journal.entries_after(tx, seq, CHUNK):
        yield from chunk
        seq = chunk[-1].seq or 0


def receipts(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: one receipt and one journal line per conversion, unchanged since."""
    count, found = 0, []
    for kind, table in (
        ("lead", "leads"),
        ("sale", "sales"),
        ("refund", "refunds"),
        ("dispute", "disputes"),
    ):
        after = ""
        while rows := tx.all(
            f"select f.id, r.id, r.body, j.digest from {table} f"
            " left join receipts r on r.conversion_id = f.id and r.kind = :kind"
            " left join journal j on j.kind = :kind and j.subject_id = f.id"
            " where f.id > :after order by f.id limit :limit",
            {"kind": kind, "after": after, "limit": CHUNK},
        ):
            after = rows[-1][0]
            count += len(rows)
            found += [_receipt(kind, *row) for row in rows if not _stands(*row)]
    return count, found[:SHOWN_MAX]


def _stands(_: str, receipt_id: str | None, body: str | None, digest: str | None) -> bool:
    return receipt_id is not None and digest == digest_of(receipt_id, body)


def _receipt(
    kind: str, conversion_id: str, receipt_id: str | None, body: str | None, digest: str | None
) -> Difference:
    return Difference(
        check=f"receipt of a {kind}",
        subject=conversion_id,
        expected="a receipt as the journal recorded it",
        found="no receipt"
        if receipt_id is None
        else "no journal line"
        if digest is None
        else f"receipt {receipt_id} with another content ({len(body or '')} characters)",
    )


def clicks(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: the hits of each group are those its journal line commits to."""
    count, found = 0, []
    after = 0
    while rows := tx.all(
        "select position, id, digest from journal"
        " where kind in ('clicks', 'clicks_imported', 'click_assigned') and position > :after"
        " order by position limit :limit",
        {"after": after, "limit": CHUNK},
    ):
        after = rows[-1][0]
        count += len(rows)
        lines = _lines(tx, rows[0][1], rows[-1][1], {row[1] for row in rows})
        for _, group_id, digest in rows:
            if digest_of(*lines.get(group_id, [])) != digest:
                found.append(
                    Difference(
                        check="hits of a group",
                        subject=group_id,
                        expected=f"{digest[:16]}…",
                        found=f"{len(lines.get(group_id, []))} hits with another digest",
                    )
                )
    return count, found[:SHOWN_MAX]


def _lines(tx: Read, first: str, last: str, wanted: set[str]) -> dict[str, list[str]]:
    low, high = min(first, last, *wanted), max(first, last, *wanted)
    lines: dict[str, list[str]] = {}
    for row in tx.all(
        "select group_id, link_number, hour, visitor, at, class, reason from hits"
        " where group_id between :low and :high order by position",
        {"low": low, "high": high},
    ):
        if row[0] in wanted:
            lines.setdefault(row[0], []).append(hit_line(*row[1:]))
    return lines
