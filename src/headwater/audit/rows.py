"""Every row the journal should know of has its line there."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from headwater.audit.model import Difference
from headwater.db import Read, Row
from headwater.journal import digest_of

CHUNK = 1000
SHOWN_MAX = 100


def recorded(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: terms, rates, receipts, commissions decided elsewhere and inbox items; what
    they say is compared from the side of the line.
    """
    count = tx.one(
        "select (select count(*) from programs) + (select count(*) from rewards)"
        " + (select count(*) from rates) + (select count(*) from receipts)"
        " + (select count(*) from inbox) + (select count(*) from announced_clicks)"
        " + (select count(*) from claimed_clicks) + (select count(*) from milestones)"
        " + (select count(*) from commissions where reward_id is null)"
    )
    rows = tx.all(
        "select r.kind, r.id from ("
        " select 'program' as kind, id from programs"
        " union all select 'reward', id from rewards"
        " union all select 'rate', id from rates"
        " union all select kind, conversion_id from receipts"
        " union all select 'announced_click', id from announced_clicks"
        " union all select 'claimed_click', id from claimed_clicks"
        " union all select 'milestone', id from milestones"
        " union all select 'commission', id from commissions where reward_id is null"
        " union all select 'inbox', id from inbox"
        " union all select 'inbox_resolved', id from inbox where state = 'resolved') as r"
        " where not exists (select 1 from journal j where j.subject_id = r.id and j.kind = r.kind)"
        f" order by r.kind, r.id limit {SHOWN_MAX}"
    )
    return (count or (0,))[0], [_unrecorded(row[0], row[1]) for row in rows]


def enrolments(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: who joined and who was stopped, with the moment, has a line."""
    count, after = 0, ""
    found: list[Difference] = []
    while len(found) < SHOWN_MAX and (rows := _enrolments_after(tx, after)):
        after = rows[-1][0]
        for _, lines in groupby(rows, lambda row: row[0]):
            count += 1
            found += _enrolment(list(lines))
    return count, found[:SHOWN_MAX]


def _enrolments_after(tx: Read, after: str) -> list[Row]:
    """Every workspace: enrolments, each with the lines of its partner."""
    return tx.all(
        "select n.id, n.partner_id, n.program_id, n.created_at, n.stopped_at, j.kind, j.at,"
        " j.digest from ("
        "  select id, workspace_id, partner_id, program_id, created_at, stopped_at from enrolments"
        "  where id > :after order by id limit :limit) as n"
        " left join journal j on j.subject_id = n.partner_id and j.workspace_id = n.workspace_id"
        "  and j.kind in ('enrolment', 'partner_stopped') order by n.id",
        {"after": after, "limit": CHUNK},
    )


def _enrolment(rows: Sequence[Row]) -> Iterator[Difference]:
    _, partner_id, program_id, created_at, stopped_at, *_ = rows[0]
    lines = {row[5:] for row in rows}
    digest = digest_of(program_id)
    if ("enrolment", created_at, digest) not in lines:
        yield _unrecorded("enrolment", partner_id)
    if stopped_at is not None and ("partner_stopped", stopped_at, digest) not in lines:
        yield _unrecorded("partner_stopped", partner_id)


def restatements(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: each note on a receipt has a line."""
    count, after = 0, ""
    found: list[Difference] = []
    while len(found) < SHOWN_MAX and (rows := _restatements_after(tx, after)):
        after = rows[-1][0]
        for _, each in groupby(rows, lambda row: row[0]):
            count += 1
            lines = list(each)
            _, receipt_id, click_id, touched_at, at, *_ = lines[0]
            if (at, digest_of(click_id, touched_at)) not in {row[5:] for row in lines}:
                found.append(_unrecorded("restatement", receipt_id))
    return count, found[:SHOWN_MAX]


def _restatements_after(tx: Read, after: str) -> list[Row]:
    """Every workspace: restatements, each with the lines of its receipt."""
    return tx.all(
        "select t.id, t.receipt_id, t.click_id, t.touched_at, t.at, j.at, j.digest from ("
        "  select id, workspace_id, receipt_id, click_id, touched_at, at from restatements"
        "  where id > :after order by id limit :limit) as t"
        " left join journal j on j.subject_id = t.receipt_id and j.kind = 'restatement'"
        "  and j.workspace_id = t.workspace_id order by t.id",
        {"after": after, "limit": CHUNK},
    )


def _unrecorded(kind: str, subject: str) -> Difference:
    return Difference(
        check=f"row without a line: {kind}",
        subject=subject,
        expected="a line of the journal",
        found="none",
    )
