"""A kept call becomes one fact, once, and that fact is there."""

from headwater.audit.model import Difference
from headwater.db import Read
from headwater.journal import digest_of

SHOWN_MAX = 100


def results(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: what a resolved item became exists. Two items may have become one fact:
    the second said the same.
    """
    count = tx.one("select count(*) from inbox where state = 'resolved'")
    rows = tx.all(
        "select i.id, i.result_kind, i.result_id from inbox i"
        " left join leads d on i.result_kind = 'lead' and d.id = i.result_id"
        "  and d.workspace_id = i.workspace_id"
        " left join sales s on i.result_kind = 'sale' and s.id = i.result_id"
        "  and s.workspace_id = i.workspace_id"
        " left join refunds f on i.result_kind = 'refund' and f.id = i.result_id"
        "  and f.workspace_id = i.workspace_id"
        " left join customers c on i.result_kind = 'customer' and c.id = i.result_id"
        "  and c.workspace_id = i.workspace_id"
        " left join milestones m on i.result_kind = 'milestone' and m.id = i.result_id"
        "  and m.workspace_id = i.workspace_id"
        " left join disputes q on i.result_kind = 'dispute' and q.id = i.result_id"
        "  and q.workspace_id = i.workspace_id"
        " where i.state = 'resolved'"
        " and coalesce(d.id, s.id, f.id, c.id, m.id, q.id) is null"
        f" order by i.id limit {SHOWN_MAX}"
    )
    return (count or (0,))[0], [
        Difference(
            check="inbox result",
            subject=row[0],
            expected=f"{row[1]} {row[2]}",
            found="nothing",
        )
        for row in rows
    ]


def resolved_once(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: an item is resolved by one line of the journal, and so by one sale."""
    count = tx.one("select count(*) from journal where kind = 'inbox_resolved'")
    rows = tx.all(
        "select subject_id, count(*) from journal where kind = 'inbox_resolved'"
        f" group by subject_id having count(*) > 1 order by subject_id limit {SHOWN_MAX}"
    )
    found = [
        Difference(
            check="inbox item resolved once",
            subject=row[0],
            expected="1 line",
            found=f"{row[1]} lines",
        )
        for row in rows
    ]
    return (count or (0,))[0], found + (_sold_twice(tx) if found else [])


def _sold_twice(tx: Read) -> list[Difference]:
    """Every workspace: of items resolved more than once, the sales made in those transactions,
    known by their moment and the digest of the line.
    """
    rows = tx.all(
        "select j.subject_id, j.digest, k.subject_id from journal j"
        " join journal k on k.workspace_id = j.workspace_id and k.at = j.at and k.kind = 'sale'"
        " where j.kind = 'inbox_resolved' and j.subject_id in ("
        "  select subject_id from journal where kind = 'inbox_resolved'"
        f"  group by subject_id having count(*) > 1 order by subject_id limit {SHOWN_MAX})"
        " order by j.subject_id, k.subject_id"
    )
    sales: dict[str, dict[str, None]] = {}
    for item_id, digest, sale_id in rows:
        if digest == digest_of("sale", sale_id):
            sales.setdefault(item_id, {})[sale_id] = None
    return [
        Difference(
            check="sales of an inbox item",
            subject=item_id,
            expected="1 sale",
            found=" and ".join(ids),
        )
        for item_id, ids in sales.items()
        if len(ids) > 1
    ]
