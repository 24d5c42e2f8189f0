"""Parents before children, and how long after (P8, A-54 to A-63, A-93)."""

import asyncio

import pytest
from structlog.testing import capture_logs

from headwater import delivery
from headwater.delivery import Lease, State
from headwater.kit.clock import SECOND_US
from headwater.kit.problems import Problem
from headwater.worker.left_behind import left_behind
from tests.reports.conftest import TRACKERS
from tests.reports.test_impact import change

WHOLE = {"accountSid": "SID1", "programId": 1000, "trackers": TRACKERS}

ASLEEP = "update deliveries set next_at = :at where state = 'waiting' and lease is null"


def look(desk):
    """What the worker says when it looks for what was left behind."""
    with capture_logs() as logs:
        asyncio.run(left_behind(desk.app))
    return [each for each in logs if each["event"] == "left_behind"]


def due(desk, destination):
    """Whether the worker would look at this destination now."""
    found = desk.read(delivery.due_destinations, desk.clock.us)
    return destination.id in {each.destination_id for each in found}


def test_a_child_goes_five_minutes_after_its_parent_was_delivered_a55(desk):
    """P8."""
    made = desk.connect()
    desk.sell(desk.customer())
    desk.work()
    child = desk.one("sale")
    assert child.next_attempt_at == desk.clock.us + 300 * SECOND_US
    desk.clock.move(299)
    assert not due(desk, made)
    assert len(desk.sent()) == 1
    desk.clock.move(1)
    assert due(desk, made)
    desk.work()
    assert [each["ActionTrackerId"] for each in desk.sent()] == [2001, 2004]


def test_a_closed_gate_holds_even_where_the_child_is_due_a55(desk):
    """Whatever made it due: the gate is asked when it is claimed."""
    made = desk.connect()
    desk.sell(desk.customer())
    desk.work()
    desk.clock.move(299)
    desk.write(lambda tx: tx.run("update deliveries set next_at = 0 where state = 'waiting'"))
    lease = Lease(token="t", now_us=desk.clock.us, until_us=desk.clock.us + 1)
    claimed = desk.write(delivery.claim, lease, {made.id: 5})
    assert (len(claimed.claims), claimed.parked) == (0, 1)


def test_a_child_waits_for_a_parent_that_fails_for_a_while_a54(desk):
    desk.connect()
    desk.fault("503", 2)
    desk.sell(desk.customer())
    for seconds in (0, 70, 140):
        desk.clock.move(seconds)
        desk.work()
    assert [each["ActionTrackerId"] for each in desk.sent()] == [2001] * 3
    desk.clock.move(299)
    desk.work()
    assert len(desk.sent()) == 3
    desk.clock.move(1)
    desk.work()
    assert desk.sent()[-1]["ActionTrackerId"] == 2004


def test_the_gap_counts_from_the_answer_not_from_the_claim_a56(desk):
    """The sign-up is under way for six minutes; the sale waits five more."""
    made = desk.connect()
    desk.sell(desk.customer())
    start = desk.clock.us
    lease = Lease(token="slow", now_us=start, until_us=start + 900 * SECOND_US)
    (claim,) = desk.write(delivery.claim, lease, {made.id: 5}).claims
    answered = start + 360 * SECOND_US
    done = delivery.Finished(
        claim=claim,
        verdict=delivery.Verdict(outcome=delivery.Outcome.DELIVERED, status=200, reference="A-1"),
        step=delivery.Delivered(),
        started_at=start,
        ended_at=answered,
        duration_ms=360_000,
        pause_until=None,
    )
    desk.write(delivery.settle, [done])
    desk.clock.us = answered
    desk.work()
    assert desk.one("sale").next_attempt_at == answered + 300 * SECOND_US
    assert desk.sent() == []


def test_a_child_that_comes_late_finds_its_parent_delivered_a60(desk):
    desk.connect()
    customer = desk.customer()
    desk.plan("signup", customer)
    desk.work()
    delivered = desk.clock.us
    desk.clock.move(100)
    desk.plan("trial_start", customer)
    assert desk.one("trial_start").next_attempt_at == delivered + 300 * SECOND_US
    desk.clock.move(500)
    desk.plan("trial_end", customer)
    desk.work()
    assert len(desk.sent()) == 3


def test_a_child_that_was_left_behind_is_found_a61(desk):
    """Whatever put it to sleep beyond its gate: the next look wakes it, and says so."""
    made = desk.connect()
    customer = desk.customer()
    desk.plan("signup", customer)
    desk.plan("trial_start", customer)
    desk.work()
    desk.write(lambda tx: tx.run(ASLEEP, {"at": desk.clock.us + 3600 * SECOND_US}))
    desk.clock.move(299)
    assert look(desk) == []
    desk.clock.move(1)
    desk.work()
    assert len(desk.sent()) == 1
    (said,) = look(desk)
    assert (said["deliveries"], said["destinations"]) == (1, [made.id])
    desk.work()
    assert desk.one("trial_start").state is State.DELIVERED


def test_who_waits_rightly_is_not_woken_a61(desk):
    """A child whose parent waits, one that failed and comes again, and what is behind that."""
    desk.connect()
    failing, waiting = desk.customer(), desk.customer(external_id="u-2")
    desk.plan("signup", failing)
    desk.plan("trial_start", failing)
    desk.work()
    desk.clock.move(300)
    desk.fault("503")
    desk.plan("trial_end", failing)
    desk.work()
    desk.fault("503")
    desk.plan("signup", waiting)
    desk.plan("trial_start", waiting)
    desk.work()
    desk.write(lambda tx: tx.run(ASLEEP, {"at": desk.clock.us + 3600 * SECOND_US}))
    assert look(desk) == []


