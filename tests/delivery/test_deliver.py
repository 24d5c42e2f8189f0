"""The worker against a real receiver, on both engines."""

import asyncio

import pytest
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError
from structlog.testing import capture_logs

from headwater import delivery
from headwater.delivery import Event, Lease, State
from headwater.kit.clock import SECOND_US, SystemClock

CLOCK = SystemClock()


def exchange(office, receiver, until=None, **changes):
    """Open the receiver and deliver until nothing waits."""

    async def both():
        async with receiver.open(receiver.port):
            await office.delivering(until, **changes)

    asyncio.run(both())


@pytest.fixture
def hook(office, receiver):
    """A subscribed webhook whose receiver is not listening yet."""
    return office.subscribe(reserve(receiver) + "/hook", *Event)


def reserve(receiver):
    async def port():
        async with receiver.open():
            return receiver.url

    return asyncio.run(port())


def outcomes(found):
    return [(each.outcome.value, each.status, each.error) for each in found.log]


def test_a_delivered_message_is_signed_and_logged(office, receiver, hook):
    office.sell()
    exchange(office, receiver)
    found, (call,) = office.of(), receiver.calls
    assert found.delivery.state is State.DELIVERED
    assert (found.delivery.attempts, found.delivery.last_error) == (1, None)
    assert found.delivery.delivered_at is not None
    assert outcomes(found) == [("delivered", 200, None)]
    content = Webhook(hook.secret).verify(call.body, call.headers)
    assert content["id"] == call.headers["webhook-id"] == found.delivery.message_id
    assert call.headers["Content-Type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(hook.secret).verify(call.body + b" ", call.headers)


def test_a_5xx_is_retried_with_backoff_a79(office, receiver, hook):
    """A-107."""
    receiver.will("/hook", 503, 500, 200)
    office.sell()
    exchange(office, receiver, schedule_s=(0.1, 0.3))
    found = office.of()
    assert found.delivery.state is State.DELIVERED
    assert outcomes(found) == [
        ("retry", 503, "http_503"),
        ("retry", 500, "http_500"),
        ("delivered", 200, None),
    ]
    first, second, third = [call.at for call in receiver.calls]
    assert second - first >= 0.1
    assert third - second >= 0.3
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1


def test_a_4xx_is_final_and_visible_a80(office, receiver, hook):
    receiver.will("/hook", 400, 200)
    office.sell()
    with capture_logs() as logs:
        exchange(office, receiver)
    found = office.of()
    assert (found.delivery.state, found.delivery.last_error) == (State.DEAD, "http_400")
    assert outcomes(found) == [("refused", 400, "http_400")]
    assert len(receiver.calls) == 1
    assert [entry["event"] for entry in logs] == ["delivery_dead", "deliveries_counted"]
    assert (logs[1]["claimed"], logs[1]["failed"], logs[1]["delivered"]) == (1, 1, 0)


def test_refused_connections_and_timeouts_are_retried_a81(office, receiver, hook):
    """A-107."""
    receiver.will("/hook", slow_once(), 200)
    office.sell()

    async def listen_late():
        worker = asyncio.create_task(office.delivering(schedule_s=(0.3, 0.1, 0.1), timeout_s=0.3))
        await asyncio.sleep(0.15)
        async with receiver.open(receiver.port):
            await worker

    asyncio.run(listen_late())
    assert outcomes(office.of()) == [
        ("retry", None, "refused"),
        ("retry", None, "timeout"),
        ("delivered", 200, None),
    ]


def slow_once():
    async def answer(_request):
        await asyncio.sleep(0.8)

    return answer


def test_a_throttled_webhook_gets_nothing_before_the_time_it_named_a83(office, receiver, hook):
    receiver.will("/hook", (429, {"Retry-After": "1"}), 200)
    office.sell("sale_1", "cus_1")

    async def two_customers():
        async with receiver.open(receiver.port):
            worker = asyncio.create_task(office.delivering())
            await office.reached(lambda: office.of("sale_1").delivery.last_error)
            await asyncio.to_thread(office.sell, "sale_2", "cus_2")
            await asyncio.to_thread(office.sell, "sale_3", "cus_3")
            waits = await asyncio.to_thread(office.deliveries, state=State.WAITING)
            assert all(each.next_attempt_at > each.created_at for each in waits)
            await worker

    asyncio.run(two_customers())
    first, *others = [call.at for call in receiver.calls]
    assert min(others) - first >= 1.0
    assert outcomes(office.of("sale_1"))[0] == ("retry", 429, "http_429")


def test_after_the_schedule_a_delivery_is_dead_until_it_is_replayed(office, receiver, hook):
    """P9."""
    receiver.will("/hook", 503, 503, 503, 200)
    office.sell()
    exchange(office, receiver, schedule_s=(0.02, 0.02))
    dead = office.of().delivery
    assert (dead.state, dead.attempts) == (State.DEAD, 3)
    assert dead.last_error == "schedule_exhausted: http_503"
    assert dead.next_attempt_at is None

    replayed = office.write(delivery.replay, office.ctx(), dead.id)
    assert (replayed.state, replayed.attempts) == (State.WAITING, 3)
    exchange(office, receiver)
    found = office.of()
    assert (found.delivery.state, found.delivery.attempts) == (State.DELIVERED, 4)
    assert len(found.log) == 4
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 1


def test_a_replay_has_its_whole_schedule_again(office, receiver, hook):
    receiver.will("/hook", 503, 503, 503, 503, 200)
    office.sell()
    exchange(office, receiver, schedule_s=(0.02, 0.02))
    office.write(delivery.replay, office.ctx(), office.of().delivery.id)
    exchange(office, receiver, schedule_s=(0.02, 0.02))
    assert office.of().delivery.state is State.DELIVERED


def test_a_delivered_message_can_be_sent_again(office, receiver, hook):
    office.sell()
    exchange(office, receiver)
    office.write(delivery.replay, office.ctx(), office.of().delivery.id)
    exchange(office, receiver)
    assert receiver.subjects() == ["sale_1", "sale_1"]
    assert office.of().delivery.state is State.DELIVERED


def test_all_dead_deliveries_of_one_webhook_are_replayed_in_chunks(
    office, receiver, hook, monkeypatch
):
    monkeypatch.setattr(delivery.actions, "CHUNK", 4)
    other = office.subscribe(receiver.url + "/other", *Event)
    receiver.will("/hook", *[400] * 10, 200)
    receiver.will("/other", *[400] * 10, 200)
    for number in range(10):
        office.sell(f"sale_{number}", f"cus_{number}")
    exchange(office, receiver)
    assert len(office.deliveries(state=State.DEAD)) == 20

    total, after = 0, 0
    while after is not None:
        done = office.database.write_now(
            lambda tx, start: delivery.replay_many(tx, office.ctx(), hook.id, after=start), after
        )
        total, after = total + done.count, done.after
    assert total == 10
    exchange(office, receiver)
    assert len(office.deliveries(state=State.DELIVERED, destination_id=hook.id)) == 10
    assert len(office.deliveries(state=State.DEAD, destination_id=other.id)) == 10


def test_messages_of_one_customer_arrive_in_order_under_retries(office, receiver, hook):
    """P8."""
    receiver.will("/hook", 503, 200, 200, 503, 503, 200, 200, 503, 200)
    sent = [(f"sale_{number}", f"cus_{number % 3}") for number in range(15)]
    for subject, customer in sent:
        office.sell(subject, customer)
    exchange(office, receiver, schedule_s=(0.05, 0.05, 0.05))
    for wanted in ("cus_0", "cus_1", "cus_2"):
        subjects = [subject for subject, customer in sent if customer == wanted]
        arrived = [subject for subject in receiver.subjects() if subject in subjects]
        assert sorted(arrived, key=subjects.index) == arrived
        assert set(arrived) == set(subjects)


def test_a_customer_waits_for_its_own_messages_only(office, receiver, hook):
    receiver.will("/hook", 503, 200)
    office.sell("sale_1", "cus_1")
    office.sell("sale_2", "cus_1")
    office.sell("sale_3", "cus_2")

    def other_arrived():
        return office.of("sale_3").delivery.state is State.DELIVERED

    exchange(office, receiver, other_arrived, schedule_s=(30,), concurrency_per_webhook=1)
    assert receiver.subjects() == ["sale_1", "sale_3"]
    assert office.of("sale_2").delivery.attempts == 0


def test_a_dead_letter_releases_the_messages_behind_it(office, receiver, hook):
    receiver.will("/hook", 503, 503, 400, 200)
    for number in range(4):
        office.sell(f"sale_{number}")
    exchange(office, receiver, schedule_s=(0.05,))
    assert receiver.subjects() == ["sale_0", "sale_0", "sale_1", "sale_2", "sale_3"]
    states = [office.of(f"sale_{number}").delivery.state.value for number in range(4)]
    assert states == ["dead", "dead", "delivered", "delivered"]


def test_batches_of_clicks_do_not_wait_for_each_other(office, receiver, hook):
    receiver.will("/hook", 503, 200)
    office.sell("batch_1", delivery.UNORDERED, Event.LINK_CLICKED)
    office.sell("batch_2", delivery.UNORDERED, Event.LINK_CLICKED)

    def second_arrived():
        return office.of("batch_2").delivery.state is State.DELIVERED

    exchange(office, receiver, second_arrived, schedule_s=(30,), concurrency_per_webhook=1)
    assert receiver.subjects() == ["batch_1", "batch_2"]


def test_two_workers_send_each_of_100_deliveries_once_a67(office, receiver, hook):
    for number in range(100):
        office.sell(f"sale_{number}", f"cus_{number % 40}")
    exchange(office, receiver, workers=2, timeout_s=30)
    assert sorted(receiver.subjects()) == sorted(f"sale_{number}" for number in range(100))
    assert {each.attempts for each in office.deliveries()} == {1}


def test_two_workers_keep_the_order_of_a_customer(office, receiver, hook):
    receiver.will("/hook", 503, 200, 503, 200)
    for number in range(30):
        office.sell(f"sale_{number}")
    exchange(office, receiver, workers=2, schedule_s=(0.05, 0.05))
    once = list(dict.fromkeys(receiver.subjects()))
    assert once == [f"sale_{number}" for number in range(30)]


def lease_of(seconds, token="dead-worker"):
    now_us = CLOCK.now_us()
    return Lease(token=token, now_us=now_us, until_us=now_us + round(seconds * SECOND_US))


def test_an_abandoned_delivery_is_claimable_again_after_its_lease_a68(office, receiver, hook):
    office.sell()
    dead = lease_of(900)
    assert len(office.write(delivery.claim, dead, {hook.id: 5}).claims) == 1
    for seconds, claimable in [(899, 0), (901, 1)]:
        now_us = dead.now_us + seconds * SECOND_US
        other = Lease(token=f"at {seconds}", now_us=now_us, until_us=dead.now_us)
        assert len(office.write(delivery.claim, other, {hook.id: 5}).claims) == claimable
    assert outcomes(office.of()) == [("abandoned", None, "lease_expired")]


@pytest.mark.parametrize("column", ["paused_until", "disabled_at"])
def test_what_began_to_rest_since_it_was_looked_at_is_given_nothing(office, hook, column):
    """P9: a worker that saw it before asks once more, where it claims."""
    office.sell()
    office.write(lambda tx: tx.run(f"update destinations set {column} = {CLOCK.now_us() * 2}"))
    assert office.write(delivery.claim, lease_of(60), {hook.id: 5}).claims == ()


def test_what_a_dead_worker_held_is_sent_by_the_next_one_a68(office, receiver, hook):
    office.sell()
    assert len(office.write(delivery.claim, lease_of(0.5), {hook.id: 5}).claims) == 1
    assert office.of().delivery.next_attempt_at is None
    exchange(office, receiver)
    found = office.of()
    assert outcomes(found) == [("abandoned", None, "lease_expired"), ("delivered", 200, None)]
    assert found.delivery.attempts == len(found.log) == 2
    assert len(receiver.calls) == 1


def test_a_result_under_a_lost_lease_changes_nothing(office, receiver, hook):
    """A worker that comes back too late must not undo what another one recorded."""
    office.sell()
    (stale,) = office.write(delivery.claim, lease_of(0), {hook.id: 5}).claims
    exchange(office, receiver)
    late = delivery.Finished(
        claim=stale,
        verdict=delivery.Verdict(outcome=delivery.Outcome.REFUSED, status=400, error="http_400"),
        step=delivery.model.Dead(reason="http_400"),
        started_at=0,
        ended_at=CLOCK.now_us(),
        duration_ms=1,
        pause_until=None,
    )
    office.write(delivery.settle, [late])
    found = office.of()
    assert found.delivery.state is State.DELIVERED
    assert [each.outcome.value for each in found.log] == ["abandoned", "delivered", "refused"]


def test_a_receiver_that_hangs_delays_no_other(office, receiver, hook, monkeypatch):
    monkeypatch.setattr("headwater.worker.deliver.DRAIN_S", 0.1)
    receiver.will("/hangs", "hang")
    hanging = [office.subscribe(f"{receiver.url}/hangs", *Event) for _ in range(5)]
    for number in range(40):
        office.sell(f"sale_{number}", f"cus_{number}")

    def good_one_is_done():
        return len(office.deliveries(state=State.DELIVERED, destination_id=hook.id)) == 40

    async def timed():
        loop = asyncio.get_running_loop()
        async with receiver.open(receiver.port):
            started = loop.time()
            worker = asyncio.create_task(
                office.delivering(good_one_is_done, timeout_s=5, at_most_s=30)
            )
            await office.reached(lambda: len(receiver.subjects("/hook")) == 40)
            took = loop.time() - started
            await worker
            return took

    assert asyncio.run(timed()) < 4.5, "who hangs is given up after five seconds"
    for each in hanging:
        assert office.deliveries(state=State.DELIVERED, destination_id=each.id) == []


def test_some_that_answered_and_begin_to_hang_together_delay_no_other(
    office, receiver, hook, monkeypatch
):
    """P7. They have room for every slot there is."""
    monkeypatch.setattr("headwater.worker.deliver.DRAIN_S", 0.1)
    hanging = [office.subscribe(f"{receiver.url}/{name}", Event.LEAD_CREATED) for name in "abcd"]

    def tell_them(first, last):
        for number in range(first, last):
            office.sell(f"lead_{number}", f"cus_{number}", Event.LEAD_CREATED)

    async def another_is_told():
        async with receiver.open(receiver.port), asyncio.timeout(8):
            worker = asyncio.create_task(
                office.delivering(
                    lambda: "late" in receiver.subjects("/hook"),
                    concurrency=8,
                    concurrency_per_webhook=2,
                    timeout_s=30,
                )
            )
            await office.reached(office.settled)
            for name in "abcd":
                receiver.will(f"/{name}", "hang")
            await asyncio.to_thread(tell_them, 1, 7)
            await office.reached(lambda: len(receiver.calls) >= 4 + 1 + 6 + 7)
            await asyncio.to_thread(office.sell, "late")
            await worker

    tell_them(0, 1)
    asyncio.run(another_is_told())
    for each in hanging:
        assert len(office.deliveries(state=State.DELIVERED, destination_id=each.id)) == 1


def test_a_long_queue_does_not_delay_a_short_one(office, receiver, hook):
    def crowd(tx):
        delivery.plan(tx, office.ctx(), [crowded(number) for number in range(3000)])

    def crowded(number):
        return delivery.Draft(
            event=Event.SALE_CREATED,
            subject_id=f"s{number}",
            order_key="",
            data=lambda: {"sale": 0},
        )

    office.write(crowd)
    short = office.subscribe(receiver.url + "/short", *Event)
    office.write(delivery.plan, office.ctx(), [crowded(9999)])

    def short_is_done():
        return bool(office.deliveries(state=State.DELIVERED, destination_id=short.id))

    exchange(office, receiver, short_is_done)
    assert len(receiver.subjects("/hook")) < 1500


def test_a_customer_with_a_long_queue_delays_no_other(office):
    """However many wait for its first, they are out of the way after a few looks."""
    hook = office.subscribe("http://127.0.0.1:9/hook", *Event)
    drafts = [
        delivery.Draft(
            event=Event.SALE_CREATED, subject_id=f"sale_{n}", order_key="cus_1", data=dict
        )
        for n in range(2000)
    ]
    office.write(delivery.plan, office.ctx(), drafts)
    office.sell("sale_of_another", "cus_2")
    now = CLOCK.now_us()
    lease = Lease(token="t", now_us=now, until_us=now + 60 * SECOND_US)
    claimed = [office.write(delivery.claim, lease, {hook.id: 16}).claims for _ in range(4)]
    assert [each.order_key for some in claimed for each in some] == ["cus_1", "cus_2"]
    first = claimed[0][0]
    assert first.message_id == office.of("sale_0").delivery.message_id


def test_on_stop_what_hangs_is_given_back(office, receiver, hook, monkeypatch):
    monkeypatch.setattr("headwater.worker.deliver.DRAIN_S", 0.2)
    receiver.will("/hook", "hang")
    office.sell()
    exchange(office, receiver, lambda: bool(receiver.calls), timeout_s=30)
    found = office.of()
    assert found.delivery.state is State.WAITING
    assert found.delivery.next_attempt_at <= CLOCK.now_us()
    assert outcomes(found) == [("abandoned", None, "worker_stopped")]
    receiver.will("/hook", 200)
    exchange(office, receiver)
    assert office.of().delivery.state is State.DELIVERED


def test_on_stop_what_is_under_way_may_end(office, receiver, hook):
    async def slowly(_request):
        await asyncio.sleep(0.5)
        return web.Response()

    receiver.will("/hook", slowly, 200)
    office.sell()
    exchange(office, receiver, lambda: bool(receiver.calls))
    assert outcomes(office.of()) == [("delivered", 200, None)]


def test_an_erased_body_and_a_deleted_webhook_are_final_without_a_call(office, receiver, hook):
    """A-104. What was erased is not taken for a replay either."""
    office.sell("sale_1", "cus_1")
    office.write(lambda tx: tx.run("delete from message_bodies"))
    office.sell("sale_2", "cus_2")
    office.write(lambda tx: tx.run("update destinations set deleted_at = 1"))
    with capture_logs() as logs:
        exchange(office, receiver)
    assert [(each["event"], each.get("failed")) for each in logs] == [("deliveries_counted", 2)]
    assert receiver.calls == []
    assert {each.last_error for each in office.deliveries()} == {"webhook_deleted"}
    office.write(lambda tx: tx.run("update destinations set deleted_at = null"))
    assert office.write(delivery.replay_many, office.ctx()).count == 1
    office.sell("sale_3", "cus_3")
    erased = {"id": office.of("sale_3").delivery.message_id}
    office.write(lambda tx: tx.run("delete from message_bodies where message_id = :id", erased))
    exchange(office, receiver)
    assert office.of("sale_1").delivery.last_error == "webhook_deleted"
    assert office.of("sale_3").delivery.last_error == "body_erased"
    assert receiver.subjects() == ["sale_2"]


def test_no_answer_body_is_kept_or_logged(office, receiver, hook):
    """A-106."""

    async def echo(_request):
        return web.Response(status=400, text="ann@example.com")

    receiver.will("/hook", echo, 200)
    office.sell()
    with capture_logs() as logs:
        exchange(office, receiver)
    kept = office.read(lambda tx: tx.all("select error from attempts"))
    assert "ann" not in f"{logs}{kept}{office.of()}"


def test_a_private_webhook_is_refused_when_it_is_used(office, receiver, hook):
    office.sell()
    exchange(office, receiver, allow_private=False)
    assert outcomes(office.of()) == [("refused", None, "private_address")]
    assert receiver.calls == []
