"""What an answer means, when to try again, and when what may go."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import assert_never

from headwater.delivery.model import (
    Dead,
    Delivered,
    Due,
    Finished,
    Lease,
    Outcome,
    Retry,
    Run,
    State,
    Step,
    Verdict,
)
from headwater.delivery.submission_model import Looked, Settlement
from headwater.kit.clock import HOUR_US, SECOND_US
from headwater.kit.targets import Cause

RETRIED = frozenset({408, 425, 429})
THROTTLED = frozenset({429, 503})
FINAL_CAUSES = frozenset({Cause.BAD_URL, Cause.PRIVATE_ADDRESS})
JITTER_STEPS = 1_000_000
JITTER_SHARE = 10  # a wait is lengthened by up to a tenth
DIGITS_MAX = 9

SCHEDULE_EXHAUSTED = "schedule_exhausted"
WEBHOOK_DELETED = "webhook_deleted"
DESTINATION_DELETED = "destination_deleted"
BODY_ERASED = "body_erased"
PARENT_DEAD = "parent_dead"
SANDBOX_STAYS = "sandbox_stays_here"
NOT_WANTED = "not_wanted"
UNSENT = frozenset({WEBHOOK_DELETED, DESTINATION_DELETED, BODY_ERASED, SANDBOX_STAYS, NOT_WANTED})

BURST_SHARE = 10  # of what a network takes in an hour, so much may go at once
LOOK_AGAIN_US = 60 * SECOND_US  # at a gate that opens when somebody else says so


def judge(answer: int | Cause) -> Outcome:
    """What a status, or the lack of one, means for the delivery."""
    if isinstance(answer, Cause):
        return Outcome.REFUSED if answer in FINAL_CAUSES else Outcome.RETRY
    if 200 <= answer < 300:
        return Outcome.DELIVERED
    return Outcome.RETRY if answer >= 500 or answer in RETRIED else Outcome.REFUSED


def next_step(
    verdict: Verdict, *, failures: int, schedule_s: Sequence[float], now_us: int, jitter: int
) -> Step:
    """`failures` counts failed attempts before this one; `jitter` is in 0..JITTER_STEPS."""
    match verdict.outcome:
        case Outcome.DELIVERED:
            return Delivered()
        case Outcome.REFUSED:
            return Dead(reason=verdict.error or Outcome.REFUSED)
        case Outcome.ABANDONED:
            return Retry(at=now_us, failures=failures)
        case Outcome.RETRY:
            return _after_failure(verdict, failures, schedule_s, now_us, jitter)
        case unknown:
            assert_never(unknown)


def _after_failure(
    verdict: Verdict, before: int, schedule_s: Sequence[float], now_us: int, jitter: int
) -> Step:
    """One that was deferred has not failed: it keeps its place in the schedule (A-83)."""
    failures = before if verdict.deferred else before + 1
    if failures > len(schedule_s):
        return Dead(reason=f"{SCHEDULE_EXHAUSTED}: {verdict.error}")
    asked_us = (verdict.retry_after_s or 0) * SECOND_US
    if verdict.deferred and asked_us:
        return Retry(at=now_us + asked_us, failures=failures)
    wait_us = lengthened(round(schedule_s[max(0, failures - 1)] * SECOND_US), jitter)
    return Retry(at=now_us + max(wait_us, asked_us), failures=failures)


def lengthened(wait_us: int, jitter: int) -> int:
    return wait_us + wait_us * jitter // (JITTER_SHARE * JITTER_STEPS)


def retry_after_s(header: str | None, now_us: int, most_s: int) -> int | None:
    """Seconds a receiver asks us to wait, at most `most_s`; None where that is not legible."""
    text = (header or "").strip()
    if text.isascii() and text.isdecimal():
        return min(int(text), most_s) if len(text) <= DIGITS_MAX else most_s
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    wait_us = int(moment.timestamp()) * SECOND_US - now_us
    return max(0, min(-(-wait_us // SECOND_US), most_s))


def runs(results: Sequence[Finished]) -> list[Run]:
    """What a batch of attempts says of each destination's health, in fixed order. An attempt that
    was never made, that we gave up, or that was only deferred, says nothing.
    """
    made: dict[str, Run] = {}
    for result in results:
        owner, verdict = result.claim.destination_id, result.verdict
        before = made.get(owner) or Run(destination_id=owner, succeeded=False, failed=0)
        if verdict.outcome is Outcome.DELIVERED:
            made[owner] = replace(before, succeeded=True, failed=0, down=False)
        elif verdict.outcome is not Outcome.ABANDONED and _counts(verdict):
            down = verdict.outcome is Outcome.RETRY
            made[owner] = replace(before, failed=before.failed + 1, down=down)
    return [made[destination_id] for destination_id in sorted(made)]


def _counts(verdict: Verdict) -> bool:
    return verdict.error not in UNSENT and not verdict.deferred


def pause_until(verdict: Verdict, now_us: int) -> int | None:
    """A receiver that says when it has room again gets nothing at all before that."""
    wait_s = verdict.retry_after_s if verdict.status in THROTTLED else verdict.rest_s
    return now_us + wait_s * SECOND_US if wait_s else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What a delivery's parent has come to. `settled`: what became of it there, where that counts
    and is known; None: it does not count, or it never had a name there.
    """

    parent: State
    delivered_at: int | None
    gap_us: int
    settled: str | None = None


