"""What the worker says of deliveries: each step of a report, and of all of them how many."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from headwater.delivery import (
    PARENT_DEAD,
    WEBHOOK_DELETED,
    Claim,
    Claimed,
    Dead,
    Delivered,
    Finished,
    Kind,
)
from headwater.kit.clock import MINUTE_US
from headwater.worker.wires import WIRES

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Tally:
    """How many deliveries came to what, said once a minute where there were any (A-110)."""

    counted: Counter[str] = field(default_factory=Counter)
    until: int = 0

    def claimed(self, claimed: Claimed, now_us: int) -> None:
        self.counted["claimed"] += len(claimed.claims)
        self.counted["reclaimed"] += len(claimed.expired)
        self.counted["orphaned"] += len(claimed.orphaned)
        self._say_at_times(now_us)

    def finished(self, batch: Sequence[Finished], now_us: int) -> None:
        delivered = sum(isinstance(each.step, Delivered) for each in batch)
        failed = sum(isinstance(each.step, Dead) for each in batch)
        self.counted["delivered"] += delivered
        self.counted["failed"] += failed
        self.counted["retried"] += len(batch) - delivered - failed
        self._say_at_times(now_us)

    def _say_at_times(self, now_us: int) -> None:
        if now_us < self.until:
            return
        if self.until:
            self.say()
        self.until = now_us + MINUTE_US

    def say(self) -> None:
        if self.counted.total():
            log.info("deliveries_counted", **self.counted)
        self.counted.clear()


def say_claimed(claimed: Claimed) -> None:
    """What was taken over and what will never go is told of all; the rest of reports alone (A-108):
    webhooks get thousands in a second, and their attempts are in the store.
    """
    for each in claimed.expired:
        log.warning("delivery_reclaimed", delivery_id=each.id, kind=each.kind)
    for each in claimed.orphaned:
        log.warning(
            "delivery_dead", delivery_id=each.id, reason=PARENT_DEAD, parent_id=each.parent_id
        )
    for each in claimed.claims:
        if each.kind != Kind.WEBHOOK:
            log.info("report_claimed", **_named(each))


def say_finished(finished: Finished) -> None:
    """Who deletes a webhook gives up all that waited for it: those are only counted."""
    claim, verdict, step = finished.claim, finished.verdict, finished.step
    if isinstance(step, Dead) and verdict.error != WEBHOOK_DELETED:
        log.warning("delivery_dead", delivery_id=claim.id, reason=step.reason)
    if claim.kind == Kind.WEBHOOK:
        return
    event = "report_delivered" if isinstance(step, Delivered) else "report_failed"
    level = log.info if isinstance(step, Delivered) else log.warning
    level(
        event,
        **_named(claim),
        outcome=verdict.outcome.value,
        status=verdict.status,
        error=verdict.error,
        reference=verdict.reference,
        duration_ms=finished.duration_ms,
    )


def _named(claim: Claim) -> dict[str, object]:
    describe = WIRES[claim.kind].describe
    return (describe(claim) if describe else {}) | {
        "delivery_id": claim.id,
        "parent_id": claim.parent_id,
        "destination_id": claim.destination_id,
        "kind": claim.kind,
        "order_key": claim.order_key,
        "natural_key": claim.natural_key,
        "failures": claim.failures,
    }
