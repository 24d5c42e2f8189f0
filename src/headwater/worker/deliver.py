"""The delivery loop: claim what is due, send it, record batches of results, wake up early."""

import asyncio
from dataclasses import dataclass, field
from itertools import islice

import structlog

from headwater import delivery
from headwater.config import Config
from headwater.db import Database, StoreUnavailable
from headwater.delivery import rules, slots
from headwater.delivery.model import (
    Claim,
    Finished,
    Kind,
    Lease,
    Outcome,
    Patience,
    Verdict,
)
from headwater.kit.clock import SECOND_US, Clock
from headwater.kit.egress import EgressClient
from headwater.kit.entropy import Entropy, jitter
from headwater.kit.targets import EgressError, is_here
from headwater.worker.pace import Pace
from headwater.worker.said import Tally, say_claimed, say_finished
from headwater.worker.wires import WIRES, schedule_s

log = structlog.get_logger(__name__)

IDLE_S = 0.1
DRAIN_S = 5.0
STORE_PAUSE_S = 0.5
RESULTS_PER_WRITE = 256
DESTINATIONS_PER_CLAIM = 64
WORKER_STOPPED = "worker_stopped"
CRASHED = "internal"


async def run(
    db: Database, config: Config, clock: Clock, entropy: Entropy, pace: Pace, stop: asyncio.Event
) -> None:
    """Deliver until `stop`; then let attempts under way end, and give back what did not."""
    client = EgressClient(
        allow_private=config.egress.allow_private,
        timeout_s=config.delivery.timeout_s,
        max_response_bytes=config.delivery.max_response_bytes,
    )
    async with client, asyncio.TaskGroup() as tasks:
        courier = Courier(
            db=db,
            config=config,
            clock=clock,
            entropy=entropy,
            pace=pace,
            client=client,
            tasks=tasks,
        )
        recorder = tasks.create_task(courier.record())
        stopping = tasks.create_task(courier.stop_on(stop))
        await courier.work()
        await courier.drain()
        await recorder
        await stopping
    courier.tally.say()


