from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from headwater.kit.value import Value


class Answer(StrEnum):
    """What a person said to one purpose; the word of consent banners."""

    GRANTED = "granted"
    DENIED = "denied"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Who saw a touch."""

    TAG = "tag"
    SERVER = "server"
    EDGE = "edge"


class Consent(Value, frozen=True, kw_only=True):
    """Per purpose, and who says so: a banner, a signal of the browser, the default of the site."""

    measurement: Answer
    sharing: Answer
    personal: Answer
    source: str


class NetworkId(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A network's id of one click, and when that network stops using it."""

    value: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchDraft:
    """A contact as it was reported; `ids` by canonical parameter, `click_id` one of ours that is
    genuine. `partner`, `coupon` and `referral` are what the address said, whoever they name.
    `again`: a page told it before, and only says anew what it may be used for.
    """

    event_id: str
    at: int
    source: Source
    consent: Consent
    url: str | None = None
    referrer: str | None = None
    click_id: str | None = None
    partner: str | None = None
    coupon: str | None = None
    referral: str | None = None
    utm: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    again: bool = False


class Touch(Value, frozen=True, kw_only=True):
    """A contact that is kept; of nobody as long as `customer_id` is None."""

    id: str
    event_id: str
    visitor_id: str | None
    customer_id: str | None
    source: str
    at: int
    expires_at: int
    url: str | None
    referrer: str | None
    click_id: str | None
    partner: str | None
    coupon: str | None
    referral: str | None
    utm: Mapping[str, str]
    ids: Mapping[str, NetworkId]
    fingerprint: str
    consent: Consent
    claimed_at: int | None
    new_customer: bool | None


class Taken(StrEnum):
    """What became of a report."""

    KEPT = "kept"
    KNOWN = "known"
    TOO_MANY = "too_many"


class Remembered(Value, frozen=True, kw_only=True):
    """`touch_id`: the touch that is new, or says more than before; None: nothing is new."""

    taken: Taken
    touch_id: str | None = None


class Seen(Value, frozen=True, kw_only=True):
    """A click the edge saw, and the browser it was."""

    workspace_id: str
    visitor_id: str
    draft: TouchDraft
    touch_days: int


class FirstId(Value, frozen=True, kw_only=True):
    """What a provider is first known by of somebody's touches."""

    provider: str
    parameter: str
    value: str
    at: int


class Checkout(Value, frozen=True, kw_only=True):
    """What a checkout was begun with, and what was made of it for the payment processor."""

    id: str
    checkout_id: str
    customer_external_id: str | None
    visitor_id: str | None
    attribution: Mapping[str, str]
    metadata: Mapping[str, str]
    client_reference_id: str | None
    created_at: int
