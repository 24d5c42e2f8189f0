"""Visits: told once, with nothing of a person, and never before what earns (A-25, A-40)."""

import asyncio
import dataclasses
from typing import Any

import pytest

from headwater import attribution, consequences, delivery, reports, visitors, workspace
from headwater.delivery import State
from headwater.kit.clock import DAY_US, iso_ms
from headwater.visitors import Answer, Consent, Source, TouchDraft
from headwater.worker.pace import Pace
from headwater.worker.visits import admit
from tests.reports.conftest import START_US, TRACKERS, Desk
from tests.reports.test_reconcile import found
from tests.reports.test_retention import retain, rows

VISITING = TRACKERS | {"visit": 2005}
TOUCH_DAYS = 400
YES = Answer.GRANTED


def connect(desk: Desk, **settings: Any) -> Any:
    return desk.connect(**{"trackers": VISITING} | settings)


def touched(desk: Desk, click: str | None = "im-1", **said: Any) -> TouchDraft:
    sharing = said.pop("sharing", YES)
    consent = Consent(measurement=YES, sharing=sharing, personal=YES, source="banner")
    given = {
        "event_id": desk.ctx().new_id("e-"),
        "at": desk.clock.us,
        "source": Source.TAG,
        "url": "https://acme.test/pricing",
        "ids": {} if click is None else {"im_ref": click},
        "consent": consent,
    }
    return TouchDraft(**given | said)


def land(desk: Desk, draft: TouchDraft | None = None, visitor: str = "") -> str:
    """As a page reports it; returns the visitor's id."""
    visitor = visitor or desk.ctx().new_id("v-")
    desk.write(arrive, desk, draft or touched(desk), visitor)
    return visitor


def arrive(tx: Any, desk: Desk, draft: TouchDraft, visitor: str) -> None:
    done = visitors.remember(tx, desk.ctx(), visitor, [draft], TOUCH_DAYS)
    new = [each.touch_id for each in done if each.touch_id is not None]
    consequences.after_landing(tx, desk.ctx(), visitor, new)


def sweep(desk: Desk) -> None:
    """As the worker does while there is more."""

    async def whole() -> None:
        while await admit(Pace(desk.clock), desk.app):
            pass

    asyncio.run(whole())


def tell(desk: Desk) -> None:
    sweep(desk)
    desk.work()


def waiting(desk: Desk) -> int:
    return int(rows(desk, "visits_to_tell"))


def test_a_visit_says_which_click_and_when_and_nothing_else_a25_a40_a45(desk: Desk) -> None:
    """A-24, A-9: it has a number of its own, makes no attribution, and is nothing that differs."""
    made = connect(desk)
    visitor = land(desk)
    land(desk, touched(desk, None, coupon="SAVE"), visitor)
    desk.clock.move(60)
    tell(desk)
    assert desk.sent() == [
        {
            "CampaignId": 1000,
            "ActionTrackerId": 2005,
            "EventDate": iso_ms(START_US),
            "OrderId": "IR_AN_64_TS",
            "ClickId": "im-1",
        }
    ]
    told = desk.one("visit")
    assert (told.state, told.submission) == (State.DELIVERED, None)
    assert (rows(desk, "attributions"), rows(desk, "customers"), waiting(desk)) == (0, 0, 0)
    desk.standin.network.age(desk.clock.us / 10**6 + 60)
    assert [each.tracker for each in desk.standin.network.actions] == [2005]
    desk.clock.move(60)
    assert found(desk, made) == []


def test_a_click_is_told_once_however_many_pages_visitors_and_reloads_a25(desk: Desk) -> None:
    connect(desk)
    ann = land(desk)
    land(desk, visitor=ann)
    land(desk, touched(desk, url="https://acme.test/other"))
    sweep(desk)
    desk.clock.move(7200)
    land(desk, visitor=ann)
    land(desk, touched(desk, "im-2"), ann)
    tell(desk)
    land(desk, visitor=ann)
    tell(desk)
    assert [each["ClickId"] for each in desk.sent()] == ["im-1", "im-2"]
    assert waiting(desk) == 0


@pytest.mark.parametrize(
    "said",
    [
        {"click": None, "coupon": "SAVE"},
        {"click": None, "ids": {"gclid": "G"}},
        {"sharing": Answer.DENIED},
        {"referral": "friend"},
    ],
)
def test_without_a_click_that_counts_nothing_is_told_a25_a13(desk: Desk, said: Any) -> None:
    """T-103: nor where it is not to be handed to networks."""
    connect(desk)
    land(desk, touched(desk, **said))
    assert waiting(desk) == 0


def test_what_a_browser_says_last_goes_for_its_visits_that_wait_t103(desk: Desk) -> None:
    """As it does for whatever is told of a customer; not for other browsers."""
    connect(desk)
    visitor = land(desk)
    land(desk, touched(desk, "im-2"))
    desk.clock.move(60)
    land(desk, touched(desk, None, coupon="SAVE", sharing=Answer.DENIED), visitor)
    tell(desk)
    assert (waiting(desk), [each["ClickId"] for each in desk.sent()]) == (0, ["im-2"])


