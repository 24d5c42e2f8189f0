"""Failures, limits and people: what the engine does for every network (P7, P9)."""

import socket
import time

import pytest
from structlog.testing import capture_logs

from headwater import delivery, reports
from headwater.delivery import Lease, State
from headwater.kit.clock import SECOND_US
from headwater.kit.problems import Problem
from tests.reports.conftest import tuned


def test_failures_of_the_network_are_retried_after_one_two_four_minutes_a79_a81_a82(desk):
    desk.connect()
    for mode in ("500", "502", "drop", "504"):
        desk.fault(mode)
    desk.plan("signup", desk.customer())
    for wait_s in (60, 120, 240, 480):
        desk.work()
        waits = desk.one("signup").next_attempt_at - desk.clock.us
        assert wait_s * SECOND_US <= waits <= wait_s * SECOND_US * 1.1
        desk.clock.us += waits
    desk.work()
    assert desk.one("signup").state is State.DELIVERED
    errors = [each[2] for each in desk.outcomes("signup")]
    assert errors == ["http_500", "http_502", "network", "http_504", None]


@pytest.mark.parametrize("mode", ["400", "402", "404", "405", "redirect", "status_error"])
def test_a_refusal_is_final_visible_and_not_copied_a80_a106_a107(desk, mode):
    desk.connect()
    desk.fault(mode)
    desk.plan("signup", desk.customer("canary-click"))
    with capture_logs() as logs:
        desk.work()
    assert len(desk.sent()) == 1
    assert desk.one("signup").state is State.DEAD
    assert "report_failed" in {each["event"] for each in logs}
    kept = desk.read(lambda tx: tx.all("select error from attempts"))
    assert "canary" not in f"{logs}{kept}"


def test_a_throttled_account_is_left_alone_until_its_reset_and_nothing_failed_a83(desk):
    desk.connect()
    desk.account.per_hour = 1
    for click in ("im-a", "im-b"):
        desk.plan("signup", desk.customer(click))
    desk.work()
    first, second = desk.deliveries()
    waiting = second if first.state is State.DELIVERED else first
    assert waiting.next_attempt_at == desk.clock.us + 3600 * SECOND_US
    assert len(desk.sent()) == 2
    desk.clock.move(3599)
    desk.work()
    assert len(desk.sent()) == 2
    desk.clock.move(1)
    desk.account.per_hour = 10
    desk.work()
    assert {each.state for each in desk.deliveries()} == {State.DELIVERED}


def test_no_more_is_sent_in_an_hour_than_the_account_takes(desk):
    """Forty customers against thirty an hour: the network never has to say so."""
    desk.connect(perHour=30)
    desk.account.per_hour = 30
    for number in range(40):
        desk.plan("signup", desk.customer(f"im-{number}"))

    def spent():
        found = desk.read(delivery.due_destinations, desk.clock.us)
        return desk.quiet() or not [
            each
            for each in found
            if each.destination_id in desk.made and each.spent_until <= desk.clock.us
        ]

    for _ in range(45):
        desk.work(spent)
        desk.clock.move(135)
    assert {each.status for each in desk.standin.seen} == {200}
    assert len(desk.sent()) == 40


def test_what_a_deleted_account_leaves_is_given_up_at_once(desk, monkeypatch):
    """And not as slowly as it could have been told."""
    monkeypatch.setattr("headwater.delivery.destinations.CHUNK", 1)
    made = desk.connect(perHour=10)
    for number in range(5):
        desk.plan("signup", desk.customer(f"im-{number}"))
    desk.made.remove(made.id)
    desk.write(delivery.delete_destination, desk.ctx(), made.id)
    desk.work(lambda: not desk.deliveries(state=State.WAITING))
    assert {each.last_error for each in desk.deliveries()} == {"destination_deleted"}
    assert desk.sent() == []


