"""impact.com: what is sent, and what its answers mean. Pure; the worker does the talking."""

from typing import Any, assert_never
from urllib.parse import urlencode

import msgspec

from headwater.delivery import (
    NOT_WANTED,
    Claim,
    Look,
    Outcome,
    Request,
    Said,
    Settlement,
    Verdict,
    Wire,
    retry_after_s,
    unsent,
)
from headwater.delivery import judge as by_status
from headwater.kit.clock import iso_ms
from headwater.kit.money import exponent, rounded
from headwater.kit.targets import Answer, Cause
from headwater.reports.account import (
    MANY,
    THROTTLED_S,
    address,
    headers,
    read,
    rests_s,
    says_error,
    settings_of,
    wait_s,
)
from headwater.reports.model import Cause as ReversalCause
from headwater.reports.model import Fact, ImpactSettings, Snapshot

DECIMALS = 2  # the network's amounts have no more
REFERENCE_MAX = 255
ANSWER_MAX = 65_536  # bytes: it names what it took, and may say much besides
_NEW = "NEW"
_NOT_FOUND = 404
_UNCONFIGURED = "unconfigured"
_STATUS_ERROR = "status_error"
_NO_REFERENCE = "no_reference"
_CHANGES = {Fact.REVERSAL.value: "DELETE", Fact.CORRECTION.value: "PUT"}
_PENDING = {"QUEUED", "IN_PROGRESS", "RUNNING", "PENDING", "PROCESSING"}
_DUPLICATE = "CONV_DUPLICATE"
_TRACKED = (Fact.SALE, Fact.REVERSAL, Fact.CORRECTION)  # of no use unless they can be found again


def request(claim: Claim, _now_us: int) -> Request | Verdict:
    """The call to make, or why none can be made."""
    if (nothing := unsent(claim)) is not None:
        return nothing
    settings, snapshot = settings_of(claim.settings), _snapshot(claim.body)
    known = snapshot is not None and _tracker(settings, snapshot.kind) is not None
    if claim.ready and snapshot is not None and snapshot.kind == Fact.VISIT and not known:
        return Verdict(outcome=Outcome.REFUSED, error=NOT_WANTED)
    if not claim.ready or snapshot is None or not known:
        return Verdict(outcome=Outcome.ABANDONED, error=_UNCONFIGURED)
    said = headers(settings, claim.secret)
    if (method := _CHANGES.get(snapshot.kind)) is not None:
        said["content-type"] = "application/x-www-form-urlencoded"
        body = urlencode(_told(settings, snapshot)).encode()
        return _asked(method, address(settings, "Actions"), said, body)
    said["content-type"] = "application/json"
    body = msgspec.json.encode(_told(settings, snapshot))
    return _asked("POST", address(settings, "Conversions"), said, body)


def _asked(method: str, url: str, said: dict[str, str], body: bytes) -> Request:
    return Request(method=method, url=url, headers=said, body=body, answer_max=ANSWER_MAX)


def payload(settings: str, body: str) -> dict[str, Any] | None:
    """What is sent, for people to read; None where it cannot be read any more."""
    snapshot = _snapshot(body)
    if snapshot is None:
        return None
    return _told(settings_of(settings), snapshot)


def _told(settings: ImpactSettings, said: Snapshot) -> dict[str, Any]:
    makers = {
        Fact.VISIT.value: _visit,
        Fact.REVERSAL.value: _reversal,
        Fact.CORRECTION.value: _correction,
    }
    return makers.get(said.kind, _conversion)(settings, said)


def describe(claim: Claim) -> dict[str, object]:
    """For the log (A-109): no click id, no customer, only whether there is one."""
    said = _snapshot(claim.body)
    if said is None:
        return {}
    return {
        "tracker": _tracker(settings_of(claim.settings), said.kind),
        "order_id": said.order_id,
        "has_click_id": said.click_id is not None,
    }


def _conversion(settings: ImpactSettings, said: Snapshot) -> dict[str, Any]:
    """In the order of the network's own documents; what is not known is left out."""
    fields: dict[str, Any] = {
        "CampaignId": settings.program_id,
        "ActionTrackerId": _tracker(settings, said.kind),
        "EventDate": iso_ms(said.at),
        "OrderId": said.order_id,
        "ClickId": said.click_id,
        "CustomerId": said.customer_id,
        "CustomerEmail": said.customer_email,
        "CustomerStatus": None if said.kind == Fact.SALE else _NEW,
        "OrderPromoCode": said.promo_code,
    }
    if said.kind == Fact.SALE:
        assert said.amount is not None
        assert said.currency is not None
        category = settings.categories.get(said.plan or "", said.plan or settings.default_category)
        fields |= {
            "CurrencyCode": said.currency.upper(),
            "ItemSku1": said.plan,
            "ItemName1": category,
            "ItemCategory1": category,
            "ItemQuantity1": 1,
            "ItemSubTotal1": decimal(said.amount, said.currency),
        }
    return {name: value for name, value in fields.items() if value is not None}


def _visit(settings: ImpactSettings, said: Snapshot) -> dict[str, Any]:
    """Nothing else, whatever it was corrected to (A-40)."""
    return {
        "CampaignId": settings.program_id,
        "ActionTrackerId": settings.trackers.visit,
        "EventDate": iso_ms(said.at),
        "OrderId": said.order_id,
        "ClickId": said.click_id,
    }


def _reversal(settings: ImpactSettings, said: Snapshot) -> dict[str, Any]:
    """The whole action, found by our own order id; so no amount is sent (A-88, A-97)."""
    refunded = said.cause == ReversalCause.REFUND
    return {
        "ActionTrackerId": settings.trackers.sale,
        "OrderId": said.order_id,
        "DispositionCode": settings.refund_code if refunded else settings.dispute_code,
    }


