"""A commission, with what refunds left of it."""

from typing import Any

from headwater.commissions import Commission
from headwater.customers import Customer
from headwater.kit.clock import iso_ms
from headwater.shapes.customer import customer_object


def commission_object(
    commission: Commission,
    *,
    partner: dict[str, Any],
    customer: Customer | None,
    invoice_id: str | None,
    link_id: str | None,
    api_url: str,
) -> dict[str, Any]:
    """`earnings` is what is left after refunds; `originalEarnings` what was accrued."""
    left = commission.earnings - commission.reversed
    return {
        "id": commission.id,
        "type": commission.kind,
        "status": "pending" if left else "refunded",
        "amount": commission.sale_amount,
        "earnings": left,
        "originalEarnings": commission.earnings,
        "reversed": commission.reversed,
        "currency": commission.currency,
        "quantity": commission.quantity,
        "invoiceId": invoice_id,
        "description": None,
        "metadata": None,
        "userId": None,
        "conversionId": commission.conversion_id,
        "linkId": link_id,
        "createdAt": iso_ms(commission.created_at),
        "updatedAt": iso_ms(commission.created_at),
        "paidAt": None,
        "partner": partner,
        "customer": None if customer is None else customer_object(customer, api_url),
    }
