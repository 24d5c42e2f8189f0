from dataclasses import dataclass
from enum import StrEnum

from headwater.kit.value import Value


class Mode(StrEnum):
    LIVE = "live"
    TEST = "test"


class Amount(StrEnum):
    """What a sale counts: the worth of the invoice whatever paid it, or the money collected."""

    INVOICED = "invoiced"
    PAID = "paid"


class Taxes(StrEnum):
    EXCLUDED = "excluded"
    INCLUDED = "included"


class Policy(Value, frozen=True, kw_only=True):
    amount: Amount = Amount.INVOICED
    taxes: Taxes = Taxes.EXCLUDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Without a secret it believes nobody yet."""

    id: str
    workspace_id: str
    mode: Mode
    policy: Policy
    secret: str | None
    created_at: int
    old_secret: str | None = None
    old_secret_until: int | None = None
    deleted_at: int | None = None

    def keys(self, now_us: int) -> list[str]:
        """Those that are accepted now."""
        old = self.old_secret if (self.old_secret_until or 0) > now_us else None
        return [each for each in (self.secret, old) if each is not None]


class State(StrEnum):
    WAITING = "waiting"
    APPLIED = "applied"
    IGNORED = "ignored"
    FAILED = "failed"


class Reason(StrEnum):
    """Why an event waits, or nothing follows from it."""

    NEW = "new"
    UNKNOWN_CUSTOMER = "unknown_customer"
    UNKNOWN_PAYMENT = "unknown_payment"
    UNKNOWN_DISCOUNT = "unknown_discount"
    TRY_AGAIN = "try_again"
    UNREADABLE = "unreadable"
    ERASED = "erased"
    OTHER_MODE = "other_mode"
    CONNECTED_ACCOUNT = "connected_account"
    NOT_HANDLED = "not_handled"
    NOTED = "noted"
    NO_INVOICE = "no_invoice"
    NOT_PAID = "not_paid"
    NOTHING_PAID = "nothing_paid"
    NOTHING_LEFT = "nothing_left"
    COUNTED_BY_INVOICE = "counted_by_invoice"
    NO_SALE = "no_sale"
    INQUIRY = "inquiry"
    FRAUD_WARNING = "fraud_warning"
    REFUND_FAILED = "refund_failed"


# What each means and what to do, for the person who reads the list.
MEANING = {
    Reason.NEW: "It came and is applied within moments.",
    Reason.UNKNOWN_CUSTOMER: "Nothing said yet whose this is. It attaches itself when that is"
    " known; after billing.patience_hours its sale goes into the inbox under Stripe's id.",
    Reason.UNKNOWN_PAYMENT: "The invoice or checkout of this payment is not known yet. It attaches"
    " itself when that comes; after a week it counts as no_sale.",
    Reason.UNKNOWN_DISCOUNT: "What its discount is called is not known yet. After ten minutes it is"
    " applied without the code.",
    Reason.TRY_AGAIN: "Applying it failed unexpectedly; the log says why. It is tried again.",
    Reason.UNREADABLE: "It has not the form Stripe documents. Replay it after an update.",
    Reason.ERASED: "It is about a person who was erased.",
    Reason.OTHER_MODE: "It is of test mode and the endpoint of live mode, or the other way round.",
    Reason.CONNECTED_ACCOUNT: "It is about an account connected to yours.",
    Reason.NOT_HANDLED: "Nothing follows from events of this kind. Stripe need not send them.",
    Reason.NOTED: "It was taken into account, and is no fact by itself.",
    Reason.NO_INVOICE: "It names no invoice. Payments count by their invoice or checkout. Report"
    " one outside of both with POST /track/sale.",
    Reason.NOT_PAID: "Nothing was paid, or not yet. The event of the payment counts.",
    Reason.NOTHING_PAID: "The amount is zero or below, so there is nothing to credit.",
    Reason.NOTHING_LEFT: "All of the sale was taken back before.",
    Reason.COUNTED_BY_INVOICE: "It has an invoice: the sale is counted when invoice.paid comes.",
    Reason.NO_SALE: "The payment belongs to no invoice or checkout that came here. Should that"
    " come after all, this attaches itself.",
    Reason.INQUIRY: "The bank asks, nobody disputes. Nothing is taken back until somebody does.",
    Reason.FRAUD_WARNING: "A warning takes nothing back. The refund or dispute that follows does.",
    Reason.REFUND_FAILED: "The money of this refund came back to you. What was taken back of the"
    " commission is not restored by itself.",
}


class Event(Value, frozen=True, kw_only=True):
    """`id` is Stripe's; `results` are `(kind, id)` of what became of it."""

    workspace_id: str
    id: str
    endpoint_id: str
    kind: str
    happened_at: int
    received_at: int
    state: State
    reason: Reason | None
    waits_for: str | None
    next_at: int | None
    tries: int
    settled_at: int | None
    results: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    state: State | None = None
    limit: int = 100
    offset: int = 0
