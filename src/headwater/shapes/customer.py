"""A customer; where no name was given, the one we made up."""

from typing import Any

from headwater.customers import Customer, display_name
from headwater.kit.clock import iso_ms, iso_ms_or_none


def customer_names(customer: Customer) -> dict[str, Any]:
    """What tracking answers say of a customer."""
    return {
        "name": display_name(customer),
        "email": customer.email,
        "avatar": customer.avatar,
        "externalId": customer.external_id,
    }


def customer_object(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.id,
        **customer_names(customer),
        "stripeCustomerId": None,
        "country": None,
        "sales": customer.sales,
        "saleAmount": customer.sale_amount,
        "createdAt": iso_ms(customer.created_at),
        "firstSaleAt": iso_ms_or_none(customer.first_sale_at),
        "subscriptionCanceledAt": None,
    }