@pytest.mark.parametrize("token_first", [True, False])
def test_a_click_that_came_beside_a_token_counts_nowhere_else_a13(
    desk: Desk, token_first: bool
) -> None:
    """Nor where it comes back alone; another one of the same visitor does."""
    connect(desk)
    landings = [touched(desk, referral="friend"), touched(desk, url="https://acme.test/")]
    visitor = ""
    for draft in landings if token_first else reversed(landings):
        visitor = land(desk, dataclasses.replace(draft, at=desk.clock.us), visitor)
        desk.clock.move(7200)
    land(desk, touched(desk, "im-2"), visitor)
    tell(desk)
    assert [each["ClickId"] for each in desk.sent()] == ["im-2"]


def test_nothing_waits_where_no_network_wants_visits(desk: Desk) -> None:
    desk.connect()
    land(desk)
    assert waiting(desk) == 0


def test_who_has_an_account_visits_no_more_a25(desk: Desk) -> None:
    """The landing that signs up is none either."""
    connect(desk)
    visitor = desk.ctx().new_id("v-")
    customer = desk.customer(None)

    def sign_up(tx: Any) -> None:
        drafts = [touched(desk)]
        visitors.claim(
            tx, desk.ctx(), customer.id, visitor, drafts,
            touch_days=TOUCH_DAYS, new_customer=True,
        )  # fmt: skip

    desk.write(sign_up)
    desk.clock.move(7200)
    land(desk, touched(desk, "im-2"), visitor)
    assert waiting(desk) == 0


def test_what_the_edge_saw_first_is_a_visit_once_the_page_says_which_a25(desk: Desk) -> None:
    connect(desk)
    own = attribution.__name__  # any text: that it is genuine is the tag's to see
    edge = touched(desk, None, event_id=f"edge-{desk.ctx().new_id('')}", click_id=own, url=None)
    visitor = land(desk, dataclasses.replace(edge, source=Source.EDGE))
    assert waiting(desk) == 0
    desk.clock.move(2)
    land(desk, touched(desk, click_id=own), visitor)
    land(desk, touched(desk, click_id=own), visitor)
    tell(desk)
    assert [each["EventDate"] for each in desk.sent()] == [iso_ms(START_US)]


def crowd(desk: Desk, count: int) -> None:
    """So many people with a click each."""

    def script(tx: Any) -> None:
        for number in range(count):
            arrive(tx, desk, touched(desk, f"im-{number}"), desk.ctx().new_id("v-"))

    desk.write(script)


def test_while_300_visits_wait_what_earns_goes_at_once_all_through_the_hour_a25(desk: Desk) -> None:
    """P7: half of a burst of ten stays for it, some for questions, and all fits into the hour."""
    connect(desk, perHour=100)
    crowd(desk, 300)
    tell(desk)
    assert len(desk.sent()) == 3
    for minute in range(0, 60, 2):
        if minute % 6 == 0:
            before = len(desk.sent())
            for number in range(3):
                desk.plan("signup", desk.customer(f"im-{minute}-{number}"))
            sweep(desk)
            desk.work()
            assert [each["ActionTrackerId"] for each in desk.sent()[before:]] == [2001] * 3
        desk.clock.move(120)
        tell(desk)
    assert 80 < len(desk.sent()) <= 100
    assert waiting(desk) + len(desk.sent()) == 300 + 30


def test_what_earns_goes_before_visits_that_were_let_in_before_it_a25(desk: Desk) -> None:
    connect(desk, perHour=1000)
    crowd(desk, 30)
    sweep(desk)
    assert len(desk.deliveries(state=State.WAITING)) == 10
    desk.clock.move(1)
    desk.plan("signup", desk.customer())
    desk.work(concurrency_per_network=1)
    assert [each["ActionTrackerId"] for each in desk.sent()] == [2001] + [2005] * 10
    assert waiting(desk) == 20


def test_visits_in_the_queue_leave_room_too(desk: Desk) -> None:
    """They were let in while there was room, and then others took it: they are put off."""
    connect(desk, perHour=100)
    crowd(desk, 5)
    sweep(desk)
    assert waiting(desk) == 2
    for number in range(5):
        desk.plan("signup", desk.customer(f"im-{number}"))
    desk.work()
    assert [each["ActionTrackerId"] for each in desk.sent()] == [2001] * 5
    sweep(desk)
    assert (len(desk.deliveries(state=State.WAITING)), waiting(desk)) == (3, 2)
    desk.clock.move(600)
    desk.work()
    tell(desk)
    assert len(desk.sent()) == 8
    desk.clock.move(600)
    tell(desk)
    assert len(desk.sent()) == 10


