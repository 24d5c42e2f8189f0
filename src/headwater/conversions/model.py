from enum import StrEnum

from headwater.kit.value import Value


class Scope(StrEnum):
    """For whom something was bought."""

    PERSONAL = "personal"
    ORGANIZATION = "organization"


class Step(StrEnum):
    """What happens once to a customer, a trial or a subscription."""

    SIGNUP = "signup"
    TRIAL_START = "trial_start"
    TRIAL_END = "trial_end"
    SUBSCRIPTION_START = "subscription_start"


def name_key(name: str) -> str:
    """The form event names are compared in: lower case, spaces as hyphens."""
    return name.strip().lower().replace(" ", "-")


class Lead(Value, frozen=True, kw_only=True):
    """`quantity`: how often it happened, in one call."""

    id: str
    customer_id: str
    name: str
    click_id: str
    clicked_at: int
    click_class: str
    link_number: int
    program_id: str | None
    partner_id: str | None
    metadata: str | None
    at: int
    quantity: int = 1


class Sale(Value, frozen=True, kw_only=True):
    """`amount` in the workspace's currency, `original_amount` as given; minor units. Without lead
    and link where no link of ours brought the customer.
    """

    id: str
    customer_id: str
    lead_id: str | None
    link_number: int | None
    event_name: str
    amount: int
    currency: str
    original_amount: int
    original_currency: str
    rate_id: str | None
    payment_processor: str
    invoice_id: str | None
    metadata: str | None
    at: int
    plan: str | None = None
    promo_code: str | None = None
    subscription_id: str | None = None
    scope: str = Scope.PERSONAL
    administrative: bool = False


class Refund(Value, frozen=True, kw_only=True):
    """`amount` is the converted part taken off the sale, `reversed` the commission taken back."""

    id: str
    sale_id: str
    key: str
    original_amount: int
    amount: int
    reversed: int
    reason: str | None
    at: int


class Refunded(Value, frozen=True, kw_only=True):
    """Totals over all refunds of a sale so far."""

    original_amount: int
    amount: int
    reversed: int


class Milestone(Value, frozen=True, kw_only=True):
    """A step of a customer's life; `entity` is the trial or the subscription it happened to, or the
    customer's own id.
    """

    id: str
    customer_id: str
    kind: str
    entity: str
    plan: str | None
    scope: str
    administrative: bool
    source: str
    metadata: str | None
    at: int
    created_at: int


class Dispute(Value, frozen=True, kw_only=True):
    """A payment its payer contests; `reversed` is the commission taken back, `original_amount` what
    is contested, where it is known.
    """

    id: str
    sale_id: str
    key: str
    original_amount: int | None
    reversed: int
    reason: str | None
    at: int
    outcome: str | None = None
    closed_at: int | None = None
