"""A commission, with what refunds left of it."""

from typing import Any

from headwater.commissions import Commission
from headwater.customers import Customer
from headwater.kit.clock import iso_ms, iso_ms_or_none
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
    status = "refunded" if not left else "pending" if commission.paid_at is None else "paid"
    return {
        "id": commission.id,
        "type": commission.kind,
        "status": status,
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
        "dueAt": iso_ms(commission.due_at or commission.created_at),
        "paidAt": iso_ms_or_none(commission.paid_at),
        "partner": partner,
        "customer": None if customer is None else customer_object(customer, api_url),
    }
