"""The worker's two scripts: take what is due, record what became of it."""

from collections.abc import Mapping, Sequence

from headwater.db import Write
from headwater.delivery import queue_sql, rules
from headwater.delivery.model import (
    UNORDERED,
    Claim,
    Claimed,
    Finished,
    Lease,
    Outcome,
    Retry,
)
from headwater.delivery.queue_sql import Candidate

LOOK_AHEAD = 64  # rows read beyond a share, to get past those that wait for their predecessor
LEASE_EXPIRED = "lease_expired"


def claim(tx: Write, lease: Lease, shares: Mapping[str, int]) -> Claimed:
    """Lease up to `shares[webhook]` due deliveries each.

    A message whose customer has an earlier one waiting is parked until that one is settled; a dead
    letter counts as settled.
    """
    claims: list[Claim] = []
    parked: list[dict[str, int]] = []
    expired: list[Candidate] = []
    for webhook_id, share in sorted(shares.items()):
        found = queue_sql.candidates(tx, webhook_id, lease.token, lease.now_us, share + LOOK_AHEAD)
        taken = [each for each in found if each.head_next_at is None][:share]
        blocked = [each for each in found if each.head_next_at is not None]
        claims += [each.claim for each in taken]
        parked += [_parking(each, lease) for each in blocked]
        expired += [each for each in [*taken, *blocked] if each.lease_expired]
    if expired:
        queue_sql.log_attempts(tx, [_abandoned(each, lease.now_us) for each in expired])
    if parked:
        queue_sql.park(tx, parked)
    if claims:
        queue_sql.lease(tx, claims, lease.until_us)
    return Claimed(claims=tuple(claims), parked=len(parked))


def _parking(candidate: Candidate, lease: Lease) -> dict[str, int]:
    """Until its predecessor is due, or else until a lease on that one would end."""
    head = candidate.head_next_at or 0
    return {
        "position": candidate.claim.position,
        "seen": candidate.seen_next_at,
        "until": head if head > lease.now_us else lease.until_us,
    }


def _abandoned(candidate: Candidate, now_us: int) -> dict[str, object]:
    return {
        "delivery_id": candidate.claim.id,
        "workspace_id": candidate.claim.workspace_id,
        "at": now_us,
        "duration_ms": 0,
        "status": None,
        "outcome": Outcome.ABANDONED.value,
        "error": LEASE_EXPIRED,
    }


def settle(tx: Write, results: Sequence[Finished], disable_after: int = 0) -> None:
    """Record a batch of attempts, and let the next message of each customer go. A webhook that
    fails `disable_after` times in a row is switched off; 0: never.
    """
    queue_sql.settle(tx, results)
    queue_sql.log_attempts(tx, [_logged(result) for result in results])
    done = [each for each in results if not isinstance(each.step, Retry)]
    followed = [each for each in done if each.claim.order_key != UNORDERED]
    if followed:
        queue_sql.wake(tx, followed)
    for result in results:
        if result.pause_until is not None:
            queue_sql.pause(tx, result.claim.webhook_id, result.pause_until)
    for run in rules.runs(results):
        queue_sql.count_failures(tx, run, results[-1].ended_at, disable_after)


def _logged(result: Finished) -> dict[str, object]:
    return {
        "delivery_id": result.claim.id,
        "workspace_id": result.claim.workspace_id,
        "at": result.started_at,
        "duration_ms": result.duration_ms,
        "status": result.verdict.status,
        "outcome": result.verdict.outcome.value,
        "error": result.verdict.error,
    }
