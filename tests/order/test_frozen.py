"""Where P3 freezes a decision: what surfaces later changes no book, and the receipt says so."""

import pytest

from headwater import receipts
from headwater.runtime import App
from tests.order.books import read_books
from tests.order.making import FIRST_ANN, FIRST_CID, MAIN_ANN, MAIN_BOB, day, lead, sale, visit
from tests.order.perform import Place, books_after, made_place, perform
from tests.order.world import Rate, Refund


@pytest.fixture
def place(app: App) -> Place:
    return made_place(app)


def test_an_earlier_touch_that_surfaces_later_restates_and_changes_nothing(place: Place) -> None:
    early, late = visit("c", FIRST_ANN, day(1)), visit("c", FIRST_CID, day(2))
    for step in (early, late, lead(late, "Demo", day(2.5)), sale("c", "i1", day(3))):
        perform(place, step)
    before = place.app.db.read_now(read_books, place.workspace_id)
    perform(place, lead(early, "Sign up", day(1.5)))
    after = place.app.db.read_now(read_books, place.workspace_id)

    assert [row[0] for row in before.commissions] == ["cid@partners.test"]
    assert (after.commissions, after.balances, after.sales) == (
        before.commissions, before.balances, before.sales,
    )  # fmt: skip
    restated = _restatements(place)
    assert set(restated) == {"lead", "sale"}
    assert {touched_at for found in restated.values() for touched_at in found} == {early.at}


def test_the_frozen_first_touch_decides_what_follows_too(place: Place) -> None:
    early, late = visit("c", FIRST_ANN, day(1)), visit("c", FIRST_CID, day(2))
    steps = (
        early, late, lead(late, "Demo", day(2.5)),
        lead(early, "Sign up", day(1.5)), sale("c", "i1", day(3)),
    )  # fmt: skip
    for step in steps:
        perform(place, step)
    books = place.app.db.read_now(read_books, place.workspace_id)
    assert [row[0] for row in books.commissions] == ["cid@partners.test"]
    assert "sale" not in _restatements(place)  # it already knew of the earlier one


def test_under_last_an_earlier_touch_that_surfaces_restates_nothing(place: Place) -> None:
    early, late = visit("c", MAIN_ANN, day(1)), visit("c", MAIN_BOB, day(2))
    for step in (early, late, lead(late, "Demo", day(2.5)), sale("c", "i1", day(3))):
        perform(place, step)
    perform(place, lead(early, "Sign up", day(1.5)))
    assert _restatements(place) == {}


def test_a_receipt_names_the_rules_that_decided_it(place: Place) -> None:
    """No rule of attribution decides a refund."""
    touch = visit("c", MAIN_ANN, day(1))
    refund = Refund("i1", "r1", 5_000, day(4))
    for step in (touch, lead(touch, "Sign up", day(2)), sale("c", "i1", day(3)), refund):
        perform(place, step)
    found = place.app.db.read_now(receipts.page, place.workspace_id, receipts.ReceiptFilter())
    told = {each.kind: each.reasoning.rule_version for each in found}
    assert told == {"lead": "attribution-1", "sale": "attribution-1", "refund": "refund-1"}
    [refunded] = [each.reasoning for each in found if each.kind == "refund"]
    assert (refunded.credit, refunded.owed_reason) == ("follows_the_sale", "refund_in_proportion")


@pytest.mark.parametrize("winner", [0, 1])
def test_the_lead_that_was_taken_first_earns_the_reward(app: App, winner: int) -> None:
    """A program pays for a customer once, and takes nothing back for a lead that comes later."""
    visits = [visit("c", MAIN_ANN, day(1)), visit("c", MAIN_BOB, day(2))]
    leads = [lead(each, f"Step {number}", day(3 + number)) for number, each in enumerate(visits)]
    books = books_after(app, [*visits, leads[winner], leads[1 - winner]])
    partner = ("ann", "bob")[winner]
    assert [row[:3] for row in books.commissions] == [(f"{partner}@partners.test", "main", "lead")]


def test_a_rate_that_comes_later_converts_no_sale_again(app: App) -> None:
    touch = visit("c", MAIN_ANN, day(1))
    known = [touch, lead(touch, "Sign up", day(1.5)), Rate("eur", "2026-03-02", "0.5", day(1))]
    sold = sale("c", "i1", day(4), currency="eur")
    late = Rate("eur", "2026-03-03", "0.8", day(5))
    assert [row[4] for row in books_after(app, [*known, sold, late]).sales] == [20_000]


def test_sending_a_waiting_sale_again_does_not_move_it(app: App) -> None:
    """The partner is stopped on day 5, between the sale and its repetition."""
    touch = visit("c", FIRST_CID, day(1))
    once, again = sale("c", "i1", day(4)), sale("c", "i1", day(6))
    came = lead(touch, "Sign up", day(7))
    plain = books_after(app, [touch, once, came])
    repeated = books_after(app, [touch, once, again, came])
    assert [row[0] for row in plain.commissions] == ["cid@partners.test"]
    assert plain.differences(repeated) == []


def _restatements(place: Place) -> dict[str, list[int]]:
    """Times of the touches that surfaced, per kind of receipt that says so."""

    def read(tx: object) -> dict[str, list[int]]:
        wanted = receipts.ReceiptFilter()
        found = {}
        for receipt in receipts.page(tx, place.workspace_id, wanted):
            restated = receipts.restatements(tx, place.workspace_id, receipt.id)
            if restated:
                found[receipt.kind] = [each.touched_at for each in restated]
        return found

    return place.app.db.read_now(read)
