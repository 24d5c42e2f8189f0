"""Facts as they are tracked, from sign-up to dispute, and what the network hears of them."""

from typing import Any

from msgspec.structs import replace

from headwater import customers, erasure, tracking
from headwater.delivery import State
from headwater.kit.clock import iso_ms
from headwater.tracking import DisputeCall, MilestoneCall, RefundCall, SaleCall
from tests.reports.conftest import START_US, TRACKERS, Desk

WHO = "user-1"


def track(desk: Desk, call: Any) -> Any:
    done = desk.write(lambda tx: tracking.track(tx, desk.ctx(), desk.app.settings, call))
    return done.fact


def step(desk: Desk, kind: str, **fields: Any) -> Any:
    call = MilestoneCall(at=desk.clock.us, customer_external_id=WHO, kind=kind, **fields)
    return track(desk, call)


def sell(desk: Desk, invoice: str = "in_1", **fields: Any) -> Any:
    call = SaleCall(
        at=desk.clock.us,
        customer_external_id=WHO,
        amount=2900,
        currency="usd",
        event_name="Purchase",
        payment_processor="stripe",
        invoice_id=invoice,
    )
    return track(desk, replace(call, **fields))


def told(desk: Desk) -> list[tuple[int, str]]:
    return [(each["ActionTrackerId"], each["EventDate"]) for each in desk.sent()]


def skipped(desk: Desk) -> list[tuple[str, str | None]]:
    return [(each.event, each.last_error) for each in desk.deliveries(state=State.SKIPPED)]


def test_a24_a48_a_life_as_it_is_tracked_is_told_in_order_with_its_own_times(desk: Desk) -> None:
    """A-28, A-27."""
    desk.connect()
    desk.customer(external_id=WHO)
    step(desk, "signup")
    step(desk, "trial_start", entity="t_1")
    step(desk, "subscription_start", entity="sub_1")
    sell(desk, plan="pro")
    desk.clock.move(60)
    for _ in range(2):  # by two paths
        step(desk, "trial_end", entity="t_1")
    desk.work()
    desk.clock.move(300)
    desk.work()
    began, ended = iso_ms(START_US), iso_ms(START_US + 60_000_000)
    assert told(desk) == [
        (TRACKERS["signup"], began),
        (TRACKERS["trialStart"], began),
        (TRACKERS["sale"], began),
        (TRACKERS["trialEnd"], ended),
    ]
    assert skipped(desk) == [("report.subscription_start", "not_reported_kind")]


def test_a35_a7_what_an_administrator_does_or_a_company_buys_is_told_to_nobody(desk: Desk) -> None:
    """A-38."""
    desk.connect()
    desk.customer(external_id=WHO)
    step(desk, "trial_start", entity="t_1", administrative=True)
    step(desk, "trial_end", entity="t_1", scope="organization")
    sell(desk, "in_1", administrative=True)
    sell(desk, "in_2", scope="organization")
    desk.clock.move(400)
    desk.work()
    assert desk.sent() == []
    assert [reason for _, reason in skipped(desk)] == ["administrative", "organization"] * 2


def test_a87_a_dispute_of_a_sale_that_was_told_takes_it_back_there(desk: Desk) -> None:
    desk.connect()
    desk.customer(external_id=WHO)
    sell(desk)
    desk.work()
    desk.clock.move(300)
    desk.work()
    desk.settle_all()
    dispute = DisputeCall(at=desk.clock.us, sale="ext_in_1", key="dp_1", amount=900)
    track(desk, dispute)
    track(desk, replace(dispute, key="dp_2"))
    track(desk, replace(dispute, state="won", amount=None))
    desk.work()
    assert [each.method for each in desk.requests("DELETE")] == ["DELETE"]
    desk.settle_all()
    assert desk.standin.network.actions[1].state == "REVERSED"


def test_a_full_refund_takes_the_sale_back_and_a_part_does_not(desk: Desk) -> None:
    desk.connect()
    desk.customer(external_id=WHO)
    sell(desk)
    desk.work()
    desk.clock.move(300)
    desk.work()
    desk.settle_all()
    for number, amount in enumerate((900, 2000)):
        call = RefundCall(at=desk.clock.us, sale="ext_in_1", amount=amount, key=f"r{number}")
        track(desk, call)
        desk.work()
        assert len(desk.requests("DELETE")) == number
    assert [each.fields["Amount"] for each in desk.requests("PUT")] == ["20.00"]


def test_a104_nothing_further_is_told_of_somebody_who_was_erased(desk: Desk) -> None:
    desk.connect()
    made = desk.customer(external_id=WHO)
    step(desk, "signup")
    step(desk, "trial_start", entity="t_1")
    desk.work()
    desk.write(erasure.erase_customer, desk.ctx(), made.id)
    desk.clock.move(400)
    desk.work()
    assert len(desk.sent()) == 1
    assert desk.read(customers.by_external_id, desk.workspace_id, WHO) is None
