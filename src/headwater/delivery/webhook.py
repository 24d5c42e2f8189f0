"""The webhook destination: what is sent, and what the answer means."""

from headwater.delivery import rules
from headwater.delivery.model import Claim, Outcome, Verdict
from headwater.delivery.wire import Request, Wire, unsent
from headwater.kit.clock import SECOND_US
from headwater.kit.signing import signed_headers
from headwater.kit.targets import Answer, Cause


def request(claim: Claim, now_us: int) -> Request | Verdict:
    """The call to make, or why none can be made any more."""
    if (nothing := unsent(claim)) is not None:
        return nothing
    assert claim.body is not None
    body = claim.body.encode()
    keys = [claim.secret]
    if claim.old_secret and (claim.old_secret_until or 0) > now_us:
        keys.append(claim.old_secret)
    headers = signed_headers(keys, claim.message_id, now_us // SECOND_US, body)
    headers["content-type"] = "application/json"
    return Request(method="POST", url=claim.url, headers=headers, body=body)


def judge(_claim: Claim, answer: Answer | Cause, now_us: int, retry_after_max_s: int) -> Verdict:
    """Only the status decides; a webhook's body is never read, kept or logged."""
    if isinstance(answer, Cause):
        return Verdict(outcome=rules.judge(answer), error=answer.value)
    outcome = rules.judge(answer.status)
    return Verdict(
        outcome=outcome,
        status=answer.status,
        error=None if outcome is Outcome.DELIVERED else f"http_{answer.status}",
        retry_after_s=rules.retry_after_s(answer.retry_after, now_us, retry_after_max_s),
    )


WEBHOOK_WIRE = Wire(request=request, judge=judge)