@dataclass(slots=True, kw_only=True)
class Courier:
    """State of one worker; all of it may be lost at any time, leases then expire."""

    db: Database
    config: Config
    clock: Clock
    entropy: Entropy
    pace: Pace
    client: EgressClient
    tasks: asyncio.TaskGroup
    lanes: dict[str, slots.Lane] = field(default_factory=dict)
    served_last: str = ""
    under_way: set[asyncio.Task[None]] = field(default_factory=set)
    finished: list[Finished] = field(default_factory=list)
    more_to_do: asyncio.Event = field(default_factory=asyncio.Event)
    more_to_record: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: bool = False
    drained: bool = False
    tally: Tally = field(default_factory=Tally)

    async def stop_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.stopped = True
        self.more_to_do.set()

    async def work(self) -> None:
        while not self.stopped:
            self.more_to_do.clear()
            if not await self._guarded_claim():
                await self._rest(self.pace.rest_s(IDLE_S))

    async def _rest(self, at_most_s: float) -> None:
        """Until the next look at the queue, or until a slot or a result makes one worthwhile."""
        try:
            async with asyncio.timeout(at_most_s):
                await self.more_to_do.wait()
        except TimeoutError:
            pass

    async def _guarded_claim(self) -> bool:
        try:
            return await self._claim()
        except Exception as error:  # the loop outlives whatever the store does
            log.warning("delivery_claim_failed", error=type(error).__name__)
            await asyncio.sleep(STORE_PAUSE_S)
            return False

    async def _claim(self) -> bool:
        """Start what is due and has room; True if there may be more at once."""
        settings, now_us = self.config.delivery, self.clock.now_us()
        limits = slots.Limits(
            total=settings.concurrency,
            per_webhook=settings.concurrency_per_webhook,
            per_network=settings.concurrency_per_network,
            rest_after=settings.rest_after,
        )
        due = rules.with_room(await self.db.read(delivery.due_destinations, now_us), now_us)
        turn = slots.rotated(due, self.served_last)
        shares = slots.fair_shares(turn, self.lanes, limits)
        shares = dict(islice(shares.items(), DESTINATIONS_PER_CLAIM))
        if not shares:
            return False
        self.served_last = list(shares)[-1]
        per_hour = {each.destination_id: each.per_hour for each in turn if each.per_hour}
        apart = {each.destination_id: each.sandbox for each in turn if each.sandbox}
        claimed = await self.db.write(delivery.claim, self._lease(), shares, per_hour, apart)
        say_claimed(claimed)
        self.tally.claimed(claimed, now_us)
        if claimed.claims:
            self.pace.busy()
        for claim in claimed.claims:
            self._start(claim)
        return bool(claimed.claims or claimed.parked)

    def _lease(self) -> Lease:
        now_us = self.clock.now_us()
        return Lease(
            token=self.entropy.bytes(12).hex(),
            now_us=now_us,
            until_us=now_us + round(self.config.delivery.lease_s * SECOND_US),
        )

    def _start(self, claim: Claim) -> None:
        self.lanes.setdefault(claim.destination_id, slots.Lane()).under_way += 1
        task = self.tasks.create_task(self._attempt(claim))
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def _attempt(self, claim: Claim) -> None:
        started_at, started = self.clock.now_us(), self.clock.monotonic_us()
        try:
            verdict = await self._send(claim)
        except asyncio.CancelledError:
            verdict = Verdict(outcome=Outcome.ABANDONED, error=WORKER_STOPPED)
        except Exception:  # one bad row must not end the loop
            log.exception("delivery_attempt_crashed", delivery_id=claim.id)
            verdict = Verdict(outcome=Outcome.RETRY, error=CRASHED)
        duration_ms = (self.clock.monotonic_us() - started) // 1000
        if claim.kind == Kind.WEBHOOK:
            self._leave_lane(claim.destination_id, duration_ms)
        self.finished.append(self._finished(claim, verdict, started_at, duration_ms))
        self.more_to_record.set()
        self.more_to_do.set()

    async def _send(self, claim: Claim) -> Verdict:
        wire = WIRES[claim.kind]
        request = wire.request(claim, self.clock.now_us())
        if isinstance(request, Verdict):
            return request
        if claim.sandbox and not (self.config.egress.sandbox_anywhere or is_here(request.url)):
            return Verdict(outcome=Outcome.REFUSED, error=rules.SANDBOX_STAYS)
        most_s = self.config.delivery.retry_after_max_s
        try:
            answer = await self.client.send(
                request.method, request.url, request.headers, request.body, request.answer_max
            )
        except EgressError as error:
            return wire.judge(claim, error.cause, self.clock.now_us(), most_s)
        return wire.judge(claim, answer, self.clock.now_us(), most_s)

    def _leave_lane(self, destination_id: str, duration_ms: int) -> None:
        lane = self.lanes[destination_id]
        lane.under_way -= 1
        lane.prompt = slots.is_prompt(duration_ms)

    def _finished(
        self, claim: Claim, verdict: Verdict, started_at: int, duration_ms: int
    ) -> Finished:
        now_us = self.clock.now_us()
        failed = verdict.outcome is Outcome.RETRY
        step = rules.next_step(
            verdict,
            failures=claim.failures,
            schedule_s=schedule_s(self.config, claim.kind),
            now_us=now_us,
            jitter=jitter(self.entropy, rules.JITTER_STEPS) if failed else 0,
        )
        finished = Finished(
            claim=claim,
            verdict=verdict,
            step=step,
            started_at=started_at,
            ended_at=now_us,
            duration_ms=duration_ms,
            pause_until=rules.pause_until(verdict, now_us),
        )
        say_finished(finished)
        return finished

    async def record(self) -> None:
        """Write all that finished since the last write, in one transaction."""
        while not (self.drained and not self.finished):
            await self.more_to_record.wait()
            self.more_to_record.clear()
            while self.finished:
                batch = self.finished[:RESULTS_PER_WRITE]
                del self.finished[: len(batch)]
                await self._settle(batch)
                self._free_networks(batch)
                self.tally.finished(batch, self.clock.now_us())
                self.more_to_do.set()

    def _free_networks(self, batch: list[Finished]) -> None:
        """They keep their slot until the result is written: the next one may depend on it."""
        for each in batch:
            if each.claim.kind != Kind.WEBHOOK:
                self._leave_lane(each.claim.destination_id, each.duration_ms)

    async def _settle(self, batch: list[Finished]) -> None:
        """Results are kept until the store takes them; after `stop` only one more try."""
        while True:
            try:
                return await self.db.write(delivery.settle, batch, self._patience())
            except StoreUnavailable as error:
                log.warning("delivery_results_wait", count=len(batch), error=str(error))
                if self.drained:
                    return None
            except Exception:  # their leases expire, and they are sent again
                log.exception("delivery_results_lost", count=len(batch))
                return None
            await asyncio.sleep(STORE_PAUSE_S)

    def _patience(self) -> Patience:
        settings = self.config.delivery
        return Patience(
            disable_after=settings.disable_after,
            rest_after=settings.rest_after,
            rest_us=round(settings.rest_s * SECOND_US),
        )

    async def drain(self) -> None:
        """What does not end in time is recorded as abandoned and due again."""
        if self.under_way:
            await asyncio.wait(self.under_way, timeout=DRAIN_S)
        left = list(self.under_way)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
        self.drained = True
        self.more_to_record.set()
