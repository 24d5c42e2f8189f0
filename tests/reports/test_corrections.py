"""What a refund of a part comes to at the network."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from headwater import delivery, erasure, reports
from headwater.delivery import Lease, State
from headwater.kit.clock import SECOND_US
from headwater.kit.problems import Problem
from headwater.tracking import DisputeCall, RefundCall
from tests.reports.conftest import Desk
from tests.reports.test_life import WHO, sell, skipped, track

FORM = "application/x-www-form-urlencoded"


def sold(desk: Desk, **settings: Any) -> Any:
    """A sale of 29.00 that was told and worked through; returns the customer."""
    desk.connect(**settings)
    customer = desk.customer(external_id=WHO)
    sell(desk)
    arrive(desk, 2)
    return customer


def arrive(desk: Desk, rounds: int = 1) -> None:
    for _ in range(rounds):
        desk.work()
        desk.clock.move(300)
        desk.follow()


def refund(desk: Desk, amount: int, key: str) -> None:
    track(desk, RefundCall(at=desk.clock.us, sale="ext_in_1", amount=amount, key=key))


def amounts(desk: Desk) -> list[str]:
    return [each.fields["Amount"] for each in desk.requests("PUT")]


def there(desk: Desk) -> tuple[str, str]:
    action = desk.standin.network.actions[1]
    return action.state, action.amount


def test_a_refund_of_a_part_says_what_the_sale_comes_to_now(desk: Desk) -> None:
    """The new total, by the same order id; the rest of the refunds takes the action back."""
    sold(desk)
    refund(desk, 900, "r1")
    arrive(desk)
    (put,) = desk.requests("PUT")
    assert put.content_type == FORM
    assert put.fields == {
        "ActionTrackerId": "2004",
        "OrderId": "in_1",
        "Reason": "ITEM_RETURNED",
        "Amount": "20.00",
    }
    assert there(desk) == ("PENDING", "20.00")
    assert desk.one("correction").submission.settlement.value == "accepted"
    refund(desk, 500, "r2")
    desk.clock.move(5)
    arrive(desk)
    assert there(desk) == ("PENDING", "15.00")
    refund(desk, 1500, "r3")
    arrive(desk)
    assert amounts(desk) == ["20.00", "15.00"]
    assert there(desk) == ("REVERSED", "0.00")
    assert len(desk.deliveries(event="report.correction")) == 1


def test_a_correction_waits_for_the_networks_word_on_its_sale_a54_a94(desk: Desk) -> None:
    """Two refunds meanwhile are one: nobody hears of the first total."""
    desk.connect()
    desk.account.processing_s = 100
    desk.customer(external_id=WHO)
    sell(desk)
    refund(desk, 900, "r1")
    desk.work()
    desk.clock.move(300)
    desk.work()
    assert amounts(desk) == []
    refund(desk, 500, "r2")
    desk.clock.move(61)
    desk.follow()
    desk.work()
    assert amounts(desk) == []
    desk.clock.move(120)
    desk.follow()
    desk.work()
    assert amounts(desk) == ["15.00"]


def test_a_new_total_while_the_old_one_is_under_way_goes_after_it(desk: Desk) -> None:
    """The old attempt says nothing of the row any more; the new total comes last, once."""
    sold(desk)
    refund(desk, 900, "r1")
    (made,) = desk.made
    start = desk.clock.us
    lease = Lease(token="slow", now_us=start, until_us=start + 900 * SECOND_US)
    (claim,) = desk.write(delivery.claim, lease, {made: 5}).claims
    refund(desk, 500, "r2")
    desk.work(lambda: True)
    assert amounts(desk) == []
    done = delivery.Finished(
        claim=claim,
        verdict=delivery.Verdict(outcome=delivery.Outcome.DELIVERED, status=200, reference="A-1"),
        step=delivery.Delivered(),
        started_at=start,
        ended_at=start + SECOND_US,
        duration_ms=1000,
        pause_until=None,
    )
    desk.write(delivery.settle, [done])
    assert desk.one("correction").state is State.WAITING
    desk.clock.move(901)
    arrive(desk)
    assert amounts(desk) == ["15.00"]
    assert desk.one("correction").state is State.DELIVERED


def test_what_is_being_sent_is_not_put_right_behind_its_back(desk: Desk) -> None:
    """Else it would show what the network was never told (A-85)."""
    desk.connect()
    desk.plan("signup", desk.customer())
    (made,) = desk.made
    now_us = desk.clock.us
    lease = Lease(token="slow", now_us=now_us, until_us=now_us + 900 * SECOND_US)
    assert desk.write(delivery.claim, lease, {made: 5}).claims
    (signup,), right = desk.deliveries(), reports.Correction(click_id="im-2")
    with pytest.raises(Problem, match="being sent as it was"):
        desk.write(reports.correct, desk.ctx(), signup.id, right)
    assert "im-2" not in str(desk.with_log("signup").body)
    desk.clock.move(901)
    desk.work(lambda: desk.sent() and desk.quiet())
    assert desk.sent()[0]["ClickId"] == "im-1"


def test_a_claim_that_began_before_a_new_total_does_not_send_the_old_one(desk: Desk) -> None:
    """Whoever asked for what was due until now finds the row due only later."""
    sold(desk)
    (made,) = desk.made
    for key in ("r1", "r2"):
        refund(desk, 100, key)
    now_us = desk.clock.us + 4 * SECOND_US
    lease = Lease(token="t", now_us=now_us, until_us=now_us + 1)
    assert desk.write(delivery.claim, lease, {made: 5}).claims == ()


def test_a_correction_that_died_is_told_anew_with_the_next_refund(desk: Desk) -> None:
    """And whoever replays it tells the newest total, never an old one."""
    sold(desk)
    desk.fault("400")
    refund(desk, 900, "r1")
    arrive(desk)
    assert desk.one("correction").state is State.DEAD
    refund(desk, 500, "r2")
    desk.clock.move(5)
    arrive(desk)
    desk.write(delivery.replay, desk.ctx(), desk.one("correction").id)
    arrive(desk)
    assert amounts(desk) == ["20.00", "15.00", "15.00"]
    assert there(desk) == ("PENDING", "15.00")


def test_an_action_that_has_locked_stays_and_the_operator_hears_of_it(desk: Desk) -> None:
    sold(desk)
    desk.clock.move(46 * 86_400)
    refund(desk, 900, "r1")
    desk.work()
    desk.clock.move(61)
    with capture_logs() as logs:
        desk.follow()
    assert desk.one("correction").submission.reason == "ACTION_LOCKED"
    assert "report_not_accepted" in {each["event"] for each in logs}
    assert there(desk) == ("APPROVED", "29.00")


@pytest.mark.parametrize(
    ("settings", "state", "skip"),
    [
        ({"partialRefunds": "correct"}, ("PENDING", "20.00"), None),
        ({"partialRefunds": "reverse"}, ("REVERSED", "0.00"), None),
        ({"partialRefunds": "leave"}, ("PENDING", "29.00"), "partial_refund"),
        ({"reverseRefunds": False}, ("PENDING", "29.00"), "refunds_stay"),
    ],
)
def test_what_a_part_comes_to_is_a_setting(
    desk: Desk, settings: dict[str, Any], state: tuple[str, str], skip: str | None
) -> None:
    sold(desk, **settings)
    refund(desk, 900, "r1")
    arrive(desk)
    assert there(desk) == state
    assert skipped(desk) == ([("report.correction", skip)] if skip else [])


def test_what_was_taken_back_is_not_corrected_any_more(desk: Desk) -> None:
    sold(desk)
    track(desk, DisputeCall(at=desk.clock.us, sale="ext_in_1", key="dp_1"))
    refund(desk, 900, "r1")
    arrive(desk)
    assert amounts(desk) == []
    assert skipped(desk) == [("report.correction", "already_reversed")]


def test_a_refund_after_the_person_was_erased_is_still_told(desk: Desk) -> None:
    """It says nothing of them."""
    customer = sold(desk)
    refund(desk, 900, "r1")
    desk.write(delivery.forget_bodies, desk.workspace_id, [desk.one("correction").subject_id])
    refund(desk, 500, "r2")
    desk.write(erasure.erase_customer, desk.ctx(), customer.id)
    desk.clock.move(5)
    arrive(desk)
    assert desk.one("correction").last_error == "body_erased"
    refund(desk, 100, "r3")
    desk.clock.move(5)
    arrive(desk)
    assert amounts(desk) == ["14.00"]
    assert WHO not in str([each.raw for each in desk.requests("PUT")])


def test_money_without_cents_is_corrected_in_its_own_units_a42(desk: Desk) -> None:
    desk.connect()
    customer = desk.customer()
    sale = desk.sell(customer, 2900, "jpy")
    part: dict[str, Any] = {"cause": "refund", "whole": False, "amount": 2000, "currency": "jpy"}
    desk.plan("reversal", customer, sale_id=sale, **part)
    arrive(desk, 3)
    assert amounts(desk) == ["2000"]
    found = desk.with_log("correction")
    shown = reports.payload(found.settings, found.body)
    assert shown is not None
    assert (shown["Amount"], shown["OrderId"]) == ("2000", sale)
