"""Who tampers with the tables in SQL, however carefully, is found out."""

import pytest

from headwater.audit import Audit, audit
from headwater.audit.run import CHECKS
from headwater.db import Write
from headwater.journal import digest_of
from tests.audit.conftest import audited
from tests.order.perform import Place


def sold(invoice: str) -> str:
    return f"(select id from sales where invoice_id = '{invoice}')"


def of(table: str, column: str, value: str, wanted: str = "id") -> str:
    return f"(select {wanted} from {table} where {column} = {value})"


def checks(said: Audit) -> set[str]:
    return {difference.check for difference in said.differences}


def told(place: Place, *statements: str) -> Audit:
    return audited(place, lambda tx: [tx.run(each) for each in statements])


def test_untouched_books_are_right_and_every_check_has_something_to_check(place: Place) -> None:
    said = place.app.db.read_now(audit)
    assert said.differences == []
    assert set(said.checked) == set(CHECKS)
    assert all(said.checked.values()), said.checked


# Of i4: 100.00, of which 10.00 were earned.
EARNED = of("commissions", "conversion_id", sold("i4"), "link_number")
WHO_EARNED = (
    "where partner_id = "
    + of("commissions", "conversion_id", sold("i4"), "partner_id")
    + " and program_id = "
    + of("commissions", "conversion_id", sold("i4"), "program_id")
)
BOUGHT = of("sales", "invoice_id", "'i4'", "customer_id")


def test_a_debt_made_smaller_everywhere_is_still_on_its_receipt(place: Place) -> None:
    said = told(
        place,
        f"update link_counters set earnings = earnings - 999 where link_number = {EARNED}",
        f"update enrolments set earned = earned - 999 {WHO_EARNED}",
        f"update ledger_entries set amount = 1 where source_id = {sold('i4')}",
        f"update commissions set earnings = 1 where conversion_id = {sold('i4')}",
    )
    assert checks(said) == {
        "commission as the receipt of a sale says",
        "ledger entry as the receipt of a sale says",
    }
    assert any(" 1000 usd " in each.expected for each in said.differences)


def test_a_sale_erased_with_all_that_followed_is_still_in_the_journal(place: Place) -> None:
    said = told(
        place,
        "update link_counters set sales = sales - 1, sale_amount = sale_amount - 10000,"
        f" earnings = earnings - 1000 where link_number = {EARNED}",
        f"update enrolments set earned = earned - 1000 {WHO_EARNED}",
        f"update customers set sales = sales - 1, sale_amount = sale_amount - 10000"
        f" where id = {BOUGHT}",
        f"delete from ledger_entries where source_id = {sold('i4')}",
        f"delete from commissions where conversion_id = {sold('i4')}",
        f"delete from receipts where conversion_id = {sold('i4')}",
        "delete from sales where invoice_id = 'i4'",
    )
    assert checks(said) == {"journal line sale"}


ROW_OF_W1 = f"where result_id = {sold('w1')}"
OTHER = of("customers", "external_id", "'n'")
REFUND_OF_I1 = of("refunds", "sale_id", sold("i1"))
REFUND_OF_I3 = of("refunds", "sale_id", sold("i3"))
COMMISSION = of("commissions", "conversion_id", sold("i1"))
INVENTED = (
    "insert into commissions select 'cm_x', workspace_id, program_id, partner_id, customer_id,"
    " kind, {conversion}, link_number, reward_id, sale_amount, earnings, currency, created_at,"
    " quantity, paid_at, due_at"
    f" from commissions where id = {COMMISSION}"
)
BOOKED = (
    "insert into ledger_entries select 'le_x', workspace_id, '{kind}', {source}, '{commission}',"
    " debit_account, credit_account, amount, currency, at from ledger_entries"
    f" where commission_id = {COMMISSION} and kind = '{{kind}}'"
)
STOPPED = "where stopped_at is not null"
PROGRAM = "where id = (select min(id) from programs)"
COPIED_PROGRAM = (
    "insert into programs select 'prog_x', workspace_id, name, attribution_model, window_days,"
    f" self_referral, created_at, holding_days from programs {PROGRAM}"
)
FIRST_REWARD = "where id = (select min(id) from rewards)"
RESTATED = "where id = (select min(id) from restatements)"
CLOSED, WAITING = "where state = 'closed'", "where state = 'waiting'"
ITEM = "(select min(id) from inbox where state = 'waiting')"
# Who clicked twice; the earlier click surfaced after the later one had been frozen.
TWICE = of("customers", "external_id", "'f'")
OF_F = f"where customer_id = {TWICE}"
LATER_CLICK = f"(select click_id from leads {OF_F} and name_key = 'sign-up')"


