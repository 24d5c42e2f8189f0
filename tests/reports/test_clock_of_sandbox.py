"""Deliveries of a sandbox by its clock, under leases that last as long as anyone's."""

from typing import Any

from headwater import delivery, workspace
from headwater.delivery import Claimed, Lease
from headwater.kit.clock import DAY_US, MINUTE_US, SECOND_US
from tests.reports.conftest import Desk

LEASE_US = 30 * SECOND_US


def sandbox(desk: Desk) -> None:
    text = "update workspaces set sandbox = 1 where id = :id"
    desk.write(lambda tx: tx.run(text, {"id": desk.workspace_id}))


def advance(desk: Desk, by_us: int) -> None:
    def script(tx: Any) -> None:
        def move() -> Any:
            return workspace.advance_clock(tx, desk.ctx(), by_us, "seconds")

        delivery.keep_leases(tx, desk.ctx(), by_us, move)

    desk.write(script)


def work(desk: Desk) -> None:
    """Until nothing is due by the clock of the workspace: asked before what is under way, which may
    be claimed meanwhile, and behind it, as it may end and let something follow.
    """
    desk.work(until=lambda: not due(desk) and desk.nothing_under_way() and not due(desk))


def due(desk: Desk) -> list[str]:
    found = desk.read(delivery.due_destinations, desk.clock.us)
    return [each.destination_id for each in found if each.destination_id in desk.made]


def claim(desk: Desk, made: Any) -> Claimed:
    now_us = desk.clock.us
    lease = Lease(token=f"t{now_us}", now_us=now_us, until_us=now_us + LEASE_US)
    apart = {made.id: desk.workspace_id}
    done: Claimed = desk.write(delivery.claim, lease, {made.id: 5}, None, apart)
    return done


def test_what_is_being_sent_is_not_sent_again_because_a_clock_was_moved(desk: Desk) -> None:
    """P9."""
    sandbox(desk)
    made = desk.connect()
    desk.plan("signup", desk.customer())
    assert len(claim(desk, made).claims) == 1
    advance(desk, 30 * DAY_US)
    desk.clock.move(29)
    assert claim(desk, made).claims == ()
    desk.clock.move(1)
    again = claim(desk, made)
    assert (len(again.claims), len(again.expired)) == (1, 1)


def test_a_gap_passes_with_the_clock_and_what_was_delivered_is_dated_by_it_p8(desk: Desk) -> None:
    """A-55."""
    sandbox(desk)
    made = desk.connect()
    advance(desk, DAY_US)
    customer = desk.customer()
    desk.plan("signup", customer)
    desk.sell(customer)
    work(desk)
    first = desk.deliveries()[0]
    assert first.delivered_at == desk.clock.us + DAY_US
    assert due(desk) == []
    advance(desk, 5 * MINUTE_US - 1)
    assert due(desk) == []
    advance(desk, 1)
    assert due(desk) == [made.id]
    work(desk)
    assert len(desk.sent()) == 2


def test_a_wait_after_a_failure_passes_with_the_clock(desk: Desk) -> None:
    """And with no other: a live workspace beside it still waits."""
    sandbox(desk)
    made = desk.connect()
    desk.fault("503")
    desk.plan("signup", desk.customer())
    work(desk)
    assert due(desk) == []
    advance(desk, DAY_US)
    assert due(desk) == [made.id]
    work(desk)
    assert len(desk.sent()) == 2


def test_nothing_of_a_sandbox_leaves_this_machine(desk: Desk) -> None:
    """P10. Also where its address was set when that was still allowed."""
    sandbox(desk)
    made = desk.connect()
    text = "update destinations set settings = replace(settings, '127.0.0.1', 'x.test')"
    desk.write(lambda tx: tx.run(f"{text} where id = :id", {"id": made.id}))
    desk.plan("signup", desk.customer())
    work(desk)
    assert desk.deliveries()[0].last_error == delivery.SANDBOX_STAYS
    assert desk.sent() == []


def test_questions_are_paced_in_the_order_in_which_reports_are_claimed(desk: Desk) -> None:
    """Live destinations first: a worker that asks and one that sends never wait for each other."""
    lab, places = desk.workspace_id, []
    sandbox(desk)
    for workspace_id in (lab, ""):
        if not workspace_id:
            desk.workspace_id = desk.ctx("ws_none").new_id("ws_")
            desk.write(desk.open_workspace)
        places.append(desk.connect().id)
        desk.plan("signup", desk.customer())
        work(desk)
        desk.clock.move(60)
    due = [each.destination_id for each in desk.read(delivery.to_follow, desk.clock.us)]
    assert [each for each in due if each in places] == places[::-1]
    desk.write(delivery.delete_destination, desk.ctx(), desk.made.pop())
    desk.workspace_id = lab
