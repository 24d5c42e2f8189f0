from dataclasses import dataclass

from headwater.kit.value import Value


class Customer(Value, frozen=True, kw_only=True):
    id: str
    external_id: str
    name: str | None
    email: str | None
    avatar: str | None
    sales: int
    sale_amount: int
    first_sale_at: int | None
    created_at: int
    stripe_customer_id: str | None = None
    country: str | None = None
    subscription_canceled_at: int | None = None
    erased_at: int | None = None


class FormerName(Value, frozen=True, kw_only=True):
    """An external id a customer had until then."""

    external_id: str
    until: int


class CustomerDraft(Value, frozen=True, kw_only=True):
    """What a tracking call says of a customer; used only when the customer is new."""

    external_id: str
    name: str | None = None
    email: str | None = None
    avatar: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFilter:
    """Of link, program and partner those of the customer's first lead count. With a cursor the
    order is that of the ids.
    """

    email: str | None = None
    external_id: str | None = None
    search: str | None = None
    country: str | None = None
    link_number: int | None = None
    program_id: str | None = None
    partner_id: str | None = None
    sort_by: str = "createdAt"
    ascending: bool = False
    starting_after: str | None = None
    ending_before: str | None = None
    limit: int = 100
    offset: int = 0
