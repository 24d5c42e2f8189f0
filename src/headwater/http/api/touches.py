"""Touches as pages and backends report them: one that cannot be read never stops the others."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, Literal

import msgspec
import structlog

from headwater.http.api.common import Body
from headwater.kit.clock import DAY_US
from headwater.kit.problems import Code, Problem, invalid
from headwater.landing import LONGEST, cleaned, table
from headwater.visitors import Answer, Consent, Source, TouchDraft, has_ended, has_evidence
from headwater.workspace import TagSettings

log = structlog.get_logger(__name__)

EVENTS_MAX = 50
AGE_MAX_MS = 400 * DAY_US // 1000
UTM = ("source", "medium", "campaign", "term", "content")
NAMES_MAX = 200  # of one event that are looked at; the table has fewer
_REFERRER_MAX = 300
Long = Annotated[str, msgspec.Meta(max_length=32000)]


class TouchBody(Body, kw_only=True, rename="camel"):
    """`age`: milliseconds since it happened, by a clock that nobody can set."""

    id: Annotated[str, msgspec.Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
    age: Annotated[int, msgspec.Meta(ge=0, le=AGE_MAX_MS)] = 0
    url: Long | None = None
    referrer: Long | None = None
    click_id: Long | None = None
    partner: Long | None = None
    coupon: Long | None = None
    referral: Long | None = None
    utm: dict[str, Any] | None = None
    ids: dict[str, Any] | None = None
    source: Literal["tag", "server", "edge"] = "tag"
    again: bool = False


class ConsentBody(Body, kw_only=True, rename="camel"):
    """A purpose that is left out is as `consentDefault` of the workspace has it."""

    measurement: Literal["granted", "denied", "unknown"] | None = None
    sharing: Literal["granted", "denied", "unknown"] | None = None
    personal: Literal["granted", "denied", "unknown"] | None = None
    source: Annotated[str, msgspec.Meta(max_length=40)] = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How one workspace reads what is reported, and what was consented to."""

    now_us: int
    click_param: str
    tag: TagSettings
    consent: Consent
    touch_days: int

    def touch(self, said: Any) -> TouchDraft:
        """Refuses what has another form, or says nothing."""
        body = _body(said)
        draft = TouchDraft(
            event_id=body.id,
            at=self.now_us - body.age * 1000,
            source=Source(body.source),
            consent=self.consent,
            url=table().clean(body.url or "", self.click_param, self._enabled) or None,
            referrer=_origin(body.referrer or "") or None,
            click_id=_value("clickId", body.click_id),
            partner=_value("partner", body.partner),
            coupon=_value("coupon", body.coupon),
            referral=_value("referral", body.referral),
            utm=_named(body.utm, lambda name: name if name in UTM else None),
            ids=_named(body.ids, _canonical),
            again=body.again,
        )
        if not has_evidence(draft, referrals=self._may_refer(draft)):
            raise invalid("events", "This touch says nothing about where the visitor comes from.")
        if has_ended(draft, self.now_us, self.touch_days):
            raise invalid("events", "All that this touch says has ended long ago.")
        return draft

    @property
    def _enabled(self) -> Collection[str]:
        return self.tag.partner_params

    def _may_refer(self, draft: TouchDraft) -> bool:
        """Not the way back from paying (T-99)."""
        host = (draft.referrer or "").partition("//")[2].partition(":")[0]
        ignored = any(host == each or host.endswith(f".{each}") for each in self.tag.ignored)
        return self.tag.referrals and not ignored


def consent_of(said: ConsentBody, tag: TagSettings, sends_gpc: bool) -> Consent:
    """A browser that signals privacy denies sharing, unless its user said otherwise on this very
    site (T-103, T-104).
    """
    sharing = Answer(said.sharing or tag.consent_default)
    overridden = said.source == "user"
    return Consent(
        measurement=Answer(said.measurement or tag.consent_default),
        sharing=Answer.DENIED if sends_gpc and not overridden else sharing,
        personal=Answer(said.personal or tag.consent_default),
        source="gpc" if sends_gpc and not overridden else cleaned(said.source) or "default",
    )


def refusal(said: Any, problem: Problem) -> dict[str, Any]:
    event_id = said.get("id") if isinstance(said, Mapping) else None
    told = event_id if isinstance(event_id, str) else None
    return {"id": told, "code": problem.code.value, "message": problem.message}


def _body(said: Any) -> TouchBody:
    try:
        return msgspec.convert(said, TouchBody)
    except msgspec.ValidationError as error:
        message = f"This event cannot be read: {error}."
        raise Problem(Code.UNPROCESSABLE, message, "events") from None


def _value(name: str, given: Any) -> str | None:
    """Opaque, and too long as a whole or not at all (A-5, A-6)."""
    if not isinstance(given, str):
        return None
    value = cleaned(given)
    if len(value) > LONGEST:
        log.info("value_too_long", parameter=name, length=len(value))
        return None
    return value or None


def _named(given: Mapping[str, Any] | None, known: Callable[[str], str | None]) -> dict[str, str]:
    """By the names the table knows; others are left out, as are values that are no text."""
    found: dict[str, str] = {}
    for name, said in islice((given or {}).items(), NAMES_MAX):
        own = known(name)
        value = _value(own, said) if own is not None else None
        if own is not None and value is not None:
            found[own] = value
    return found


def _canonical(name: str) -> str | None:
    row = table().click(name)
    return row.name if row is not None else None


def _origin(referrer: str) -> str:
    whole = table().clean(referrer.partition("?")[0])
    scheme, _, rest = whole.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"[:_REFERRER_MAX] if rest else ""
