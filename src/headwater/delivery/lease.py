"""The worker's two scripts: take what is due, record what became of it; and what holds while a
sandbox's clock is moved.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from headwater.db import Write
from headwater.delivery import lane_queue_sql, queue_sql, rules, submission_sql
from headwater.delivery.model import (
    UNORDERED,
    Claim,
    Claimed,
    Finished,
    Kind,
    Lease,
    Outcome,
    Patience,
    Retry,
)
from headwater.delivery.queue_sql import Candidate
from headwater.delivery.submission_model import Settlement
from headwater.kit.clock import HOUR_US, MINUTE_US
from headwater.kit.context import Context

T = TypeVar("T")

LOOK_AHEAD = 64  # rows read beyond a share, to get past those that wait for their predecessor
CROWD = 16  # so many among them that wait for one customer's first, and the rest are parked too
CROWD_MAX = 1000
LEASE_EXPIRED = "lease_expired"
FIRST_LOOK_US = MINUTE_US  # a network works through what it took in its own time


def claim(
    tx: Write,
    lease: Lease,
    shares: Mapping[str, int],
    per_hour: Mapping[str, int] | None = None,
    sandboxes: Mapping[str, str] | None = None,
) -> Claimed:
    """Lease up to `shares[destination]` due deliveries each, and no more than what it takes in an
    hour. `sandboxes`: the workspaces of destinations whose clock is not ours.

    A message whose customer has an earlier one waiting is parked until that one is settled; a dead
    letter counts as settled. One with a parent goes when its gate is open, or never.
    """
    apart = sandboxes or {}
    live = {name: share for name, share in shares.items() if name not in apart}
    piles = [_sorted(tx, lease, lease.now_us, live, per_hour or {})]
    for workspace_id in sorted({apart[name] for name in shares if name in apart}):
        tx.lock(f"clock:{workspace_id}")  # as `keep_leases`
        own = {name: share for name, share in shares.items() if apart.get(name) == workspace_id}
        theirs = rules.lease_ahead(lease, queue_sql.ahead(tx, workspace_id))
        piles.append(_sorted(tx, theirs, lease.now_us, own, per_hour or {}))
    return Claimed(
        claims=tuple(each for pile in piles for each in pile.taken),
        parked=sum(len(e.blocked) + len(e.gated) + len(e.orphans) for e in piles),
        expired=tuple(each for pile in piles for each in pile.expired),
        orphaned=tuple(each for pile in piles for each in pile.orphans),
    )


def keep_leases(tx: Write, ctx: Context, by_us: int, move: Callable[[], T]) -> T:
    """While `move` moves the clock of a sandbox so far: leases last as long as in real time, and
    none is given meanwhile.
    """
    tx.lock(f"clock:{ctx.workspace_id}")
    moved = move()
    queue_sql.move_leases(tx, ctx.workspace_id, by_us)
    return moved


def _sorted(
    tx: Write, lease: Lease, real_us: int, shares: Mapping[str, int], per_hour: Mapping[str, int]
) -> "_Piles":
    """Of destinations on one clock. What a network takes in an hour is counted in real time."""
    piles = _Piles()
    for destination_id, share in sorted(shares.items()):
        pace = per_hour.get(destination_id)
        spent = 0 if pace is None else lane_queue_sql.spent(tx, destination_id)
        room = share if pace is None else min(share, rules.allowed(pace, spent, real_us))
        if room <= 0:
            continue
        before = len(piles.taken)
        found = queue_sql.candidates(
            tx, destination_id, lease.token, lease.now_us, room + LOOK_AHEAD
        )
        left_over = room if pace is None else rules.left_over(pace, spent, real_us)
        piles.sort_in(found, lease, room, left_over)
        taken = len(piles.taken) - before
        if pace is not None and taken:
            until = rules.spent(pace, spent, real_us, taken)
            lane_queue_sql.spend(tx, destination_id, until)
    _write(tx, piles, lease)
    piles.taken = list(_with_bodies(tx, piles.taken))
    return piles


@dataclass(slots=True, kw_only=True)
class _Piles:
    """What was looked at, by what becomes of it."""

    taken: list[Claim] = field(default_factory=list)
    orphans: list[Claim] = field(default_factory=list)
    blocked: list[dict[str, int]] = field(default_factory=list)
    crowds: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    gated: list[dict[str, int]] = field(default_factory=list)
    expired: list[Claim] = field(default_factory=list)

    def sort_in(self, found: Sequence[Candidate], lease: Lease, share: int, left_over: int) -> None:
        """In order, and what gives way behind all else, as long as something is left over; what is
        beyond the share is left as it is.
        """
        left = share
        for each in sorted(found, key=lambda own: own.claim.gives_way):
            opens = None if each.gate is None else rules.opens_at(each.gate, lease.now_us)
            if isinstance(opens, rules.Shut):
                self.orphans.append(each.claim)
            elif each.head_next_at is not None:
                head = each.head_next_at
                until = head if head > lease.now_us else lease.until_us
                self.blocked.append(_until(each, until))
                self.crowds[each.claim.destination_id, each.claim.order_key, until] += 1
            elif opens is not None and opens > lease.now_us:
                self.gated.append(_until(each, opens))
            elif left_over <= 0 and each.claim.gives_way:
                self.gated.append(_until(each, lease.now_us + rules.LOOK_AGAIN_US))
            elif left > 0:
                left, left_over = left - 1, left_over - 1
                self.taken.append(each.claim)
            else:
                continue
            if each.lease_expired:
                self.expired.append(each.claim)


def _with_bodies(tx: Write, taken: Sequence[Claim]) -> tuple[Claim, ...]:
    said = queue_sql.bodies(tx, taken) if taken else {}
    return tuple(replace(each, body=said.get(each.message_id)) for each in taken)


def _until(candidate: Candidate, until_us: int) -> dict[str, int]:
    return {
        "position": candidate.claim.position,
        "seen": candidate.seen_next_at,
        "until": until_us,
    }


def _write(tx: Write, piles: _Piles, lease: Lease) -> None:
    if piles.expired:
        queue_sql.log_attempts(tx, [_abandoned(each, lease.now_us) for each in piles.expired])
    if piles.blocked:
        queue_sql.park(tx, piles.blocked)
    for (destination_id, order_key, until_us), count in sorted(piles.crowds.items()):
        if count >= CROWD:
            others = queue_sql.crowd(tx, destination_id, order_key, lease.now_us, CROWD_MAX)
            queue_sql.park_crowd(tx, others, min(until_us, lease.now_us + HOUR_US))
    if piles.gated:
        queue_sql.put_off(tx, piles.gated)
    if piles.orphans:
        queue_sql.bury_orphans(tx, piles.orphans)
        _let_follow(tx, piles.orphans, lease.now_us)
    if piles.taken:
        queue_sql.lease(tx, piles.taken, lease.until_us)


def _abandoned(claim: Claim, now_us: int) -> dict[str, object]:
    return {
        "delivery_id": claim.id,
        "workspace_id": claim.workspace_id,
        "at": now_us,
        "duration_ms": 0,
        "status": None,
        "outcome": Outcome.ABANDONED.value,
        "error": LEASE_EXPIRED,
    }


def settle(tx: Write, results: Sequence[Finished], patience: Patience = Patience()) -> None:  # noqa: B008 - frozen
    """Record a batch of attempts, and let what waited for them go: the next message of each
    customer, and what hangs on them. What was sent for a sandbox is dated by its clock.
    """
    live = [each for each in results if not each.claim.sandbox]
    if live:
        _settle(tx, live, patience)
    for workspace_id in sorted({e.claim.workspace_id for e in results if e.claim.sandbox}):
        ahead = queue_sql.ahead(tx, workspace_id)
        own = [
            rules.finished_ahead(each, ahead)
            for each in results
            if each.claim.sandbox and each.claim.workspace_id == workspace_id
        ]
        _settle(tx, own, patience)


def _settle(tx: Write, results: Sequence[Finished], patience: Patience) -> None:
    queue_sql.settle(tx, results)
    queue_sql.log_attempts(tx, [_logged(result) for result in results])
    now_us = results[-1].ended_at
    taken = [each for each in results if each.verdict.reference is not None]
    if taken:
        submission_sql.begin(tx, [_submitted(each) for each in taken])
    done = [each.claim for each in results if not isinstance(each.step, Retry)]
    if done:
        _let_follow(tx, done, now_us)
    for result in results:
        owner = result.claim.destination_id
        if result.pause_until is not None:
            lane_queue_sql.pause(tx, owner, result.pause_until)
        if result.verdict.switch_off:
            reason = result.verdict.error or Outcome.REFUSED.value
            lane_queue_sql.switch_off(tx, owner, result.ended_at, reason)
    for run in rules.runs(results):
        lane_queue_sql.count_failures(tx, run, now_us, patience)


def _let_follow(tx: Write, done: Sequence[Claim], now_us: int) -> None:
    ordered = [each for each in done if each.order_key != UNORDERED]
    if ordered:
        queue_sql.wake(tx, ordered, now_us)
    reports = [each for each in done if each.kind != Kind.WEBHOOK]
    if reports:
        queue_sql.open_gates(tx, [{"parent_id": each.id, "now": now_us} for each in reports])


def _submitted(result: Finished) -> dict[str, object]:
    state = Settlement.ACCEPTED if result.verdict.settled else Settlement.PENDING
    return {
        "delivery_id": result.claim.id,
        "workspace_id": result.claim.workspace_id,
        "destination_id": result.claim.destination_id,
        "reference": result.verdict.reference,
        "state": state.value,
        "now": result.ended_at,
        "look_at": None if result.verdict.settled else result.ended_at + FIRST_LOOK_US,
        "settled_at": result.ended_at if result.verdict.settled else None,
    }


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
