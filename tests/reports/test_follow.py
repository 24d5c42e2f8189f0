"""What became of what was taken, and taking it back (A-86 to A-97)."""

import pytest
from structlog.testing import capture_logs

from headwater import delivery, reports
from headwater.delivery import State
from headwater.kit.clock import SECOND_US


def sold(desk, **more):
    """A sale that was told, five minutes after its sign-up."""
    customer = desk.customer()
    sale = desk.sell(customer, order_ref="inv_1", **more)
    desk.work()
    desk.clock.move(300)
    desk.work()
    return customer, sale


def taken_back(desk):
    return [(each.content_type, each.fields) for each in desk.requests("DELETE")]


REVERSED = {"ActionTrackerId": "2004", "OrderId": "inv_1", "DispositionCode": "REJECTED"}
FORM = "application/x-www-form-urlencoded"


def test_accepted_is_not_attributed_a86(desk):
    """A later word of the network is shown, and told to the operator where it is a no."""
    desk.connect()
    desk.account.clicks = set()
    desk.plan("signup", desk.customer())
    desk.work()
    assert desk.one("signup").submission.settlement.value == "pending"
    with capture_logs() as logs:
        desk.settle_all()
    found = desk.one("signup")
    assert (found.state, found.submission.settlement.value) == (State.DELIVERED, "refused")
    assert found.submission.reason == "ACTION_REF_NOT_FOUND"
    assert [each["event"] for each in logs] == ["report_not_accepted"]
    assert [each.id for each in desk.deliveries(settlement="refused")] == [found.id]


def test_questions_are_asked_ever_more_rarely_until_there_is_an_answer_a94(desk):
    desk.connect()
    desk.account.processing_s = 400
    desk.plan("signup", desk.customer())
    desk.work()
    for seconds, asked in ((59, 0), (1, 1), (59, 1), (1, 2), (119, 2), (1, 3), (240, 4)):
        desk.clock.move(seconds)
        desk.follow()
        assert len(desk.requests("GET")) == asked
    assert desk.one("signup").submission.settlement.value == "accepted"
    desk.clock.move(86_400)
    desk.follow()
    assert len(desk.requests("GET")) == 4


def test_questions_leave_room_for_what_is_to_be_told(desk):
    """Of ten at once, half; and none while the network asked to be left alone."""
    made = desk.connect(perHour=100)
    for number in range(8):
        desk.plan("signup", desk.customer(f"im-{number}"))
    desk.work()
    desk.clock.move(3600)
    desk.follow()
    desk.follow()
    assert len(desk.requests("GET")) == 5
    desk.clock.move(3600)
    desk.write(delivery.pause_destination, desk.ctx(), made.id)
    desk.follow()
    assert len(desk.requests("GET")) == 5


def test_a_dispute_takes_back_the_whole_sale_once_a87_a88_a91_a97(desk):
    desk.connect()
    customer, sale = sold(desk)
    desk.settle_all()
    for dispute in ("dsp_1", "dsp_2"):
        desk.plan("reversal", customer, dispute, sale_id=sale, order_ref="inv_1", amount=900)
    desk.work()
    assert taken_back(desk) == [(FORM, REVERSED)]
    desk.settle_all()
    assert desk.one("reversal").submission.settlement.value == "accepted"
    assert desk.standin.network.actions[1].state == "REVERSED"


def test_a_reversal_waits_for_its_sale_and_for_the_networks_word_but_for_no_gap_a58_a93_a94(desk):
    desk.connect()
    desk.account.processing_s = 100
    customer = desk.customer()
    sale = desk.sell(customer, order_ref="inv_1")
    desk.plan("reversal", customer, sale_id=sale, order_ref="inv_1")
    desk.work()
    desk.clock.move(300)
    desk.work()
    assert taken_back(desk) == []  # the sale is taken, and still worked on
    desk.settle_all()
    desk.work()
    assert taken_back(desk) == []
    desk.clock.move(60)
    desk.follow()
    desk.work()
    assert taken_back(desk) == [(FORM, REVERSED)]


def test_a_reversal_that_waits_holds_no_renewal_up(desk):
    desk.connect()
    customer, sale = sold(desk)
    desk.plan("reversal", customer, sale_id=sale, order_ref="inv_1")
    desk.sell(customer, order_ref="inv_2")
    desk.work()
    assert taken_back(desk) == []
    assert desk.sent()[-1]["OrderId"] == "inv_2"
    desk.settle_all()
    desk.work()
    assert taken_back(desk) == [(FORM, REVERSED)]


def test_what_has_locked_there_is_told_to_the_operator(desk):
    desk.connect()
    customer, sale = sold(desk)
    desk.settle_all()
    desk.clock.move(46 * 86_400)
    desk.plan("reversal", customer, sale_id=sale, order_ref="inv_1")
    desk.work()
    with capture_logs() as logs:
        desk.settle_all()
    assert desk.one("reversal").submission.reason == "ACTION_LOCKED"
    (said,) = [each for each in logs if each["event"] == "report_not_accepted"]
    assert (said["settlement"], said["reason"]) == ("refused", "ACTION_LOCKED")


def test_a_reversal_is_kept_while_the_account_is_not_complete_a95(desk):
    made = desk.connect()
    customer, sale = sold(desk)
    desk.settle_all()
    forget = reports.AccountChanges(forget_token=True)
    desk.write(reports.change_account, desk.ctx(), made.id, forget, True)
    desk.plan("reversal", customer, sale_id=sale, order_ref="inv_1")
    desk.work(lambda: True)
    assert taken_back(desk) == []
    again = reports.AccountChanges(auth_token="token-1")
    desk.write(reports.change_account, desk.ctx(), made.id, again, True)
    desk.work()
    assert taken_back(desk) == [(FORM, REVERSED)]


@pytest.mark.parametrize(
    ("settings", "whole", "reason"),
    [
        ({}, True, None),
        ({"reverseRefunds": False}, True, "refunds_stay"),
    ],
)
def test_a_refund_takes_back_what_leaves_nothing_where_that_is_wanted(
    desk, settings, whole, reason
):
    desk.connect(**settings)
    customer, sale = sold(desk)
    desk.settle_all()
    desk.plan("reversal", customer, sale_id=sale, order_ref="inv_1", cause="refund", whole=whole)
    desk.work()
    wanted = [] if reason else [(FORM, REVERSED | {"DispositionCode": "ITEM_RETURNED"})]
    assert taken_back(desk) == wanted
    assert desk.one("reversal").last_error == reason


def test_an_action_that_is_named_at_once_needs_no_question(desk):
    desk.connect()
    desk.plan("signup", desk.customer())
    desk.fault("action")
    desk.work()
    found = desk.one("signup").submission
    assert (found.reference, found.settlement.value) == ("1000.2001.1", "accepted")
    desk.settle_all()
    assert desk.requests("GET") == []


def test_what_the_network_forgot_is_unknown(desk):
    desk.connect()
    desk.plan("signup", desk.customer())
    desk.work()
    desk.clock.us += 91 * 86_400 * SECOND_US
    desk.follow()
    assert desk.one("signup").submission.settlement.value == "pending"
    desk.settle_all()
    assert desk.one("signup").submission.settlement.value == "unknown"