def test_nothing_is_let_in_while_nothing_can_be_sent(desk: Desk) -> None:
    made = connect(desk)
    incomplete = connect(desk, programId=None)
    land(desk)
    desk.write(delivery.pause_destination, desk.ctx(), made.id)
    sweep(desk)
    assert (waiting(desk), desk.deliveries()) == (2, [])
    counted = desk.read(reports.count_visits, desk.workspace_id)
    assert counted == {made.id: 1, incomplete.id: 1}
    desk.write(delivery.resume_destination, desk.ctx(), made.id)
    desk.write(delivery.leave_alone, desk.ctx(), made.id, desk.clock.us + 60 * 10**6)
    sweep(desk)
    assert waiting(desk) == 2
    desk.clock.move(60)
    tell(desk)
    assert (waiting(desk), len(desk.sent())) == (1, 1)
    desk.made.remove(incomplete.id)
    desk.write(delivery.delete_destination, desk.ctx(), incomplete.id)
    sweep(desk)
    assert waiting(desk) == 0


def test_where_visits_are_wanted_no_more_those_that_wait_go(desk: Desk) -> None:
    made = connect(desk)
    crowd(desk, 12)
    sweep(desk)
    assert (waiting(desk), len(desk.deliveries())) == (2, 10)
    changes = reports.AccountChanges(settings={"trackers": {"visit": None}})
    desk.write(lambda tx: reports.change_account(tx, desk.ctx(), made.id, changes, True))
    tell(desk)
    assert (waiting(desk), desk.sent()) == (0, [])
    ends = {(each.state, each.last_error) for each in desk.deliveries()}
    assert ends == {(State.DEAD, "not_wanted")}


@pytest.mark.parametrize("queued", [False, True])
def test_a_visitor_who_withdraws_takes_what_was_said_along_t102(desk: Desk, queued: bool) -> None:
    connect(desk)
    visitor = land(desk)
    if queued:
        sweep(desk)

    def withdraw(tx: Any) -> None:
        gone = visitors.withdraw(tx, desk.ctx(), visitor)
        delivery.forget_bodies(tx, desk.workspace_id, gone)

    desk.write(withdraw)
    tell(desk)
    assert (rows(desk, "message_bodies"), waiting(desk), desk.sent()) == (0, 0, [])
    assert [each.last_error for each in desk.deliveries()] == ["body_erased"] * queued


def test_what_was_said_of_one_browser_under_two_ids_goes_with_it_t102(desk: Desk) -> None:
    connect(desk)
    before = land(desk)
    tell(desk)
    visitor = land(desk)

    def turn_out_to_be_one(tx: Any) -> None:
        gone = visitors.move(tx, desk.ctx(), before, visitor)
        delivery.forget_bodies(tx, desk.workspace_id, gone)

    desk.write(turn_out_to_be_one)
    assert (len(desk.sent()), rows(desk, "touches"), rows(desk, "message_bodies")) == (1, 1, 0)


def test_old_visits_go_and_reports_that_earn_keep_their_key(desk: Desk) -> None:
    connect(desk)
    land(desk)
    tell(desk)
    desk.plan("signup", desk.customer("im-2"))
    desk.work()
    desk.settle_all()
    desk.clock.move(91 * 86_400)
    retain(desk)
    assert [each.event for each in desk.deliveries()] == ["report.signup"]


def test_visits_of_a_sandbox_are_told_by_its_clock(desk: Desk) -> None:
    connect(desk)
    text = "update workspaces set sandbox = 1 where id = :id"
    desk.write(lambda tx: tx.run(text, {"id": desk.workspace_id}))
    ahead = DAY_US * 30
    desk.write(lambda tx: workspace.advance_clock(tx, desk.ctx(), ahead, "seconds"))
    land(desk, touched(desk, at=START_US + ahead))
    sweep(desk)
    desk.work(until=desk.sent)
    assert [each["EventDate"] for each in desk.sent()] == [iso_ms(START_US + ahead)]


def test_a_strangers_click_that_is_forbidden_does_not_switch_off_what_earns_a25(desk: Desk) -> None:
    """Something before the network may take offence at the click alone."""
    connect(desk)
    desk.fault("403", 1)
    land(desk, touched(desk, "<script>"))
    tell(desk)
    assert desk.one("visit").last_error == "http_403"
    desk.plan("signup", desk.customer("im-2"))
    desk.work()
    assert [each["ActionTrackerId"] for each in desk.sent()][-1:] == [2001]
    assert desk.one("signup").state is State.DELIVERED


def test_a_wrong_tracker_is_seen_and_a_visit_is_put_right_without_more_being_said_a40(
    desk: Desk,
) -> None:
    connect(desk)
    desk.fault("400", 1)
    land(desk)
    tell(desk)
    dead = desk.one("visit", state=State.DEAD)
    given = reports.Correction(promo_code="X", plan="pro", click_id="im-9")
    desk.write(reports.correct, desk.ctx(), dead.id, given)
    desk.work()
    said = {"CampaignId", "ActionTrackerId", "EventDate", "OrderId", "ClickId"}
    assert [set(each) for each in desk.sent()] == [said, said]
    assert desk.sent()[1]["ClickId"] == "im-9"
