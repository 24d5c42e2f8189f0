"""What a comparison with Stripe finds, and what of it is told by what was listed."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from headwater import conversions
from headwater.billing import worth
from headwater.billing.stripe.model import Paid
from headwater.db import Read
from headwater.kit.value import Value


class Kind(StrEnum):
    MISSING = "missing"
    DIFFERENT = "different"
    EXTRA = "extra"
    UNREADABLE = "unreadable"


class Difference(Value, frozen=True, kw_only=True):
    """`stripe` and `booked` are amounts in minor units of `currency`, None where there is none; the
    states are of disputes: `opened`, `won` or `lost`.
    """

    kind: Kind
    what: str
    id: str
    currency: str
    stripe: int | None
    booked: int | None
    stripe_state: str | None = None
    booked_state: str | None = None
    event: dict[str, Any] | None = None  # that would mend it


class Told(Value, frozen=True, kw_only=True):
    """By the file: which sale a payment is of, and what a sale counts."""

    links: dict[str, str]
    worths: dict[str, Paid]


def worth_of(tx: Read, workspace_id: str, payments: Sequence[str], told: Told) -> Paid | None:
    """As it is booked, else as the file tells it, else as events did."""
    named = [told.links.get(each, each) for each in payments]
    found = next((told.worths[each] for each in named if each in told.worths), None)
    if found is None:
        return worth.of_payments(tx, workspace_id, [*named, *payments])
    sale = conversions.sale_by_invoice(tx, workspace_id, found.sale)
    return found if sale is None else worth.as_booked(sale, found.sale, found)
