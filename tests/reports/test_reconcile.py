"""What the network has against what it was told, read through its own listing over HTTP."""

from dataclasses import replace
from typing import Any

import pytest

from headwater import conversions, delivery, reports
from headwater.cli import actions_there as reading
from headwater.cli.store import CannotStart
from headwater.delivery import State
from headwater.kit.clock import DAY_US, SECOND_US
from headwater.reports import Span
from headwater.tracking import DisputeCall, RefundCall
from headwater.workspace import workspace_by_id
from tests.reports.conftest import Desk, tuned
from tests.reports.test_life import WHO, sell, track


@pytest.fixture
def told(desk: Desk) -> Any:
    """Three sales that were told and worked through, a day ago; returns their destination."""
    made = desk.connect()
    desk.customer(external_id=WHO)
    for name in ("in_1", "in_2", "in_3"):
        sell(desk, name)
        desk.clock.move(1)
    arrive(desk)
    desk.clock.move(86_400)
    return made


def arrive(desk: Desk) -> None:
    """What waits is sent, in order, and the network works through it."""
    for _ in range(3):
        desk.work()
        desk.clock.move(300)
        desk.follow()


def found(desk: Desk, made: Any, *, days: float = 30, until: int | None = None) -> list[Any]:
    destination = desk.read(delivery.get_destination, desk.workspace_id, made.id)
    now_us = desk.clock.us
    span = Span(
        first=now_us - round(days * DAY_US), last=until or now_us, locks_before=now_us + 7 * DAY_US
    )
    app = replace(desk.app, config=tuned(desk.app.config))
    asked = reports.asked(span, now_us)
    own = desk.read(workspace_by_id, desk.workspace_id)
    actions = reading.actions_there(app, own, destination, asked)
    return list(desk.read(reports.compare, desk.ctx(), destination, span, actions))


def told_of(differences: list[Any]) -> list[tuple[str, str, str | None]]:
    return [(each.kind.value, each.order_id, each.reason) for each in differences]


def action(desk: Desk, order_id: str) -> Any:
    (one,) = [each for each in desk.standin.network.actions if each.order_id == order_id]
    return one


def lose(desk: Desk, order_id: str) -> None:
    desk.standin.network.actions.remove(action(desk, order_id))


def heal(desk: Desk, differences: list[Any]) -> list[str]:
    return [
        each.order_id for each in differences if desk.write(reports.tell_again, desk.ctx(), each)
    ]


def test_what_the_network_has_as_it_was_told_makes_no_difference_a46(desk: Desk, told: Any) -> None:
    sell(desk, "in_4")  # waits for nothing but the worker
    assert found(desk, told) == []


def test_each_kind_of_difference_is_told_apart(desk: Desk, told: Any) -> None:
    """Also what nobody here knows of, and what is there twice."""
    lose(desk, "in_1")
    action(desk, "in_2").amount = "20.00"
    action(desk, "in_3").state = "REVERSED"
    network = desk.standin.network
    network.actions.append(replace(action(desk, "in_2"), id="1000.2004.98"))
    network.actions.append(replace(action(desk, "in_3"), id="x", order_id="no", state="PENDING"))
    differences = found(desk, told)
    assert told_of(differences) == [
        ("not_received", "in_1", None),
        ("different", "in_2", None),
        ("reversed_there", "in_3", None),
        ("extra", "in_2", "twice"),
        ("extra", "no", "not_told"),
    ]
    assert (differences[1].ours, differences[1].action.amount) == (2900, 2000)
    action(desk, "in_3").currency = "EUR"
    assert heal(desk, differences) == ["in_1"]


def test_what_was_lost_is_sent_again_under_its_order_id_and_counted_once(
    desk: Desk, told: Any
) -> None:
    """A-47: healed twice, and again while it is under way, it is there once."""
    lose(desk, "in_1")
    before = len(desk.sent())
    differences = found(desk, told)
    assert heal(desk, differences) == ["in_1"]
    assert heal(desk, differences) == []
    assert found(desk, told) == []
    arrive(desk)
    assert heal(desk, differences) == []
    assert [each["OrderId"] for each in desk.sent()[before:]] == ["in_1"]
    assert action(desk, "in_1").amount == "29.00"
    assert found(desk, told) == []