@pytest.mark.parametrize("status", ["401", "403"])
def test_a_token_that_is_refused_stops_the_destination_before_all_is_dead(desk, status):
    made = desk.connect()
    desk.fault(status)
    desk.plan("signup", desk.customer("im-a"))
    desk.work(concurrency_per_network=1)
    found = desk.read(delivery.get_destination, desk.workspace_id, made.id)
    assert (found.disabled_reason, found.disabled_at) == (f"http_{status}", desk.clock.us)
    desk.plan("signup", desk.customer("im-b"))
    desk.work(lambda: len(desk.deliveries(state=State.WAITING)) == 1)
    assert len(desk.sent()) == 1
    desk.write(delivery.resume_destination, desk.ctx(), made.id)
    desk.write(delivery.replay_many, desk.ctx(), made.id)
    desk.work()
    assert {each.state for each in desk.deliveries()} == {State.DELIVERED}


@pytest.mark.parametrize("mode", ["empty", "html", "truncated"])
def test_a_sale_that_cannot_be_found_again_is_no_plain_success_a84_a90(desk, mode):
    """Nor is it sent again by itself; a lead needs no name there."""
    desk.connect()
    customer = desk.customer()
    desk.fault(mode)
    sale = desk.sell(customer, order_ref="inv_1")
    desk.plan("reversal", customer, sale_id=sale)
    desk.work()
    assert desk.one("signup").state is State.DELIVERED
    desk.fault(mode, order_id="inv_1")
    desk.clock.move(300)
    desk.work()
    assert (desk.one("sale").state, desk.one("sale").last_error) == (State.DEAD, "no_reference")
    assert desk.one("reversal").last_error == "parent_dead"
    assert len(desk.standin.seen) == 2


def test_what_was_refused_is_put_right_and_sent_again_a85(desk):
    """The network has no room for such an amount; what was tried before stays in the log."""
    desk.connect()
    desk.sell(desk.customer(), 10**12, order_ref="inv_1", plan="prp")
    desk.work()
    desk.clock.move(300)
    desk.work()
    dead = desk.one("sale", state=State.DEAD)
    assert dead.last_error == "http_400"
    right = reports.Correction(amount=100_000, plan="pro")
    desk.write(reports.correct, desk.ctx(), dead.id, right)
    desk.work()
    before, after = desk.sent()[1:]
    assert (after["ItemSubTotal1"], after["ItemCategory1"]) == ("1000.00", "pro")
    assert after["OrderId"] == before["OrderId"] == "inv_1"
    assert desk.outcomes("sale") == [("refused", 400, "http_400"), ("delivered", 200, None)]
    with pytest.raises(Problem, match="took this already"):
        desk.write(reports.correct, desk.ctx(), dead.id, right)


def test_a_paused_destination_gets_nothing_until_it_is_resumed(desk):
    made = desk.connect()
    desk.write(delivery.pause_destination, desk.ctx(), made.id)
    desk.plan("signup", desk.customer())
    desk.work(lambda: True)
    assert desk.sent() == []
    desk.write(delivery.resume_destination, desk.ctx(), made.id)
    desk.work()
    assert len(desk.sent()) == 1


def test_a_network_that_is_down_is_left_alone_and_tried_with_one(desk):
    """Five failures in a row, then nothing for half a minute, then one (rest_after, rest_s)."""
    made = desk.connect()
    desk.fault("503", 6)
    for number in range(12):
        desk.plan("signup", desk.customer(f"im-{number}"))

    def resting():
        found = desk.read(delivery.get_destination, desk.workspace_id, made.id)
        return found.paused_until > desk.clock.us and desk.nothing_under_way()

    desk.work(resting, rest_after=5, concurrency_per_network=1)
    assert len(desk.sent()) == 5
    desk.clock.move(31)
    desk.work(resting, rest_after=5, concurrency_per_network=1)
    assert len(desk.sent()) == 6
    desk.clock.move(31)
    desk.work(rest_after=5)
    assert len(desk.deliveries(state=State.DELIVERED)) >= 6
    found = desk.read(delivery.get_destination, desk.workspace_id, made.id)
    assert (found.failures, found.disabled_at) == (0, None)


def test_two_workers_tell_each_of_sixty_once_a67(desk):
    desk.connect()
    for number in range(60):
        desk.plan("signup", desk.customer(f"im-{number}"))
    desk.work(workers=2)
    clicks = [each["ClickId"] for each in desk.sent()]
    assert sorted(clicks) == sorted(f"im-{number}" for number in range(60))
    assert {each.attempts for each in desk.deliveries()} == {1}