class Shut:
    """The gate never opens: the parent was given up (A-63, A-93)."""


def opens_at(gate: Gate, now_us: int) -> int | Shut:
    """When a child may go: never where its parent was given up, not while the parent waits or the
    network works on it (A-94), and then a gap after the parent was delivered (A-54 to A-58).
    """
    if gate.parent in (State.DEAD, State.SKIPPED):
        return Shut()
    waits = gate.parent is State.WAITING or gate.delivered_at is None
    if waits or gate.settled == Settlement.PENDING:
        return now_us + LOOK_AGAIN_US
    assert gate.delivered_at is not None
    return gate.delivered_at + gate.gap_us


def allowed(per_hour: int, spent_until: int, now_us: int) -> int:
    """Requests that may go now, so that no hour, wherever it begins, holds more than `per_hour`: a
    tenth at once, the rest spread over the hour.
    """
    burst, every_us = _pace(per_hour)
    return max(0, (burst * every_us - max(0, spent_until - now_us)) // every_us)


def spare(per_hour: int, spent_until: int, now_us: int) -> int:
    """Of those, what may be spent on questions: half of a burst stays for what is to be told."""
    return allowed(per_hour, spent_until, now_us) - _pace(per_hour)[0] // 2


def left_over(per_hour: int, spent_until: int, now_us: int) -> int:
    """Of those, what visits may take: a quarter of a burst stays for questions."""
    return spare(per_hour, spent_until, now_us) - _pace(per_hour)[0] // 4


def spare_in(per_hour: int, spent_until: int, now_us: int) -> int:
    """How long until `spare` has one."""
    burst, every_us = _pace(per_hour)
    return max(0, spent_until - now_us - (burst - burst // 2 - 1) * every_us)


def spent(per_hour: int, spent_until: int, now_us: int, requests: int) -> int:
    return max(spent_until, now_us) + requests * _pace(per_hour)[1]


def _pace(per_hour: int) -> tuple[int, int]:
    """How many at once, and how long one of them takes to come back."""
    burst = max(1, per_hour // BURST_SHARE)
    return burst, -(-HOUR_US // max(1, per_hour - burst))


def lease_ahead(lease: Lease, by_us: int) -> Lease:
    """The same on a clock that is so far ahead."""
    return replace(lease, now_us=lease.now_us + by_us, until_us=lease.until_us + by_us)


def finished_ahead(result: Finished, by_us: int) -> Finished:
    """As `lease_ahead`."""
    step, pause_until = result.step, result.pause_until
    return replace(
        result,
        step=replace(step, at=step.at + by_us) if isinstance(step, Retry) else step,
        started_at=result.started_at + by_us,
        ended_at=result.ended_at + by_us,
        pause_until=None if pause_until is None else pause_until + by_us,
    )


def looked_ahead(looked: Looked, by_us: int) -> Looked:
    """As `lease_ahead`."""
    again_at, pause_until = looked.again_at, looked.pause_until
    return replace(
        looked,
        at=looked.at + by_us,
        again_at=None if again_at is None else again_at + by_us,
        pause_until=None if pause_until is None else pause_until + by_us,
    )


def with_room(due: Sequence[Due], now_us: int) -> list[Due]:
    """Those whose network takes another request by now."""
    return [
        each
        for each in due
        if each.per_hour is None or allowed(each.per_hour, each.spent_until, now_us) > 0
    ]
