"""Every line of the journal commits to something, and the tables still say it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from headwater.audit.model import Difference
from headwater.db import Read, Row
from headwater.inbox import Reason, State
from headwater.journal import digest_of

CHUNK = 1000
SHOWN_MAX = 100


class Line(NamedTuple):
    position: int
    kind: str
    subject_id: str
    workspace_id: str
    digest: str
    at: int


# What the tables say of a subject: workspace, time (None where the line's is not kept) and digest.
Claim = tuple[str, int | None, str]
Claims = dict[str, set[Claim]]
Finder = Callable[[Read, Sequence[Line]], Claims]


def lines(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: what each line commits to is still there. Those of clicks have a
    check of their own.
    """
    count, after = 0, 0
    found: list[Difference] = []
    while len(found) < SHOWN_MAX and (chunk := _chunk(tx, after)):
        after = chunk[-1].position
        count += len(chunk)
        for kind in dict.fromkeys(line.kind for line in chunk):
            found += _of_kind(tx, kind, [line for line in chunk if line.kind == kind])
    return count, found[:SHOWN_MAX]


def _chunk(tx: Read, after: int) -> list[Line]:
    """Every workspace."""
    rows = tx.all(
        "select position, kind, subject_id, workspace_id, digest, at from journal"
        " where kind not in ('clicks', 'clicks_imported', 'click_assigned') and position > :after"
        " order by position limit :limit",
        {"after": after, "limit": CHUNK},
    )
    return [Line(*row) for row in rows]


def _of_kind(tx: Read, kind: str, of_kind: Sequence[Line]) -> Iterator[Difference]:
    finder = _FINDERS.get(kind)
    claims = {} if finder is None else finder(tx, of_kind)
    for line in of_kind:
        known = claims.get(line.subject_id, set())
        said = {(line.workspace_id, at, line.digest) for at in (line.at, None)}
        if known.isdisjoint(said):
            yield Difference(
                check=f"journal line {kind}",
                subject=line.subject_id,
                expected="what the line commits to",
                found="something else" if known else "nothing",
            )


def _conversions(tx: Read, of_kind: Sequence[Line]) -> Claims:
    """Every workspace: receipts whose fact is there."""
    rows = tx.all(
        "select r.conversion_id, r.workspace_id, r.decided_at, r.id, r.body"
        f" from {tx.each} join receipts r on r.conversion_id = value->>0"
        " left join leads d on r.kind = 'lead' and d.id = r.conversion_id"
        "  and d.workspace_id = r.workspace_id"
        " left join sales s on r.kind = 'sale' and s.id = r.conversion_id"
        "  and s.workspace_id = r.workspace_id"
        " left join refunds f on r.kind = 'refund' and f.id = r.conversion_id"
        "  and f.workspace_id = r.workspace_id"
        " left join disputes q on r.kind = 'dispute' and q.id = r.conversion_id"
        "  and q.workspace_id = r.workspace_id"
        " where coalesce(d.id, s.id, f.id, q.id) is not null",
        _subjects(of_kind),
    )
    return _claims(rows)


def _programs(tx: Read, of_kind: Sequence[Line]) -> Claims:
    """Every workspace."""
    rows = tx.all(
        "select p.id, p.workspace_id, p.created_at, p.attribution_model, p.window_days,"
        " p.self_referral, nullif(p.holding_days, 0)"
        f" from {tx.each} join programs p on p.id = value->>0",
        _subjects(of_kind),
    )
    return _claims(_said(row) for row in rows)


def _rewards(tx: Read, of_kind: Sequence[Line]) -> Claims:
    """Every workspace."""
    rows = tx.all(
        "select w.id, w.workspace_id, w.created_at, w.program_id, w.event, w.kind, w.amount_minor,"
        f" w.basis_points from {tx.each} join rewards w on w.id = value->>0",
        _subjects(of_kind),
    )
    return _claims(rows)


def _rates(tx: Read, of_kind: Sequence[Line]) -> Claims:
    """Every workspace."""
    rows = tx.all(
        "select x.id, x.workspace_id, x.created_at, x.currency, x.day, x.rate"
        f" from {tx.each} join rates x on x.id = value->>0",
        _subjects(of_kind),
    )
    return _claims(rows)


def _enrolments(tx: Read, of_kind: Sequence[Line]) -> Claims:
    """Every workspace. The tenant id may change, so no line speaks of it."""
    rows = tx.all(
        "select n.partner_id, n.workspace_id, n.created_at, n.program_id"
        f" from {tx.each}"
        " join enrolments n on n.program_id = value->>0 and n.partner_id = value->>1",
        _enrolled(tx, of_kind),
    )
    return _claims(rows)


def _stops(tx: Read, of_kind: Sequence[Line]) -> Claims:
    """Every workspace: the first stop stays."""
    rows = tx.all(
        "select n.partner_id, n.workspace_id, n.stopped_at, n.program_id"
        f" from {tx.each}"
        " join enrolments n on n.program_id = value->>0 and n.partner_id = value->>1"
        " where n.stopped_at is not null",
        _enrolled(tx, of_kind),
    )
    return _claims(rows)


def _enrolled(tx: Read, of_kind: Sequence[Line]) -> dict[str, str]:
    """Every workspace: the program is in the digest alone, and there are few of them."""
    programs = {digest_of(row[0]): row[0] for row in tx.all("select id from programs")}
    known = [line for line in of_kind if line.digest in programs]
    return _rows([programs[line.digest], line.subject_id] for line in known)


