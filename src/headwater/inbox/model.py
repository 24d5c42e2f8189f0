from dataclasses import dataclass
from enum import StrEnum

from headwater.kit.value import Value

LATEST_US = 2**48 * 1000 - 1  # the last moment an id can say


class Kind(StrEnum):
    LEAD = "lead"
    SALE = "sale"
    REFUND = "refund"
    MILESTONE = "milestone"
    DISPUTE = "dispute"


class State(StrEnum):
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Reason(StrEnum):
    """Why a call could not be used, in the order the checks are made."""

    CONFLICT = "conflict"
    ZERO_AMOUNT = "zero_amount"
    UNKNOWN_RATE = "unknown_rate"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    NO_CLICK = "no_click"
    FORGED_CLICK_ID = "forged_click_id"
    UNKNOWN_CLICK = "unknown_click"
    LINK_DISABLED = "link_disabled"
    NO_SUCH_LEAD = "no_such_lead"
    NO_LEAD = "no_lead"
    UNKNOWN_CUSTOMER = "unknown_customer"
    UNKNOWN_SALE = "unknown_sale"
    REFUND_EXCEEDS_SALE = "refund_exceeds_sale"


# What to do about each, for the person who reads the inbox.
REMEDY = {
    Reason.CONFLICT: "The key was used before with another value in the named field; the first"
    " result stands. If this call is a different fact, replay it with a key of its own.",
    Reason.ZERO_AMOUNT: "Nothing was paid, so there is nothing to credit. Nothing to do.",
    Reason.UNKNOWN_RATE: "There is no exchange rate for this currency on or before the day of the"
    " sale. Add one with POST /rates; the sale then attaches itself.",
    Reason.AMOUNT_OUT_OF_RANGE: "Converted into the workspace's currency this is more than one sale"
    " may be. Check amount, currency and rate; replay it corrected.",
    Reason.NO_CLICK: "The customer is unknown and the call names no click. It attaches"
    " itself when the customer arrives; or replay it with a clickId.",
    Reason.FORGED_CLICK_ID: "This click id was not made by this server. Check where it comes from;"
    " replay with the right clickId.",
    Reason.UNKNOWN_CLICK: "The click id is genuine, but its click is not in this workspace.",
    Reason.LINK_DISABLED: "The link of this click, or the link the customer came by, was disabled"
    " when the call came, so nobody earns by it. Enable the link (disabledAt null) and replay the"
    " call, if it should count.",
    Reason.NO_SUCH_LEAD: "The customer has no lead of this name yet. It attaches itself when that"
    " lead arrives; or replay it with another leadEventName.",
    Reason.NO_LEAD: "Nothing says yet how this customer came. It attaches itself when their lead or"
    " sign-up arrives; after `tracking.patience_hours` it counts as the sale of a customer whom no"
    " link brought.",
    Reason.UNKNOWN_CUSTOMER: "The customer is unknown and the call names no click. It attaches"
    " itself when the customer's lead arrives; or replay it with a clickId.",
    Reason.UNKNOWN_SALE: "The sale is not known yet. The refund attaches itself when it arrives.",
    Reason.REFUND_EXCEEDS_SALE: "More than is left of the sale. Replay it with a smaller amount.",
}


class InboxDraft(Value, frozen=True, kw_only=True):
    """`natural_key` and `waits_for` are plain here and stored as commitments; `facts` are what
    makes the call the same call. `holds_key`: a call that can still become the fact of its key.
    """

    kind: Kind
    reason: Reason
    body: bytes
    field: str | None = None
    natural_key: str | None = None
    waits_for: str | None = None
    facts: tuple[object, ...] = ()
    holds_key: bool = False


class InboxItem(Value, frozen=True, kw_only=True):
    id: str
    workspace_id: str
    kind: Kind
    reason: Reason
    field: str | None
    state: State
    content_hash: str
    received_at: int
    resolved_at: int | None
    result_kind: str | None
    result_id: str | None
    body: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxFilter:
    """Received from `since` up to before `until`, in microseconds."""

    since: int = 0
    until: int = LATEST_US
    state: State | None = None
    reason: Reason | None = None
    kind: Kind | None = None
    customer_external_id: str | None = None


class InboxCount(Value, frozen=True, kw_only=True):
    reason: Reason
    state: State
    count: int