def test_what_was_lost_comes_back_at_what_is_left_of_it(desk: Desk, told: Any) -> None:
    """Not at the price before its refund: the correction goes again after the sale."""
    track(desk, RefundCall(at=desk.clock.us, sale="ext_in_1", amount=900, key="r1"))
    arrive(desk)
    lose(desk, "in_1")
    desk.clock.move(3600)
    assert heal(desk, found(desk, told)) == ["in_1"]
    arrive(desk)
    assert action(desk, "in_1").amount == "20.00"
    assert found(desk, told) == []


@pytest.mark.parametrize("late_s", [None, 3600.0])
def test_an_action_that_is_dated_later_than_its_sale_was_received_all_the_same(
    desk: Desk, late_s: float | None
) -> None:
    """Of a sale of long ago the network may make one of today: it must not be sent again."""
    desk.account.late_s = late_s
    made = desk.connect()
    desk.customer(external_id=WHO)
    sold_at = desk.clock.us
    desk.clock.move(5 * 86_400)
    sell(desk, at=sold_at)
    arrive(desk)
    desk.clock.move(86_400)
    dated = action(desk, "in_1").event_at * SECOND_US - sold_at
    assert dated == 0 if late_s is None else dated > 4 * DAY_US
    assert found(desk, made, until=sold_at + DAY_US) == []
    assert found(desk, made, days=2) == []


def test_what_was_just_taken_is_not_missing_yet(desk: Desk) -> None:
    made = desk.connect()
    desk.customer(external_id=WHO)
    sell(desk)
    arrive(desk)
    lose(desk, "in_1")
    assert found(desk, made) == []
    desk.clock.move(3600)
    assert told_of(found(desk, made)) == [("not_received", "in_1", None)]


def test_what_the_network_refused_is_listed_and_left_to_a_person(desk: Desk) -> None:
    made = desk.connect()
    desk.customer(external_id=WHO)
    desk.account.clicks = set()
    desk.fault("400", order_id="in_2")
    sell(desk)
    sell(desk, "in_2")
    arrive(desk)
    desk.clock.move(3600)
    differences = found(desk, made)
    assert told_of(differences) == [
        ("not_received", "in_1", "ACTION_REF_NOT_FOUND"),
        ("not_sent", "in_2", "http_400"),
    ]
    assert heal(desk, differences) == []


def test_a_reversal_that_came_to_nothing_is_said_again_while_the_action_is_open(
    desk: Desk, told: Any
) -> None:
    """Not once it has locked: then a person has to settle it with the partner."""
    for name in ("in_1", "in_2"):
        track(desk, DisputeCall(at=desk.clock.us, sale=f"ext_{name}", key=f"dp_{name}"))
    arrive(desk)
    assert found(desk, told) == []
    action(desk, "in_1").state = "PENDING"
    action(desk, "in_2").state = "APPROVED"
    desk.write(settled_as, desk, "refused", "ACTION_LOCKED")
    differences = found(desk, told)
    assert told_of(differences) == [
        ("not_reversed", "in_1", "ACTION_LOCKED"),
        ("not_reversed", "in_2", "ACTION_LOCKED"),
    ]
    assert heal(desk, differences) == ["in_1"]
    arrive(desk)
    assert action(desk, "in_1").state == "REVERSED"
    lose(desk, "in_1")
    assert told_of(found(desk, told)) == [("not_reversed", "in_2", "ACTION_LOCKED")]


def settled_as(tx: Any, desk: Desk, state: str, reason: str) -> None:
    tx.run(
        "update submissions set state = :state, reason = :reason where workspace_id = :id"
        " and delivery_id in (select id from deliveries where natural_key like 'reversal:%')",
        {"state": state, "reason": reason, "id": desk.workspace_id},
    )


def test_what_locks_soon_is_told_also_of_sales_of_long_ago(desk: Desk, told: Any) -> None:
    """With what is wrong about them, as it can be mended only until then."""
    action(desk, "in_2").amount = "20.00"
    desk.clock.us += 40 * DAY_US
    assert told_of(found(desk, told, days=2)) == [
        ("different", "in_2", None),
        ("about_to_lock", "in_1", None),
        ("about_to_lock", "in_2", None),
        ("about_to_lock", "in_3", None),
    ]


def test_all_pages_are_read_and_a_range_with_too_many_of_them_in_parts(
    desk: Desk, told: Any
) -> None:
    """The network's bounds: 45 days, ten pages (N-13)."""
    desk.account.page_most, desk.account.page_least = 2, 2
    for days, each in enumerate(desk.standin.network.actions):
        each.event_at += days * 7200
    assert found(desk, told) == []
    desk.account.pages_most = 1
    assert found(desk, told, days=100) == []
    asked = [each.query for each in desk.requests("GET") if each.path.endswith("/Actions")]
    assert {each["CampaignId"] for each in asked} == {"1000"}
    assert "3" not in {each["Page"] for each in asked[5:]}
    assert len(asked) > 8


