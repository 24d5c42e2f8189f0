"""What an answer means, when to try again, and how attempts are shared among webhooks."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import assert_never

from headwater.delivery.model import Dead, Delivered, Finished, Outcome, Retry, Run, Step, Verdict
from headwater.kit.clock import SECOND_US
from headwater.kit.targets import Cause

RETRIED = frozenset({408, 425, 429})
THROTTLED = frozenset({429, 503})
FINAL_CAUSES = frozenset({Cause.BAD_URL, Cause.PRIVATE_ADDRESS})
JITTER_STEPS = 1_000_000
JITTER_SHARE = 10  # a wait is lengthened by up to a tenth
DIGITS_MAX = 9
PROMPT_MS = 1000

SCHEDULE_EXHAUSTED = "schedule_exhausted"
WEBHOOK_DELETED = "webhook_deleted"
BODY_ERASED = "body_erased"


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
            return _after_failure(verdict, failures + 1, schedule_s, now_us, jitter)
        case unknown:
            assert_never(unknown)


def _after_failure(
    verdict: Verdict, failures: int, schedule_s: Sequence[float], now_us: int, jitter: int
) -> Step:
    if failures > len(schedule_s):
        return Dead(reason=f"{SCHEDULE_EXHAUSTED}: {verdict.error}")
    wait_us = max(
        lengthened(round(schedule_s[failures - 1] * SECOND_US), jitter),
        (verdict.retry_after_s or 0) * SECOND_US,
    )
    return Retry(at=now_us + wait_us, failures=failures)


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
    """What a batch of attempts says of each webhook's health, in fixed order. An attempt that was
    never made, or that we gave up, says nothing.
    """
    made: dict[str, Run] = {}
    for result in results:
        known = made.get(result.claim.webhook_id)
        before = known or Run(webhook_id=result.claim.webhook_id, succeeded=False, failed=0)
        if result.verdict.outcome is Outcome.DELIVERED:
            made[before.webhook_id] = replace(before, succeeded=True, failed=0)
        elif result.verdict.outcome is not Outcome.ABANDONED and _was_sent(result.verdict):
            made[before.webhook_id] = replace(before, failed=before.failed + 1)
    return [made[webhook_id] for webhook_id in sorted(made)]


def _was_sent(verdict: Verdict) -> bool:
    return verdict.error not in (WEBHOOK_DELETED, BODY_ERASED)


def pause_until(verdict: Verdict, now_us: int) -> int | None:
    """A receiver that says when it has room again gets nothing at all before that."""
    if verdict.status not in THROTTLED or not verdict.retry_after_s:
        return None
    return now_us + verdict.retry_after_s * SECOND_US


@dataclass(slots=True, kw_only=True)
class Lane:
    """Attempts of one webhook under way. Prompt: its last one ended quickly; earned, not given."""

    under_way: int = 0
    prompt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    total: int
    per_webhook: int

    @property
    def slow(self) -> int:
        """Receivers that are slow or unknown share this many, so that they never hold all."""
        return max(1, self.total // 2)


def is_prompt(duration_ms: int) -> bool:
    return duration_ms <= PROMPT_MS


def fair_shares(due: Sequence[str], lanes: Mapping[str, Lane], limits: Limits) -> dict[str, int]:
    """How many each due webhook may start now: one each in turn, until nothing is left to give."""
    left = limits.total - sum(lane.under_way for lane in lanes.values())
    slow_left = limits.slow - sum(lane.under_way for lane in lanes.values() if not lane.prompt)
    shares: dict[str, int] = {}
    for webhook, prompt in _in_turns(due, lanes, limits.per_webhook):
        if left <= 0:
            break
        if prompt or slow_left > 0:
            shares[webhook] = shares.get(webhook, 0) + 1
            left -= 1
            slow_left -= not prompt
    return shares


def _in_turns(
    due: Sequence[str], lanes: Mapping[str, Lane], per_webhook: int
) -> Iterator[tuple[str, bool]]:
    unknown = Lane()
    for turn in range(per_webhook):
        for webhook in due:
            lane = lanes.get(webhook, unknown)
            if lane.under_way + turn < per_webhook:
                yield webhook, lane.prompt


def rotated(due: Sequence[str], after: str) -> list[str]:
    """The same webhooks, beginning behind the one served last."""
    ordered = sorted(due)
    start = bisect_right(ordered, after)
    return ordered[start:] + ordered[:start]