def test_after_a_clock_that_was_set_back_what_waits_is_sent_all_the_same(desk):
    """P9: due, leased, paused and out of requests until years from now."""
    made = desk.connect()
    years = 10 * 365 * 86_400
    desk.clock.move(years)
    desk.sell(desk.customer())
    lease = Lease(token="t", now_us=desk.clock.us, until_us=desk.clock.us + 60 * SECOND_US)
    assert len(desk.write(delivery.claim, lease, {made.id: 1}).claims) == 1
    rest = "update destinations set paused_until = :at, spent_until = :at where id = :id"
    desk.write(lambda tx: tx.run(rest, {"at": desk.clock.us, "id": made.id}))
    desk.clock.move(-years)
    assert not due(desk, made)
    (said,) = look(desk)
    assert (said["deliveries"], said["waits"]) == (2, 1)
    assert look(desk) == []
    desk.work()
    desk.clock.move(300)
    desk.work()
    assert [each["ActionTrackerId"] for each in desk.sent()] == [2001, 2004]


def test_a_gap_is_of_the_report_that_names_one_and_of_no_other_a57(desk):
    """Another network, whose reports name none, hears of the child in the run of its parent."""
    first = desk.connect()
    customer = desk.customer()
    desk.plan("signup", customer)
    desk.plan("trial_start", customer)
    other = desk.connect()
    for each in desk.deliveries():
        loaded = desk.read(delivery.get_delivery, desk.workspace_id, each.id)
        parcel = delivery.Parcel(
            destination_id=other.id,
            event=each.event,
            subject_id=each.subject_id,
            order_key=customer.id,
            natural_key=each.event,
            body=loaded.body,
            parent=delivery.Parent(natural_key="report.signup") if each.parent_id else None,
        )
        desk.write(delivery.post, desk.ctx(), parcel)
    desk.work()
    states = [(each.destination_id, each.event, each.state) for each in desk.deliveries()]
    assert states == [
        (first.id, "report.signup", State.DELIVERED),
        (first.id, "report.trial_start", State.WAITING),
        (other.id, "report.signup", State.DELIVERED),
        (other.id, "report.trial_start", State.DELIVERED),
    ]
    assert desk.one("trial_start", destination_id=other.id).parent_id is not None


def test_nothing_is_sent_and_nothing_lost_while_something_is_missing_a62_a72_a73_a95(desk):
    for lacking in (
        {"token": None},
        {"accountSid": None},
        {"programId": None},
        {"trackers": {"signup": 2001}},
    ):
        made = desk.connect(**lacking)
        customer = desk.customer()
        desk.sell(customer, fact_id=f"sale_{made.id}", order_ref=made.id)
        desk.work(lambda at=made: not due(desk, at))
        desk.clock.move(600)
        assert not due(desk, made)
        assert desk.standin.seen == []
        assert {each.state for each in desk.deliveries(destination_id=made.id)} == {State.WAITING}
        desk.write(change, desk, made.id, WHOLE, "token-1")
        desk.work()
        desk.clock.move(300)
        desk.work()
        told = [each["OrderId"] for each in desk.sent()]
        assert told == ["IR_AN_64_TS", made.id]
        desk.write(delivery.delete_destination, desk.ctx(), desk.made.pop())
        desk.standin.seen.clear()


def test_a_child_of_a_dead_parent_is_never_sent_and_says_so_a63_a93_a80(desk):
    """The reversal of its sale neither; a replay of the parent brings all of them back."""
    desk.connect()
    customer = desk.customer()
    sale = desk.sell(customer)
    desk.plan("reversal", customer, sale_id=sale)
    desk.fault("400")
    desk.work()
    dead = [(each.event, each.last_error) for each in desk.deliveries(state=State.DEAD)]
    assert dead == [
        ("report.signup", "http_400"),
        ("report.sale", "parent_dead"),
        ("report.reversal", "parent_dead"),
    ]
    assert len(desk.standin.seen) == 1
    assert desk.outcomes("signup") == [("refused", 400, "http_400")]
    assert desk.outcomes("sale") == []

    with pytest.raises(Problem, match=f"{desk.one('signup').id}.*Replay that one"):
        desk.write(delivery.replay, desk.ctx(), desk.one("sale").id)
    desk.write(delivery.replay, desk.ctx(), desk.one("signup").id)
    desk.work()
    desk.clock.move(300)
    desk.work()
    desk.settle_all()
    desk.work()
    assert [each.state for each in desk.deliveries()] == [State.DELIVERED] * 3
    assert len(desk.with_log("signup").log) == 2  # what happened before stays


def test_a_customer_does_not_wait_for_another(desk):
    desk.connect()
    desk.fault("503", order_id="inv_1")
    ann, ben = desk.customer("im-a"), desk.customer("im-b")
    desk.sell(ann, order_ref="inv_1")
    desk.sell(ben, order_ref="inv_2")
    desk.work()
    desk.clock.move(300)
    desk.work()
    assert [each.submission is None for each in desk.deliveries(event="report.sale")] == [
        True,
        False,
    ]
