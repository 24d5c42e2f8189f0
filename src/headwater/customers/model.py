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


class CustomerDraft(Value, frozen=True, kw_only=True):
    """What a tracking call says of a customer; used only when the customer is new."""

    external_id: str
    name: str | None = None
    email: str | None = None
    avatar: str | None = None
