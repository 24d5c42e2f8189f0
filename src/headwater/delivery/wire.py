"""What a kind of destination is to the worker: pure functions around one exchange."""

from collections.abc import Callable
from dataclasses import dataclass, field

from headwater.delivery import rules
from headwater.delivery.model import Claim, Kind, Outcome, Verdict
from headwater.delivery.submission_model import Look, Settlement
from headwater.kit.targets import Answer, Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`answer_max`: bytes of the answer that have to be read; None: as many as is set."""

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    answer_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a network says of a submission. `pause_s`: it wants to be left alone so long."""

    settlement: Settlement
    reason: str | None = None
    pause_s: int | None = None


def unsent(claim: Claim) -> Verdict | None:
    """Why nothing can be sent any more, whatever the kind; None where something can."""
    if claim.deleted:
        webhook = claim.kind == Kind.WEBHOOK
        error = rules.WEBHOOK_DELETED if webhook else rules.DESTINATION_DELETED
        return Verdict(outcome=Outcome.REFUSED, error=error)
    if claim.body is None:
        return Verdict(outcome=Outcome.REFUSED, error=rules.BODY_ERASED)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """`request`: the call to make, or why none can be made any more; `judge`: what its answer
    means, at a time and with a bound on how long we may be asked to wait. `question`, `hear`: the
    same of what was taken and is settled later; None where nothing is. `describe`: what a log may
    say of a delivery besides its ids.
    """

    request: Callable[[Claim, int], Request | Verdict]
    judge: Callable[[Claim, Answer | Cause, int, int], Verdict]
    question: Callable[[Look], Request] | None = None
    hear: Callable[[Look, Answer | Cause, int, int], Said] | None = None
    describe: Callable[[Claim], dict[str, object]] | None = None
