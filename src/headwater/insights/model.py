from headwater.attribution import Click
from headwater.kit.value import Value


class Traits(Value, frozen=True, kw_only=True):
    """What tells facts apart; what was not asked for is None. `first`: 1 for the first sale of a
    customer through a link, 0 for a later one.
    """

    link_number: int
    user_agent: str | None = None
    referrer: str | None = None
    url: str | None = None
    trigger: str | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    name: str | None = None
    customer_id: str | None = None
    metadata: str | None = None
    first: int | None = None


class Counted(Traits, frozen=True, kw_only=True):
    """Facts that are alike in all that was asked for. `step` is when the step began in which they
    happened; `click_id` names the click behind leads and sales where its traits are wanted.
    """

    step: int
    count: int
    amount: int
    click_id: str | None = None


class Event(Value, frozen=True, kw_only=True):
    """One click, lead or sale; `id` is that of the fact, of a click the click id."""

    traits: Traits
    id: str
    at: int
    click_id: str
    click: Click | None = None
    quantity: int = 1
    amount: int = 0
    currency: str = ""
    invoice_id: str | None = None
    payment_processor: str = ""