def _correction(settings: ImpactSettings, said: Snapshot) -> dict[str, Any]:
    """What the action comes to now, not what is taken off: said twice, it is the same."""
    assert said.amount is not None
    assert said.currency is not None
    return {
        "ActionTrackerId": settings.trackers.sale,
        "OrderId": said.order_id,
        "Reason": settings.correction_code,
        "Amount": decimal(said.amount, said.currency),
    }


def decimal(amount: int, currency: str) -> str:
    """`29.00`; `2900` where the currency has no smaller coin (A-42)."""
    digits = exponent(currency)
    if digits > DECIMALS:
        amount, digits = rounded(amount, 10 ** (digits - DECIMALS)), DECIMALS
    whole, minor = divmod(amount, 10**digits)
    return f"{whole}.{minor:0{digits}d}" if digits else str(whole)


def _tracker(settings: ImpactSettings, kind: str) -> int | None:
    trackers = settings.trackers
    match Fact(kind):
        case Fact.VISIT:
            return trackers.visit
        case Fact.SIGNUP:
            return trackers.signup
        case Fact.TRIAL_START:
            return trackers.trial_start
        case Fact.TRIAL_END:
            return trackers.trial_end
        case Fact.SALE | Fact.REVERSAL | Fact.CORRECTION:
            return trackers.sale
        case Fact.SUBSCRIPTION_START:
            return None
        case unknown:
            assert_never(unknown)


def judge(claim: Claim, answer: Answer | Cause, now_us: int, most_s: int) -> Verdict:
    """Status first, then what the body says of itself: a 200 may be an error. A sale that cannot be
    found again could never be reversed, so it is no plain success (A-84). A stranger's click may
    be what is forbidden, and switches nothing off.
    """
    if isinstance(answer, Cause):
        return Verdict(outcome=by_status(answer), error=answer.value)
    outcome, error = by_status(answer.status), f"http_{answer.status}"
    if answer.status == MANY:
        wait = wait_s(answer, now_us, most_s) or THROTTLED_S
        return Verdict(outcome=outcome, status=MANY, error=error, retry_after_s=wait, deferred=True)
    if outcome is not Outcome.DELIVERED:
        return Verdict(
            outcome=outcome,
            status=answer.status,
            error=error,
            retry_after_s=retry_after_s(answer.retry_after, now_us, most_s),
            switch_off=answer.status == 401 or (answer.status == 403 and not _is_visit(claim)),
        )
    return _taken(claim, answer, rests_s(answer, now_us, most_s))


def _taken(claim: Claim, answer: Answer, rest_s: int | None) -> Verdict:
    said = read(answer.body_excerpt)
    if says_error(said):
        return Verdict(
            outcome=Outcome.REFUSED, status=answer.status, error=_STATUS_ERROR, rest_s=rest_s
        )
    action = _name(said.get("actionid"))
    reference = action or _name(str(said.get("queueduri") or "").rstrip("/").rpartition("/")[2])
    snapshot = _snapshot(claim.body)
    tracked = snapshot is not None and snapshot.kind in _TRACKED
    if reference is None and tracked:
        return Verdict(
            outcome=Outcome.REFUSED, status=answer.status, error=_NO_REFERENCE, rest_s=rest_s
        )
    followed = None if _is_visit(claim) else reference
    return Verdict(
        outcome=Outcome.DELIVERED,
        status=answer.status,
        reference=followed,
        settled=action is not None,
        rest_s=rest_s,
    )


def _is_visit(claim: Claim) -> bool:
    snapshot = _snapshot(claim.body)
    return snapshot is not None and snapshot.kind == Fact.VISIT


def question(look: Look) -> Request:
    settings = settings_of(look.settings)
    url = address(settings, "APISubmissions", look.reference)
    return _asked("GET", url, headers(settings, look.secret), b"")


def hear(look: Look, answer: Answer | Cause, now_us: int, most_s: int) -> Said:
    """A submission that is complete may have come to nothing; the reason is the network's word. A
    duplicate of what we sent twice ourselves counts, once. One that is not found twice is gone.
    """
    if isinstance(answer, Cause):
        return Said(settlement=Settlement.PENDING)
    if answer.status == _NOT_FOUND and look.looks > 0:
        return Said(settlement=Settlement.UNKNOWN, reason="not_found")
    if answer.status == MANY:
        wait = wait_s(answer, now_us, most_s) or THROTTLED_S
        return Said(settlement=Settlement.PENDING, pause_s=wait)
    said = read(answer.body_excerpt) if answer.status == 200 else {}
    rest_s = rests_s(answer, now_us, most_s)
    status = str(said.get("status", "")).upper().replace(" ", "_")
    if not status.startswith("COMPLETE"):
        return Said(settlement=Settlement.PENDING, pause_s=rest_s)
    reason = _words(str(said.get("errorreason") or said.get("errortype") or ""))
    ours = reason == _DUPLICATE and look.attempts > 1
    return Said(
        settlement=Settlement.REFUSED if reason and not ours else Settlement.ACCEPTED,
        reason=reason[:REFERENCE_MAX] or None,
        pause_s=rest_s,
    )


def _words(text: str) -> str:
    """In one line, without what no store or terminal should get."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _name(given: object) -> str | None:
    text = given.strip() if isinstance(given, str) else ""
    return text if 0 < len(text) <= REFERENCE_MAX and text.isprintable() else None


def _snapshot(body: str | None) -> Snapshot | None:
    try:
        return msgspec.json.decode((body or "").encode(), type=Snapshot)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


IMPACT_WIRE = Wire(request=request, judge=judge, question=question, hear=hear, describe=describe)
