"""What was told long ago goes, and nothing is told twice for it."""

import asyncio
from dataclasses import replace

import pytest

from headwater import delivery
from headwater.delivery import Draft, Event, NewWebhook, State, retention
from headwater.kit.problems import Problem
from headwater.worker import retain as retain_step
from headwater.worker.retain import Retention

DAYS = 90
A_DAY_S = 86_400


def retain(desk):
    """A round through all workspaces, as the worker makes it."""

    async def whole():
        each = Retention()
        while await each.step(replace(desk.app, clock=desk.clock)):
            pass

    asyncio.run(whole())


def rows(desk, table):
    """How many there are in this workspace."""
    return desk.read(
        lambda tx: tx.one(
            f"select count(*) from {table} where workspace_id = :id", {"id": desk.workspace_id}
        )
    )[0]


def told(desk):
    """A sign-up and a sale that were told and came to something."""
    customer = desk.customer()
    sale = desk.sell(customer, order_ref="inv_1")
    desk.work()
    desk.clock.move(300)
    desk.work()
    desk.settle_all()
    return customer, sale


def test_of_an_old_report_the_key_stays_so_that_none_is_told_twice_a64_a65(desk):
    desk.connect()
    customer, sale = told(desk)
    desk.clock.move(DAYS * A_DAY_S - 1000)
    retain(desk)
    assert (rows(desk, "message_bodies"), rows(desk, "attempts")) == (2, 2)
    desk.clock.move(1001)
    retain(desk)
    assert (rows(desk, "message_bodies"), rows(desk, "attempts")) == (0, 0)
    assert desk.with_log("sale").body is None
    desk.sell(customer, order_ref="inv_1", fact_id=sale)
    desk.plan("reversal", customer, sale_id=sale, order_ref="inv_1")
    desk.work()
    assert len(desk.sent()) == 2
    assert desk.one("reversal").state is State.DELIVERED
    assert desk.one("reversal").parent_id == desk.one("sale").id


def test_nothing_goes_while_something_that_waits_hangs_on_it(desk):
    desk.connect()
    customer, sale = told(desk)
    desk.clock.move((DAYS + 1) * A_DAY_S)
    desk.fault("503", 1)
    desk.plan("reversal", customer, sale_id=sale, order_ref="inv_1")
    desk.work()
    retain(desk)
    assert rows(desk, "message_bodies") == 2  # of the sale and its reversal; the sign-up's went
    assert desk.with_log("sale").body is not None
    desk.clock.move(70)
    desk.work()
    retain(desk)
    assert desk.with_log("sale").body is None
    assert desk.one("reversal").state is State.DELIVERED


def test_a_message_stays_until_the_last_webhook_has_had_it(desk):
    """One is dead by now, another is paused."""
    hooks = [hook(desk, name) for name in ("a", "b")]
    desk.write(delivery.pause_destination, desk.ctx(), hooks[1].id)
    draft = Draft(event=Event.SALE_CREATED, subject_id="s", order_key="c", data=dict)
    desk.write(delivery.plan, desk.ctx(), [draft])
    desk.write(give_up, desk, hooks[0].id)
    desk.clock.move((DAYS + 1) * A_DAY_S)
    retain(desk)
    (left,) = desk.deliveries()
    assert (left.destination_id, left.state) == (hooks[1].id, State.WAITING)
    assert (rows(desk, "messages"), rows(desk, "message_bodies")) == (1, 1)
    desk.write(give_up, desk, hooks[1].id)
    retain(desk)
    assert [rows(desk, each) for each in ("deliveries", "messages", "message_bodies")] == [0, 0, 0]


def hook(desk, name):
    new = NewWebhook(name=name, url="http://127.0.0.1:9/", triggers=(Event.SALE_CREATED,))
    return desk.write(delivery.create_webhook, desk.ctx(), new, True)


def give_up(tx, desk, destination_id):
    tx.run(
        "update deliveries set state = 'dead', last_error = 'http_400'"
        " where workspace_id = :workspace_id and destination_id = :destination_id",
        {"workspace_id": desk.workspace_id, "destination_id": destination_id},
    )


def test_a_round_goes_in_chunks_and_past_what_it_keeps(desk, monkeypatch):
    monkeypatch.setattr(retention, "LOOKED_AT_ONCE", 3)
    monkeypatch.setattr(retain_step, "DELETED_AT_ONCE", 2)
    made = hook(desk, "a")
    drafts = [
        Draft(event=Event.SALE_CREATED, subject_id=f"s{n}", order_key=f"c{n}", data=dict)
        for n in range(11)
    ]
    desk.write(delivery.plan, desk.ctx(), drafts)
    waits = desk.deliveries()[5].id
    desk.write(give_up, desk, made.id)
    desk.write(
        lambda tx: tx.run("update deliveries set state = 'waiting' where id = :id", {"id": waits})
    )
    desk.clock.move((DAYS + 1) * A_DAY_S)
    desk.write(delivery.plan, desk.ctx(), drafts[:1])
    retain(desk)
    first, _ = desk.deliveries()
    assert first.id == waits


def test_what_is_gone_cannot_be_sent_again_and_says_so(desk):
    """Nor does trying make a report that was taken a dead one."""
    desk.connect()
    told(desk)
    desk.clock.move((DAYS + 1) * A_DAY_S)
    retain(desk)
    with pytest.raises(Problem, match="keep_days"):
        desk.write(delivery.replay, desk.ctx(), desk.one("sale").id)
    assert desk.one("sale").state is State.DELIVERED
    desk.write(give_up, desk, desk.made[0])
    assert desk.write(delivery.replay_many, desk.ctx(), desk.made[0]).count == 0
