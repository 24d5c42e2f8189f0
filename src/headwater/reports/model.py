from enum import StrEnum

import msgspec

from headwater.customers import Customer
from headwater.kit.value import Value


class Fact(StrEnum):
    """What can be reported. A subscription start is never sent beside the sale of it (A-37)."""

    VISIT = "visit"
    SIGNUP = "signup"
    TRIAL_START = "trial_start"
    TRIAL_END = "trial_end"
    SUBSCRIPTION_START = "subscription_start"
    SALE = "sale"
    REVERSAL = "reversal"
    CORRECTION = "correction"


class Partial(StrEnum):
    """What a refund of a part comes to: the action is worth less, is taken back whole, or stays."""

    CORRECT = "correct"
    REVERSE = "reverse"
    LEAVE = "leave"


class Cause(StrEnum):
    """Why a sale is reversed."""

    REFUND = "refund"
    DISPUTE = "dispute"


class Reportable(Value, frozen=True, kw_only=True):
    """A fact that networks may have to hear of. `amount` as it was paid, in minor units. A reversal
    names its sale in `sale_id`, and in `order_ref` what the sale had there; `whole`: nothing of the
    sale is left, otherwise `amount` is.
    """

    kind: str
    fact_id: str
    customer: Customer
    at: int
    scope: str = "personal"
    administrative: bool = False
    amount: int | None = None
    currency: str | None = None
    plan: str | None = None
    promo_code: str | None = None
    order_ref: str | None = None
    sale_id: str | None = None
    cause: str = Cause.DISPUTE
    whole: bool = True


class Reason(StrEnum):
    """Why a fact is not reported to a destination."""

    NOT_REPORTED_KIND = "not_reported_kind"
    ADMINISTRATIVE = "administrative"
    ORGANIZATION = "organization"
    NO_ATTRIBUTION = "no_attribution"
    SHARING_DENIED = "sharing_denied"
    ZERO_AMOUNT = "zero_amount"
    REFUNDS_STAY = "refunds_stay"
    PARTIAL_REFUND = "partial_refund"
    SALE_NOT_REPORTED = "sale_not_reported"
    ALREADY_REVERSED = "already_reversed"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What is said of a fact, as it was when it happened (A-49). To whom, and under which numbers,
    is added when it is sent (A-53). The e-mail is a hash already (A-50).
    """

    kind: str
    at: int
    order_id: str
    click_id: str | None = None
    customer_id: str | None = None
    customer_email: str | None = None
    amount: int | None = None
    currency: str | None = None
    plan: str | None = None
    promo_code: str | None = None
    cause: str | None = None


class Trackers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The network's number for each kind of event; visits are told where they have one."""

    visit: int | None = None
    signup: int | None = None
    trial_start: int | None = None
    trial_end: int | None = None
    sale: int | None = None


class ImpactSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """An account of impact.com. `categories`: what a plan is called there, where not by its own
    name; `default_category`: of a sale without a plan.
    """

    account_sid: str | None = None
    program_id: int | None = None
    trackers: Trackers = Trackers()
    categories: dict[str, str] = {}
    default_category: str = "default"
    reverse_refunds: bool = True
    partial_refunds: str = Partial.CORRECT
    correction_code: str = "ITEM_RETURNED"
    refund_code: str = "ITEM_RETURNED"
    dispute_code: str = "REJECTED"
    per_hour: int = 1000
    api_url: str = "https://api.impact.com"