def test_what_a_killed_worker_held_is_sent_after_its_lease_a68(desk):
    made = desk.connect()
    desk.plan("signup", desk.customer())
    now_us = desk.clock.us
    lease = Lease(token="killed", now_us=now_us, until_us=now_us + 900 * SECOND_US)
    assert len(desk.write(delivery.claim, lease, {made.id: 5}).claims) == 1
    desk.clock.move(899)
    assert desk.read(delivery.due_destinations, desk.clock.us) == []
    desk.clock.move(2)
    with capture_logs() as logs:
        desk.work()
    assert "delivery_reclaimed" in {each["event"] for each in logs}
    assert desk.outcomes("signup") == [
        ("abandoned", None, "lease_expired"),
        ("delivered", 200, None),
    ]


def test_an_answer_that_was_lost_makes_no_second_sale_a69(desk):
    """Of a sale the network sees the same order; of a lead the attempts show what may be double."""
    desk.connect()
    desk.plan("signup", customer := desk.customer())
    desk.work()
    desk.clock.move(300)
    desk.fault("accept_then_drop", order_id="inv_1")
    desk.sell(customer, order_ref="inv_1")
    desk.work()
    desk.clock.move(70)
    desk.work()
    assert desk.one("sale").state is State.DELIVERED
    desk.settle_all()
    assert [each.order_id for each in desk.standin.network.actions][1:] == ["inv_1"]
    settled = desk.one("sale").submission
    assert (settled.settlement.value, settled.reason) == ("accepted", "CONV_DUPLICATE")
    assert len(desk.with_log("sale").log) == 2


def test_a_network_that_hangs_delays_no_other_a74(desk, monkeypatch):
    """The healthy one has all it is owed while the other still holds its line."""
    monkeypatch.setattr("headwater.worker.deliver.DRAIN_S", 0.1)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        hanging = desk.connect(apiUrl=f"http://127.0.0.1:{silent.getsockname()[1]}")
        good = desk.connect()
        for number in range(20):
            desk.plan("signup", desk.customer(f"im-{number}"))

        def good_is_done():
            done = desk.deliveries(state=State.DELIVERED, destination_id=good.id)
            return len(done) == 20

        started = time.monotonic()
        desk.work(good_is_done, timeout_s=30.0)
        assert time.monotonic() - started < 20
        left = desk.deliveries(destination_id=hanging.id)
        assert {each.state for each in left} == {State.WAITING}
        desk.write(delivery.delete_destination, desk.ctx(), hanging.id)
        desk.made.remove(hanging.id)


def test_steps_leave_a_record_without_a_word_about_a_person_a105_a108_a109_a110(desk):
    desk.connect()
    customer = desk.customer("canary-click", external_id="canary-person")
    desk.fault("503")
    desk.plan("signup", customer)
    with capture_logs() as logs:
        desk.work()
        desk.clock.move(70)
        desk.work()
    assert [each["event"] for each in logs] == [
        "report_claimed",
        "report_failed",
        "deliveries_counted",
        "report_claimed",
        "report_delivered",
        "deliveries_counted",
    ]
    counts = [logs.pop(5), logs.pop(2)]
    assert [(each["claimed"], each["retried"], each["delivered"]) for each in counts] == [
        (1, 0, 1),
        (1, 1, 0),
    ]
    wanted = {"delivery_id", "parent_id", "destination_id", "kind", "natural_key", "order_key"}
    wanted |= {"tracker", "order_id", "has_click_id", "failures"}
    assert all(wanted <= set(each) for each in logs)
    assert "canary" not in str(logs)
    assert "token-1" not in str(logs)


def test_schedules_are_what_the_settings_say(desk):
    """A-82."""
    from headwater.worker.wires import schedule_s

    config = tuned(desk.app.config)
    waits = schedule_s(config, "impact")
    assert waits[:8] == (60, 120, 240, 480, 960, 1920, 3600, 3600)
    assert len(waits) == config.delivery.report_attempts - 1
    assert schedule_s(config, "webhook") == config.delivery.schedule_s