def test_reading_spends_from_the_same_hour_as_reports(desk: Desk, told: Any) -> None:
    """And leaves half of what may go at once to them, as questions do."""
    desk.write(narrowed, desk, told.id, 12)
    desk.clock.us += DAY_US
    for _ in range(2):
        with pytest.raises(CannotStart, match="no more requests for 6 minutes"):
            found(desk, told)
    spent = desk.read(
        lambda tx: tx.one("select spent_until from destinations where id = :id", {"id": told.id})
    )
    assert spent is not None
    assert spent[0] > desk.clock.us


def narrowed(tx: Any, desk: Desk, destination_id: str, per_hour: int) -> None:
    changes = reports.AccountChanges(settings={"perHour": per_hour})
    reports.change_account(tx, desk.ctx(), destination_id, changes, True)


def test_a_throttled_account_is_left_alone_by_whoever_reads_it(desk: Desk, told: Any) -> None:
    """`X-RateLimit-Reset` holds reports up too (A-83)."""
    desk.account.per_hour = 0
    desk.standin.seen.append(
        replace(desk.standin.seen[-1], at=desk.clock.us / SECOND_US, status=200)
    )
    with pytest.raises(CannotStart, match="no more requests for 60 minutes"):
        found(desk, told)
    sell(desk, "in_4")
    desk.work(lambda: True)
    assert desk.one("sale", state=State.WAITING).next_attempt_at == desk.clock.us + 3600 * SECOND_US


@pytest.mark.parametrize("mode", ["403", "html", "truncated", "redirect"])
def test_a_list_that_cannot_be_read_is_no_empty_one(desk: Desk, told: Any, mode: str) -> None:
    desk.fault(mode)
    with pytest.raises(CannotStart, match="cannot be read"):
        found(desk, told)


def test_a_network_that_fails_for_a_moment_is_asked_again(
    desk: Desk, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AGAIN_S", 0.0)
    desk.fault("503", 2)
    assert found(desk, told) == []


def test_a_sale_that_was_erased_is_compared_by_the_books(desk: Desk, told: Any) -> None:
    """But not sent again, as there is nothing left to say."""
    sale = desk.read(conversions.sale_by_invoice, desk.workspace_id, "in_1")
    refund = RefundCall(at=desk.clock.us, sale="ext_in_1", amount=900, key="r1")
    track(desk, refund)
    arrive(desk)
    desk.clock.move(5)
    arrive(desk)
    desk.write(delivery.forget_bodies, desk.workspace_id, [sale.id])
    assert action(desk, "in_1").amount == "20.00"
    assert found(desk, told) == []
    lose(desk, "in_1")
    desk.clock.move(3600)
    differences = found(desk, told)
    assert told_of(differences) == [("not_received", "in_1", "body_erased")]
    assert heal(desk, differences) == []


def test_what_the_network_once_called_a_duplicate_is_left_to_a_person(desk: Desk) -> None:
    """It said it had it; that it lists none may mean that it has it elsewhere."""
    made = desk.connect()
    desk.customer(external_id=WHO)
    desk.work()
    desk.fault("accept_then_drop", order_id="in_1")
    sell(desk)
    arrive(desk)
    lose(desk, "in_1")
    desk.clock.move(3600)
    differences = found(desk, made)
    assert told_of(differences) == [("not_received", "in_1", "CONV_DUPLICATE")]
    assert heal(desk, differences) == []


def test_a_network_with_no_room_for_another_request_is_taken_at_its_word(
    desk: Desk, told: Any
) -> None:
    """`X-RateLimit-Remaining: 0` beside a page: the second waits, and so do reports."""
    desk.account.page_most, desk.account.page_least = 2, 2
    desk.account.per_hour, desk.account.says_limits = 1, True
    with pytest.raises(CannotStart, match="no more requests for 60 minutes"):
        found(desk, told)
    asked = [each.path for each in desk.requests("GET") if each.query]
    assert len(asked) == 1
    sell(desk, "in_4")
    desk.work(lambda: True)
    assert desk.one("sale", state=State.WAITING).next_attempt_at == desk.clock.us + 3600 * SECOND_US
