from dataclasses import dataclass

from headwater.kit.value import Value


class Commission(Value, frozen=True, kw_only=True):
    """`earnings` as accrued; what is left of it is `earnings - reversed`. Minor units.

    One that was decided elsewhere names no reward, and perhaps no customer or link; `conversion_id`
    is its own id where nobody knows what it was earned by.
    """

    id: str
    program_id: str
    partner_id: str
    customer_id: str | None
    kind: str
    conversion_id: str
    link_number: int | None
    reward_id: str | None
    sale_amount: int
    earnings: int
    currency: str
    created_at: int
    reversed: int = 0
    paid_at: int | None = None
    quantity: int = 1  # of a lead: how often the flat reward was earned
    due_at: int | None = None  # until then it is held; None: due at once


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionFilter:
    partner_id: str | None = None
    customer_id: str | None = None
    kind: str | None = None
    invoice_id: str | None = None
    due: bool | None = None  # by `now_us`; what was paid is neither
    now_us: int = 0
    starting_after: str | None = None
    ending_before: str | None = None
    limit: int = 100
    offset: int = 0
