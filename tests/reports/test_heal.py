"""What `headwater reconcile impact --heal` sends again, and what it leaves to a person."""

import asyncio
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest

from headwater import conversions, rates, reports
from headwater.cli import actions_there as reading
from headwater.cli.reconcile_impact import _healed
from headwater.cli.store import CannotStart
from headwater.delivery import State, pause_destination, replay
from headwater.tracking import DisputeCall, RefundCall
from headwater.workspace import workspace_by_id
from tests.reports.conftest import Desk
from tests.reports.test_life import WHO, sell, track
from tests.reports.test_reconcile import action, arrive, found, heal, lose, told, told_of

__all__ = ["told"]


def refund(desk: Desk, order_id: str, amount: int = 900) -> None:
    track(desk, RefundCall(at=desk.clock.us, sale=f"ext_{order_id}", amount=amount, key="r1"))
    arrive(desk)
    desk.clock.move(5)
    arrive(desk)


def sale_id(desk: Desk, order_id: str) -> str:
    sale = desk.read(conversions.sale_by_invoice, desk.workspace_id, order_id)
    return str(sale.id)


def test_what_hangs_on_a_sale_that_was_given_up_is_left_to_a_person(desk: Desk, told: Any) -> None:
    """Though the network has that sale; what hangs on it goes when that is replayed. It holds up
    nothing else that can be sent again.
    """
    for name in ("in_1", "in_2"):
        desk.write(given_up, desk, name)
    track(desk, RefundCall(at=desk.clock.us, sale="ext_in_1", amount=900, key="r1"))
    track(desk, DisputeCall(at=desk.clock.us, sale="ext_in_2", key="d1"))
    lose(desk, "in_3")
    arrive(desk)
    differences = found(desk, told)
    assert told_of(differences) == [
        ("not_received", "in_3", None),
        ("different", "in_1", "parent_dead"),
        ("not_reversed", "in_2", "parent_dead"),
    ]
    assert heal(desk, differences) == ["in_3"]
    for each in desk.deliveries(event="report.sale", state=State.DEAD):
        desk.write(replay, desk.ctx(), each.id)
    arrive(desk)
    assert action(desk, "in_1").amount == "20.00"
    assert action(desk, "in_2").state == "REVERSED"
    assert found(desk, told) == []


def given_up(tx: Any, desk: Desk, order_id: str) -> None:
    tx.run(
        "update deliveries set state = 'dead', last_error = 'no_reference', delivered_at = null"
        " where workspace_id = :id and natural_key = :key",
        {"id": desk.workspace_id, "key": f"sale:{sale_id(desk, order_id)}"},
    )


def test_a_sale_does_not_come_back_at_a_price_that_cannot_be_corrected_again(
    desk: Desk, told: Any
) -> None:
    """What was said of the refund is gone, what was said of the sale is not."""
    refund(desk, "in_1")
    desk.write(without_words, desk)
    assert found(desk, told) == []
    lose(desk, "in_1")
    desk.clock.move(3600)
    differences = found(desk, told)
    assert told_of(differences) == [("not_received", "in_1", "body_erased")]
    assert differences[0].ours == 2000
    assert heal(desk, differences) == []


def without_words(tx: Any, desk: Desk) -> None:
    tx.run(
        "delete from message_bodies where workspace_id = :id and message_id in (select message_id"
        " from deliveries where workspace_id = :id and natural_key like 'correction:%')",
        {"id": desk.workspace_id},
    )


@pytest.mark.parametrize(
    ("currency", "amount", "back", "left"),
    [("jpy", 2900, 100, "2800.00"), ("kwd", 2905, 1, "2.90"), ("kwd", 2905, 2901, "0.00")],
)
def test_amounts_are_compared_in_the_decimals_of_the_network(
    desk: Desk, currency: str, amount: int, back: int, left: str
) -> None:
    """A-42. A correction to nothing takes the action back, and it was us."""
    made = desk.connect()
    desk.customer(external_id=WHO)
    day = rates.RateDraft(currency=currency, day="2026-01-01", rate="2.5", source="test")
    desk.write(rates.add, desk.ctx(), day)
    sell(desk, amount=amount, currency=currency)
    arrive(desk)
    desk.clock.move(86_400)
    assert found(desk, made) == []
    refund(desk, "in_1", back)
    assert action(desk, "in_1").amount == left
    assert found(desk, made) == []


def test_two_who_heal_at_once_send_it_again_once(desk: Desk, told: Any) -> None:
    """The second waits for the first, and finds that something became of it."""
    lose(desk, "in_1")
    (difference,) = found(desk, told)
    begun, said = Event(), list[bool]()

    def first(tx: Any) -> None:
        said.append(reports.tell_again(tx, desk.ctx(), difference))
        other.start()
        assert begun.wait(5)
        other.join(0.1)

    def second() -> None:
        begun.set()
        said.append(desk.write(reports.tell_again, desk.ctx(), difference))

    other = Thread(target=second)
    desk.write(first)
    other.join(5)
    assert said == [True, False]


def test_what_is_sent_again_waits_until_the_network_has_room_a83(desk: Desk, told: Any) -> None:
    """Which it said to whoever read its list."""
    lose(desk, "in_1")
    desk.account.per_hour, desk.account.says_limits = 2, True  # as many as are asked
    assert heal(desk, found(desk, told)) == ["in_1"]
    before = len(desk.sent())
    desk.work(lambda: True)
    desk.clock.move(3599)
    desk.work(lambda: True)
    assert len(desk.sent()) == before
    desk.clock.move(1)
    desk.work()
    assert [each["OrderId"] for each in desk.sent()[before:]] == ["in_1"]


def test_what_cannot_be_sent_again_is_said_and_holds_up_nothing(
    desk: Desk, told: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("in_1", "in_2"):
        lose(desk, name)
    differences = found(desk, told)
    own = desk.read(workspace_by_id, desk.workspace_id)
    desk.write(pause_destination, desk.ctx(), told.id)
    assert _healed(desk.app, own, differences) == set()
    said = capsys.readouterr().err.splitlines()
    assert [each.partition(": This destination is paused")[0] for each in said] == [
        "headwater: in_1",
        "headwater: in_2",
    ]


def test_a_network_that_throttles_whatever_one_waits_is_not_asked_for_ever(
    desk: Desk, told: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sleep(seconds: float) -> None:
        desk.clock.move(seconds)

    monkeypatch.setattr(reading, "asyncio", SimpleNamespace(run=asyncio.run, sleep=sleep))
    desk.fault("429", 100)
    with pytest.raises(CannotStart, match="no more requests"):
        found(desk, told)
    asked = [each for each in desk.requests("GET") if each.path.endswith("/Actions")]
    assert len(asked) == reading.TRIES


def test_a_sandbox_asks_this_machine_alone(desk: Desk, told: Any) -> None:
    """P10. Also where its address was set when that was still allowed."""
    desk.write(moved_out, desk, told.id)
    with pytest.raises(CannotStart, match="a sandbox asks this machine alone"):
        found(desk, told)
    assert [each for each in desk.requests("GET") if each.query] == []


def moved_out(tx: Any, desk: Desk, destination_id: str) -> None:
    names = {"id": desk.workspace_id, "destination": destination_id}
    tx.run("update workspaces set sandbox = 1 where id = :id", names)
    tx.run(
        "update destinations set settings = replace(settings, '127.0.0.1', 'x.test')"
        " where id = :destination and workspace_id = :id",
        names,
    )
