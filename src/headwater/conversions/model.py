from headwater.kit.value import Value


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
    """`amount` in the workspace's currency, `original_amount` as given; minor units."""

    id: str
    customer_id: str
    lead_id: str
    link_number: int
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
