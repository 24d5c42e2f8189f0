"""What a sale counts that is to be taken back: as it is booked, by whichever way it came."""

from collections.abc import Iterable

from msgspec.structs import replace

from headwater import conversions
from headwater.billing import known
from headwater.billing.stripe.model import Paid
from headwater.conversions import Sale
from headwater.db import Read


def of_payments(tx: Read, workspace_id: str, payments: Iterable[str]) -> Paid | None:
    """Of the sale of a payment, named by any of its ids: also one that a backend reported, or that
    was moved here, under an id of Stripe's. None where there is neither a sale nor word of one.
    """
    named = list(payments)
    told = known.worth_of(tx, workspace_id, named)
    names = known.sales_of(tx, workspace_id, named) if told is None else [told.sale]
    for each in names:
        sale = conversions.sale_by_invoice(tx, workspace_id, each)
        if sale is not None:
            return as_booked(sale, each, told)
    return told


def as_booked(sale: Sale, name: str, told: Paid | None) -> Paid:
    """The books say what it counts, and Stripe which gross that was, where it told us."""
    counted, currency = sale.original_amount, sale.original_currency
    if told is not None and told.currency == currency:
        return replace(told, counted=counted)
    return Paid(sale=name, counted=counted, gross=0, currency=currency)