def case(says: str, *statements: str) -> tuple[str, tuple[str, ...]]:
    return says, statements


# What was done, and the difference that says so: its check and, where it matters, more of it.
TAMPERINGS = {
    "sale smaller": case(
        "amount as the receipt of a sale says",
        "update sales set amount = 1 where invoice_id = 'i1'",
    ),
    "sale of another customer": case(
        "customer and link as the receipt of a sale says",
        f"update sales set customer_id = {OTHER} where invoice_id = 'i1'",
    ),
    "sale on another link": case(
        "customer and link as the receipt of a sale says",
        "update sales set link_number = 1 where invoice_id = 'i3'",
    ),
    "commission of another partner": case(
        "commission as the receipt of a sale says",
        "update commissions set partner_id ="
        " (select p.id from partners p where p.id <> commissions.partner_id"
        f" order by p.id limit 1) where id = {COMMISSION}",
    ),
    "commission under other terms": case(
        "commission as the receipt of a sale says",
        "update commissions set reward_id ="
        " (select min(w.id) from rewards w where w.id <> commissions.reward_id)"
        f" where id = {COMMISSION}",
    ),
    "lead that happened more often": case(
        "quantity as the receipt of a lead says", "update leads set quantity = 2"
    ),
    "commission of a lead that happened more often": case(
        "commission as the receipt of a lead says",
        "update commissions set quantity = 2 where kind = 'lead'",
    ),
    "commission of a lead smaller": case(
        "commission as the receipt of a lead says",
        "update commissions set earnings = earnings - 1 where kind = 'lead'",
    ),
    "commission where nothing is owed": case(
        "commission as the receipt of a sale says", INVENTED.format(conversion=sold("i3"))
    ),
    "accrual where nothing is owed": case(
        "ledger entry as the receipt of a sale says",
        INVENTED.format(conversion=sold("i3")),
        BOOKED.format(kind="accrual", source=sold("i3"), commission="cm_x"),
    ),
    "accrual smaller": case(
        "ledger entry as the receipt of a sale says",
        f"update ledger_entries set amount = 1 where source_id = {sold('i1')}",
    ),
    "receipt of another partner": case(
        "credit as the receipt of a sale says",
        f"update receipts set partner_id = 'pn_x' where conversion_id = {sold('i1')}",
    ),
    "receipt of a refund of another partner": case(
        "credit as the receipt of a refund says",
        f"update receipts set partner_id = 'pn_x' where conversion_id = {REFUND_OF_I1}",
    ),
    "receipt of another customer": case(
        "customer and link as the receipt of a sale says",
        f"update receipts set customer_id = 'cus_x' where conversion_id = {sold('i1')}",
    ),
    "receipt not to be restated": case(
        "first touch as the receipt of a sale says",
        f"update receipts set first_touch = 0 where conversion_id = {sold('f1')}",
    ),
    "receipt decided earlier": case(
        "journal line sale",
        f"update receipts set decided_at = 1 where conversion_id = {sold('i1')}",
    ),
    "receipt unreadable": case(
        "body as the receipt of a sale says",
        f"update receipts set body = '{{' where conversion_id = {sold('i1')}",
    ),
    "refund larger": case(
        "amount as the receipt of a refund says", "update refunds set amount = amount + 1"
    ),
    "refund that takes more back": case(
        "part taken back as the receipt of a refund says",
        f"update refunds set reversed = reversed + 1 where id = {REFUND_OF_I1}",
    ),
    "refund that takes something of nothing": case(
        "part taken back as the receipt of a refund says",
        f"update refunds set reversed = 1 where id = {REFUND_OF_I3}",
    ),
    "reversal larger": case(
        "ledger entry as the receipt of a refund says",
        f"update ledger_entries set amount = amount + 1 where source_id = {REFUND_OF_I1}",
    ),
    "reversal gone": case(
        "ledger entry as the receipt of a refund says",
        "delete from ledger_entries where kind = 'reversal'",
    ),
    "commission of a refunded sale in another currency": case(
        "commission as the receipt of a refund says",
        f"update commissions set currency = 'jpy' where id = {COMMISSION}",
    ),
    "commission for a refunded sale that had none": case(
        "commission as the receipt of a refund says", INVENTED.format(conversion=sold("i3"))
    ),
    "sale that was larger before it was converted": case(
        "converted sale",
        "update sales set original_amount = original_amount + 1 where invoice_id = 'i2'",
    ),
    "sale without its rate": case(
        "converted sale", "update sales set rate_id = null where invoice_id = 'i2'"
    ),
    "refund of a smaller part": case(
        "refunds of a sale", f"update refunds set original_amount = 2000 where id = {REFUND_OF_I1}"
    ),
    "receipt erased": case(
        "journal line sale", f"delete from receipts where conversion_id = {sold('i1')}"
    ),
    "receipt of a lead erased": case(
        "journal line lead", "delete from receipts where kind = 'lead' and first_touch = 0"
    ),
    "refund erased": case("journal line refund", f"delete from refunds where id = {REFUND_OF_I1}"),
    "receipt nobody journaled": case(
        "row without a line: sale: sale_x",
        "insert into receipts select 'rcp_x', workspace_id, kind, 'sale_x', customer_id,"
        " link_number, program_id, partner_id, first_touch, body, decided_at from receipts"
        f" where conversion_id = {sold('i1')}",
    ),
    "window of a program": case(
        "journal line program", f"update programs set window_days = 1 {PROGRAM}"
    ),
    "model of a program": case(
        "journal line program", "update programs set attribution_model = 'last'"
    ),
    "hold of a program": case(
        "journal line program", f"update programs set holding_days = 7 {PROGRAM}"
    ),
    "commission held for longer": case(
        "commission as the receipt of a sale says",
        f"update commissions set due_at = created_at + 1 where id = {COMMISSION}",
    ),
    "program of another workspace": case(
        "journal line program",
        "insert into workspaces (id, slug, currency, click_param, salt, created_at)"
        " select 'ws_x', 'x', currency, click_param, salt, created_at from workspaces",
        f"update programs set workspace_id = 'ws_x' {PROGRAM}",
    ),
    "program nobody journaled": case("row without a line: program: prog_x", COPIED_PROGRAM),
    "reward made smaller": case(
        "journal line reward", "update rewards set basis_points = 1 where kind = 'percentage'"
    ),
    "reward in force earlier": case(
        "journal line reward", f"update rewards set created_at = created_at - 1 {FIRST_REWARD}"
    ),
    "reward nobody journaled": case(
        "row without a line: reward: rw_x",
        "insert into rewards select 'rw_x', workspace_id, program_id, event, kind, amount_minor,"
        f" basis_points, created_at from rewards {FIRST_REWARD}",
    ),
    "rate changed": case("journal line rate", "update rates set rate = '0.8'"),
    "rate of another day": case("journal line rate", "update rates set day = '2026-02-01'"),
    "rate nobody journaled": case(
        "row without a line: rate: fx_x",
        "insert into rates select 'fx_x', workspace_id, 'jpy', day, rate, source, created_at"
        " from rates",
    ),
    "enrolment erased": case("journal line enrolment", f"delete from enrolments {STOPPED}"),
    "enrolment earlier": case(
        "journal line enrolment", f"update enrolments set created_at = created_at - 1 {STOPPED}"
    ),
    "enrolment in another program": case(
        "row without a line: enrolment",
        COPIED_PROGRAM,
        f"update enrolments set program_id = 'prog_x' {STOPPED}",
    ),
    "partner stopped no longer": case(
        "journal line partner_stopped", f"update enrolments set stopped_at = null {STOPPED}"
    ),
    "partner stopped earlier": case(
        "row without a line: partner_stopped",
        f"update enrolments set stopped_at = stopped_at - 1 {STOPPED}",
    ),
    "partner stopped by nobody": case(
        "row without a line: partner_stopped",
        "update enrolments set stopped_at = 1 where stopped_at is null",
    ),
    "restatement erased": case("journal line restatement", f"delete from restatements {RESTATED}"),
    "restatement of another click": case(
        "journal line restatement", f"update restatements set click_id = 'x' {RESTATED}"
    ),
    "restatement at another time": case(
        "row without a line: restatement", f"update restatements set touched_at = 1 {RESTATED}"
    ),
    "restatement nobody journaled": case(
        "row without a line: restatement",
        "insert into restatements select 'rst_x', workspace_id,"
        f" (select id from receipts where conversion_id = {sold('i1')}), click_id, touched_at, at"
        f" from restatements {RESTATED}",
    ),
    "inbox item erased": case(
        "journal line inbox",
        f"delete from inbox_bodies where inbox_id = {ITEM}",
        f"delete from inbox where id = {ITEM}",
    ),
    "inbox item of another kind": case(
        "journal line inbox", f"update inbox set kind = 'lead' {WAITING}"
    ),
    "inbox item with another content": case(
        "journal line inbox", f"update inbox set content_hash = 'x' {WAITING}"
    ),
    "inbox item closed": case("journal line inbox", f"update inbox set state = 'closed' {WAITING}"),
    "inbox item opened": case("journal line inbox", f"update inbox set state = 'waiting' {CLOSED}"),
    "inbox item nobody journaled": case(
        "row without a line: inbox: inb_x",
        "insert into inbox (id, workspace_id, kind, reason, state, content_hash, received_at)"
        " select 'inb_x', workspace_id, kind, reason, state, 'x', received_at from inbox"
        f" {WAITING}",
    ),
    "inbox item to be replayed again": case(
        "journal line inbox_resolved",
        f"update inbox set state = 'waiting', natural_key = null {ROW_OF_W1}",
    ),
    "inbox item with another result": case(
        "journal line inbox_resolved", f"update inbox set result_id = {sold('i1')} {ROW_OF_W1}"
    ),
    "inbox item resolved by nobody": case(
        "row without a line: inbox_resolved",
        f"update inbox set state = 'resolved', result_kind = 'sale', result_id = {sold('i1')}"
        f" {WAITING}",
    ),
    "inbox item without its result": case(
        "inbox result", f"update inbox set result_id = 'sale_x' {ROW_OF_W1}"
    ),
    "result of a kind it is not": case(
        "inbox result", f"update inbox set result_kind = 'lead' {ROW_OF_W1}"
    ),
    "inbox item resolved twice": case(
        "inbox item resolved once",
        "insert into journal (id, workspace_id, kind, subject_id, digest, at)"
        " select 'jrn_x', workspace_id, kind, subject_id, digest, at from journal"
        " where kind = 'inbox_resolved' and subject_id ="
        f" (select id from inbox {ROW_OF_W1})",
    ),
    "first touch of another click": case(
        "frozen first touch", f"update attributions set click_id = {LATER_CLICK} {OF_F}"
    ),
    "first touch at another time": case(
        "frozen first touch", f"update attributions set touched_at = touched_at - 1 {OF_F}"
    ),
    "first touch on another link": case(
        "frozen first touch", f"update attributions set link_number = 1 {OF_F}"
    ),
    "first touch frozen later": case(
        "frozen first touch", f"update attributions set created_at = created_at + 1 {OF_F}"
    ),
    "first touch erased": case("frozen first touch", f"delete from attributions {OF_F}"),
    "first touch of another workspace": case(
        "frozen first touch", f"update attributions set workspace_id = 'ws_x' {OF_F}"
    ),
    "first touch rewritten with its lead": case(
        "click of the first lead as its receipt says",
        f"update leads set click_id = 'x' {OF_F} and name_key = 'demo'",
        f"update attributions set click_id = 'x' {OF_F}",
    ),
    "line of an unknown kind": case(
        "journal line novelty",
        "insert into journal (id, workspace_id, kind, subject_id, digest, at)"
        " select 'jrn_x', workspace_id, 'novelty', subject_id, digest, at from journal"
        " where seq = 1",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_named(place: Place, name: str) -> None:
    says, statements = TAMPERINGS[name]
    lines = [each.line() for each in told(place, *statements).differences]
    assert any(line.startswith(f"{says}:") for line in lines), lines


def test_two_sales_of_one_inbox_item_are_named(place: Place) -> None:
    """As two replays at the same time would make them: w2 said to be of the item of w1."""

    def replayed_twice(tx: Write) -> None:
        (row,) = tx.all(f"select id, workspace_id, result_id from inbox {ROW_OF_W1}")
        (other,) = tx.all(
            f"select subject_id, at from journal where kind = 'sale' and subject_id = {sold('w2')}"
        )
        line = {"w": row[1], "item": row[0], "digest": digest_of("sale", other[0]), "at": other[1]}
        tx.run(
            "insert into journal (id, workspace_id, kind, subject_id, digest, at)"
            " values ('jrn_x', :w, 'inbox_resolved', :item, :digest, :at)",
            line,
        )

    said = audited(place, replayed_twice).differences
    named = [each for each in said if each.check == "sales of an inbox item"]
    (ids,) = place.app.db.read_now(lambda tx: tx.all(f"select {sold('w1')}, {sold('w2')}"))
    assert [set(each.found.split(" and ")) for each in named] == [set(ids)]
    assert any(each.check == "journal line inbox_resolved" for each in said)


@pytest.mark.parametrize("chunk", [1, 3])
def test_pages_of_any_size_find_the_same(
    place: Place, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from headwater.audit import journal, lines, money, reasoning, rows, touches

    statements = [statement for each in TAMPERINGS.values() for statement in each[1]][:6]
    whole = told(place, *statements)
    for module in (journal, lines, money, reasoning, rows, touches):
        monkeypatch.setattr(module, "CHUNK", chunk)
    assert place.app.db.read_now(audit).differences == []
    assert told(place, *statements) == whole


@pytest.mark.parametrize("change", ["first_sale_at = 1", "sales = sales + 1", "sale_amount = 0"])
def test_the_sums_of_a_customer_are_those_of_the_sales(place: Place, change: str) -> None:
    assert checks(told(place, f"update customers set {change} where id = {BOUGHT}")) == {
        "customer counters"
    }
