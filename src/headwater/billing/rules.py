"""What becomes of an event, and when it is tried again. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.billing.model import Event, Reason, State
from headwater.kit.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US

# Stripe sends for three days what was not answered with 200; a payment may be that much later than
# its refund.
PAYMENT_PATIENCE_US = 7 * DAY_US
# What a discount is called comes with the events of the same checkout.
CODE_PATIENCE_US = 10 * MINUTE_US
_FIRST_US, _LAST_US = SECOND_US, HOUR_US
_DOUBLINGS = 12  # beyond an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`token` is what would make it worth another try at once; of what is ignored, another try."""

    state: State
    reason: Reason | None = None
    token: str | None = None
    results: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def applied(results: Sequence[tuple[str, str]]) -> "Outcome":
        return Outcome(state=State.APPLIED, results=tuple(results))

    @staticmethod
    def ignored(reason: Reason, token: str | None = None) -> "Outcome":
        return Outcome(state=State.IGNORED, reason=reason, token=token)

    @staticmethod
    def failed(reason: Reason) -> "Outcome":
        return Outcome(state=State.FAILED, reason=reason)

    @staticmethod
    def waits(
        reason: Reason, token: str | None = None, results: Sequence[tuple[str, str]] = ()
    ) -> "Outcome":
        return Outcome(state=State.WAITING, reason=reason, token=token, results=tuple(results))


def waits_still(event: Event, now_us: int, patience_us: int = PAYMENT_PATIENCE_US) -> bool:
    """Whether what it waits for may still come."""
    return now_us < event.received_at + patience_us


def next_try(tries: int, now_us: int) -> int:
    """Sooner at first; also without a word of ours, as customers become known by other ways."""
    return now_us + min(_FIRST_US << min(tries, _DOUBLINGS), _LAST_US)
