"""How attempts under way at once are shared among destinations."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from headwater.delivery.model import Due, Kind

PROMPT_MS = 1000
KEPT_SHARE = 8  # of the slots, so much is for destinations with nothing under way


@dataclass(slots=True, kw_only=True)
class Lane:
    """Attempts of one destination under way. Prompt: its last one ended quickly; earned, not
    given.
    """

    under_way: int = 0
    prompt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`rest_after`: a destination that failed so often in a row gets one attempt at a time."""

    total: int
    per_webhook: int
    per_network: int = 1
    rest_after: int = 0

    @property
    def slow(self) -> int:
        """Receivers that are slow or unknown share this many, so that they never hold all."""
        return max(1, self.total // 2)

    def of(self, due: Due) -> int:
        """Attempts this destination may have under way."""
        if self.rest_after and due.failing >= self.rest_after:
            return 1
        return self.per_webhook if due.kind == Kind.WEBHOOK else self.per_network


def is_prompt(duration_ms: int) -> bool:
    return duration_ms <= PROMPT_MS


def fair_shares(due: Sequence[Due], lanes: Mapping[str, Lane], limits: Limits) -> dict[str, int]:
    """How many each due destination may start now: one each in turn, until none is left to give.
    The last ones of all slots, and of those that slow ones share, are only given to who has
    nothing under way: however many of some, prompt until now, begin to hang, another is served.
    """
    left = limits.total - sum(lane.under_way for lane in lanes.values())
    slow_left = limits.slow - sum(lane.under_way for lane in lanes.values() if not lane.prompt)
    shares: dict[str, int] = {}
    for name, prompt, is_first in _in_turns(due, lanes, limits):
        if left <= 0:
            break
        kept, slow_kept = (0, 0) if is_first else (_kept(limits.total), _kept(limits.slow))
        if left > kept and (prompt or slow_left > slow_kept):
            shares[name] = shares.get(name, 0) + 1
            left -= 1
            slow_left -= not prompt
    return shares


def _kept(slots: int) -> int:
    return slots // KEPT_SHARE


def _in_turns(
    due: Sequence[Due], lanes: Mapping[str, Lane], limits: Limits
) -> Iterator[tuple[str, bool, bool]]:
    """Name, whether it is prompt, and whether this would be all it has under way."""
    unknown = Lane()
    rows = [(each, lanes.get(each.destination_id, unknown), limits.of(each)) for each in due]
    for turn in range(max((most for _, _, most in rows), default=0)):
        for each, lane, most in rows:
            if lane.under_way + turn < most:
                yield each.destination_id, lane.prompt, lane.under_way + turn == 0


def rotated(due: Sequence[Due], after: str) -> list[Due]:
    """The same destinations, beginning behind the one served last."""
    ordered = sorted(due, key=lambda each: each.destination_id)
    start = bisect_right(ordered, after, key=lambda each: each.destination_id)
    return ordered[start:] + ordered[:start]
