"""Each promise in one short story: what tools/mutants.py breaks, one of these notices."""

import asyncio
import threading
from dataclasses import replace

import pytest

from headwater import idempotency, inbox, links, receipts, tracking
from headwater.db import Write
from headwater.http.visitor import Visitors
from headwater.kit.clock import DAY_US, HOUR_US
from headwater.kit.problems import Problem
from headwater.runtime import App
from headwater.tracking import Kept, LeadCall
from tests.order.books import Books, read_books
from tests.order.making import FIRST_ANN, MAIN_ANN, MAIN_BOB, day, lead, sale, visit
from tests.order.perform import Place, made_place, perform
from tests.order.world import Refund

TOUCH = visit("c", MAIN_ANN, day(1))
SIGN_UP = lead(TOUCH, "Sign up", day(2))
BOUGHT = sale("c", "i1", day(3))


def after(place: Place, *steps: object) -> Books:
    for step in steps:
        perform(place, step)
    return place.app.db.read_now(read_books, place.workspace_id)


def pending(books: Books) -> dict[str, int]:
    return {partner: amount for partner, _, _, amount in books.balances}


def test_nothing_is_answered_before_the_commit_p1(app: App) -> None:
    committing, go_on = threading.Event(), threading.Event()

    def hold() -> bool:
        committing.set()
        go_on.wait(10)
        return False

    def script(tx: Write) -> None:
        tx._connection.set_commit_hook(hold)
        tx.run("insert into cursors (name, value) values ('test', '1')")

    async def answered_early() -> bool:
        writing = asyncio.create_task(app.db.write(script))
        await asyncio.to_thread(committing.wait, 10)
        await asyncio.sleep(0.05)
        early = writing.done()
        go_on.set()
        await writing
        return early

    assert not asyncio.run(answered_early())
    assert committing.is_set()


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_a_commit_is_on_disk_whatever_the_server_is_used_to_p1(app: App) -> None:
    said = app.db.write_now(lambda tx: tx.one("show synchronous_commit"))
    assert said == ("on",)


def test_a_lead_sent_twice_is_one_lead_p2(place: Place) -> None:
    books = after(place, TOUCH, SIGN_UP, replace(SIGN_UP, at=day(4)))
    assert [row[-1] for row in books.leads] == [SIGN_UP.at]
    assert pending(books) == {"ann@partners.test": 500}


def test_an_invoice_sent_twice_is_one_sale_p2(place: Place) -> None:
    books = after(place, TOUCH, SIGN_UP, BOUGHT, replace(BOUGHT, at=day(4)))
    assert [row[-1] for row in books.sales] == [BOUGHT.at]
    assert pending(books) == {"ann@partners.test": 500 + 1000}


def test_a_visitor_counts_once_an_hour_and_a_bot_never_p2(place: Place) -> None:
    again, bot = replace(TOUCH, at=TOUCH.at + 1), visit("spider", MAIN_ANN, day(1), "bot")
    books = after(place, TOUCH, again, [again, again], bot, visit("c", MAIN_ANN, day(1.5)))
    hits, clicks = books.links[MAIN_ANN][1:3]
    assert (hits, clicks) == (6, 2)


def test_an_idempotency_key_means_one_request_p2(place: Place) -> None:
    def send(body: bytes) -> str:
        request = idempotency.Request(key="k", method="POST", path="/links", body=body)
        return place.app.db.write_now(
            idempotency.once, place.ctx(day(1)), request,
            lambda: "made", lambda made: ("text", made), lambda *loaded: f"again {loaded[2][1]}",
        )  # fmt: skip

    assert [send(b"one"), send(b"one")] == ["made", "again made"]
    with pytest.raises(Problem, match="used before with another request"):
        send(b"two")


def test_a_refund_that_came_first_attaches_itself_p3(place: Place) -> None:
    books = after(place, TOUCH, SIGN_UP, Refund("i1", "r1", 10_000, day(4)), BOUGHT)
    assert books.refunds == [("i1", 1, 10_000, 10_000, 1000)]
    assert books.waiting == []


def test_terms_and_stops_are_those_of_the_moment_of_the_call_p3(place: Place) -> None:
    for step in (TOUCH, SIGN_UP, BOUGHT):
        perform(place, step, 40 * DAY_US)  # the rate changed meanwhile
    assert pending(after(place)) == {"ann@partners.test": 500 + 1000}


def test_a_receipt_names_the_winner_and_the_losers_p4(place: Place) -> None:
    second = visit("c", MAIN_BOB, day(1.5))
    after(place, TOUCH, second, SIGN_UP, lead(second, "Demo", day(2.5)), BOUGHT)
    wanted = receipts.ReceiptFilter(kind="sale")
    (receipt,) = place.app.db.read_now(receipts.page, place.workspace_id, wanted)
    considered = receipt.reasoning.considered
    assert [(each.verdict, each.reason) for each in considered] == [
        ("lost", "later_touch_won"), ("won", "last_touch"),
    ]  # fmt: skip


def test_a_whole_refund_leaves_nothing_owed_p5(place: Place) -> None:
    parts = [Refund("i1", f"r{n}", amount, day(4)) for n, amount in enumerate((3333, 3333, 3334))]
    first = visit("c", FIRST_ANN, day(1))
    books = after(place, first, lead(first, "Sign up", day(2)), BOUGHT, *parts)
    assert pending(books) == {"ann@partners.test": 0}


def test_what_cannot_be_used_is_kept_p6(place: Place) -> None:
    call = LeadCall(at=1, click_id="0" * 32, event_name="Demo", customer_external_id="c")
    app, ctx = place.app, place.ctx(day(1))
    kept = app.db.write_now(tracking.track, ctx, app.settings, call)
    assert isinstance(kept, Kept)
    (item,) = app.db.read_now(inbox.page, place.workspace_id, inbox.InboxFilter())
    assert (item.id, item.reason) == (kept.inbox_id, inbox.Reason.FORGED_CLICK_ID)


def test_a_link_of_another_workspace_does_not_exist_p10(place: Place) -> None:
    stranger = made_place(place.app)
    with pytest.raises(Problem, match="There is no link"):
        place.app.db.read_now(links.by_reference, stranger.workspace_id, place.links[0].id)


def test_a_visitor_is_somebody_else_the_next_day_p11(app: App) -> None:
    visitors = Visitors(app)

    def identity(at: int) -> bytes:
        return asyncio.run(visitors.identity("192.0.2.1", {b"user-agent": b"x"}, at))

    midnight = day(2)
    assert identity(midnight) == identity(midnight + HOUR_US)
    assert identity(midnight) != identity(midnight - 1)
