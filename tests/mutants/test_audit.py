"""Every check of the audit finds what it is there for, and nothing in right books."""

import pytest

from headwater.audit import audit
from headwater.audit.run import CHECKS
from headwater.db import Write
from headwater.journal import GENESIS, Entry, link_hash, seal
from tests.order.making import MAIN_ANN, day, lead, sale, visit
from tests.order.perform import Place, perform
from tests.order.world import Refund

RESOLVED_AGAIN = (
    "insert into journal (id, workspace_id, kind, subject_id, digest, at)"
    " select 'j', workspace_id, kind, subject_id, digest, at from journal"
    " where kind = 'inbox_resolved'"
)
RESTATED = (
    "insert into restatements select 'x', workspace_id, id, 'c', 0, 0 from receipts"
    " where kind = 'refund'"
)
# What somebody could do to the tables, and how the difference begins that says so.
TAMPERINGS = {
    "trial balance": ("update ledger_entries set debit_account = ''", "trial balance"),
    "accruals": ("update ledger_entries set amount = 7 where kind = 'accrual'", "accrual"),
    "payments": ("update commissions set paid_at = 1", "payment"),
    "reversals": ("update ledger_entries set amount = 7 where kind = 'reversal'", "reversal"),
    "refunded sales": ("update refunds set original_amount = 10001", "refunds of a sale"),
    "link counters": ("update link_counters set clicks = clicks + 1", "link counter clicks"),
    "earned": ("update enrolments set earned = earned + 1", "earned"),
    "customer counters": ("update customers set sales = sales + 1", "customer counters"),
    "converted sales": ("update sales set original_amount = 10001", "converted sale"),
    "receipts": ("update receipts set body = body || ' '", "receipt of a sale"),
    "first touches": ("update attributions set touched_at = 1", "frozen first touch"),
    "reasoning": ("update commissions set earnings = 1", "commission as the receipt of a sale"),
    "inbox results": ("update inbox set result_id = 'x'", "inbox result"),
    "inbox lines": (RESOLVED_AGAIN, "inbox item resolved once"),
    "journal lines": ("update rewards set basis_points = 1 where kind <> 'flat'", "journal line"),
    "recorded rows": (
        "insert into rates select 'x', id, 'eur', '2026-03-01', '1', 's', 0 from workspaces",
        "row without a line: rate",
    ),
    "recorded enrolments": (
        "update enrolments set stopped_at = 1",
        "row without a line: partner_stopped",
    ),
    "recorded restatements": (RESTATED, "row without a line: restatement"),
    "click groups": ("update hits set at = at + 1", "hits of a group"),
    "journal chain": ("update journal set at = at + 1 where seq = 3", "journal chain"),
}


@pytest.fixture
def busy(place: Place) -> Place:
    """Books with something on every page, sealed in two rounds."""
    touch = visit("c", MAIN_ANN, day(1))
    waits = sale("c", "i0", day(1.5))
    for step in (touch, waits, lead(touch, "Sign up", day(2)), sale("c", "i1", day(3))):
        perform(place, step)
    place.app.db.write_now(seal, 4)
    perform(place, Refund("i1", "r1", 5000, day(4)))
    place.app.db.write_now(seal, 1000)
    return place


def found(place: Place) -> list[str]:
    return [each.line() for each in place.app.db.read_now(audit).differences]


def test_right_books_have_no_differences(busy: Place) -> None:
    assert found(busy) == []


@pytest.mark.parametrize("check", TAMPERINGS)
def test_every_check_finds_its_difference(busy: Place, check: str) -> None:
    """P5."""
    sql, says = TAMPERINGS[check]
    busy.app.db.write_now(lambda tx: tx.run(sql))
    assert any(line.startswith(says) for line in found(busy))


def test_no_check_is_without_a_tampering() -> None:
    assert set(CHECKS) == set(TAMPERINGS)


def test_a_line_of_the_journal_hangs_on_all_before_it(busy: Place) -> None:
    """One that was changed and sealed anew is found by the line behind it."""

    def forge(tx: Write) -> None:
        tx.run("update journal set digest = 'x', seq = null, hash = null where seq = 1")
        row = "position, id, workspace_id, kind, subject_id, digest, at, seq, hash"
        (values,) = tx.all(f"select {row} from journal where seq is null")
        entry = Entry(**dict(zip(row.split(", "), values, strict=True)))
        forged = {"hash": link_hash(GENESIS, 1, entry), "position": entry.position}
        tx.run("update journal set seq = 1, hash = :hash where position = :position", forged)

    busy.app.db.write_now(forge)
    assert any(line.startswith("journal chain") for line in found(busy))