def _restatements(tx: Read, of_kind: Sequence[Line]) -> Claims:
    """Every workspace: a lead or a claimed click that surfaced later, and its restatement. A second
    lead of the same click may write a line and no row, with a time of its own.
    """
    rows = tx.all(
        "select r.id, r.workspace_id, null, d.click_id, d.clicked_at"
        f" from {tx.each} join receipts r on r.id = value->>0"
        " join leads d on d.customer_id = r.customer_id and d.workspace_id = r.workspace_id"
        " join restatements t on t.receipt_id = r.id and t.click_id = d.click_id"
        " union all select r.id, r.workspace_id, null, c.click_id, c.clicked_at"
        f" from {tx.each} join receipts r on r.id = value->>0"
        " join claimed_clicks c on c.customer_id = r.customer_id"
        "  and c.workspace_id = r.workspace_id"
        " join restatements t on t.receipt_id = r.id and t.click_id = c.click_id",
        _subjects(of_kind),
    )
    return _claims(rows)


def _announced(tx: Read, of_kind: Sequence[Line]) -> Claims:
    """Every workspace."""
    rows = tx.all(
        "select a.id, a.workspace_id, a.created_at, a.customer_id, a.click_id, a.clicked_at"
        f" from {tx.each} join announced_clicks a on a.id = value->>0",
        _subjects(of_kind),
    )
    return _claims(rows)


def _claimed(tx: Read, of_kind: Sequence[Line]) -> Claims:
    """Every workspace."""
    rows = tx.all(
        "select c.id, c.workspace_id, c.created_at, c.customer_id, c.click_id, c.clicked_at,"
        " c.program_id, c.partner_id"
        f" from {tx.each} join claimed_clicks c on c.id = value->>0",
        _subjects(of_kind),
    )
    return _claims(rows)


def _milestones(tx: Read, of_kind: Sequence[Line]) -> Claims:
    """Every workspace."""
    rows = tx.all(
        "select m.id, m.workspace_id, m.created_at, m.customer_id, m.kind, m.entity, m.plan,"
        " m.scope, m.administrative, m.source, m.at"
        f" from {tx.each} join milestones m on m.id = value->>0",
        _subjects(of_kind),
    )
    return _claims(rows)


def _inbox(tx: Read, of_kind: Sequence[Line]) -> Claims:
    """Every workspace. A waiting item may have another reason by now, a closed one has its own."""
    rows = tx.all(
        "select i.id, i.workspace_id, i.state, i.resolved_at, i.kind, i.content_hash"
        f" from {tx.each} join inbox i on i.id = value->>0",
        _subjects(of_kind),
    )
    return _claims(claim for row in rows for claim in _inbox_claims(row))


def _inbox_claims(row: Row) -> Iterator[Row]:
    item_id, workspace_id, state, resolved_at, kind, content = row
    closed = state == State.CLOSED
    for reason in Reason:
        if closed == (reason is Reason.ZERO_AMOUNT):
            at = resolved_at if closed else None
            yield item_id, workspace_id, at, kind, reason, content


def _resolved(tx: Read, of_kind: Sequence[Line]) -> Claims:
    """Every workspace."""
    rows = tx.all(
        "select i.id, i.workspace_id, i.resolved_at, i.result_kind, i.result_id"
        f" from {tx.each} join inbox i on i.id = value->>0 where i.state = 'resolved'",
        _subjects(of_kind),
    )
    return _claims(rows)


def _commissions(tx: Read, of_kind: Sequence[Line]) -> Claims:
    """Every workspace: those decided elsewhere; of the others the receipt speaks."""
    rows = tx.all(
        "select c.id, c.workspace_id, null, c.program_id, c.partner_id, c.customer_id, c.kind,"
        " c.conversion_id, c.link_number, c.sale_amount, c.earnings, c.currency, c.quantity,"
        " c.created_at, c.paid_at, c.due_at"
        f" from {tx.each} join commissions c on c.id = value->>0 where c.reward_id is null",
        _subjects(of_kind),
    )
    return _claims(_said(row) for row in rows)


def _said(row: Row) -> Row:
    """Where nothing is held, lines say nothing of it, as those of before there were holds."""
    return row if row[-1] is not None else row[:-1]


_FINDERS: dict[str, Finder] = {
    "lead": _conversions,
    "sale": _conversions,
    "refund": _conversions,
    "dispute": _conversions,
    "commission": _commissions,
    "program": _programs,
    "reward": _rewards,
    "rate": _rates,
    "enrolment": _enrolments,
    "partner_stopped": _stops,
    "restatement": _restatements,
    "announced_click": _announced,
    "claimed_click": _claimed,
    "milestone": _milestones,
    "inbox": _inbox,
    "inbox_resolved": _resolved,
}


def _subjects(of_kind: Sequence[Line]) -> dict[str, str]:
    return _rows([subject] for subject in dict.fromkeys(line.subject_id for line in of_kind))


def _rows(rows: Iterable[list[Any]]) -> dict[str, str]:
    return {"rows": msgspec.json.encode(list(rows)).decode()}


def _claims(rows: Iterable[Row]) -> Claims:
    """Of subject, workspace, time and what the digest was made of."""
    claims: Claims = {}
    for subject_id, workspace_id, at, *content in rows:
        claims.setdefault(subject_id, set()).add((workspace_id, at, digest_of(*content)))
    return claims
