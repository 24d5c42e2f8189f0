"""A customer; where no name was given, the one we made up."""

from typing import Any

from headwater.avatars import is_hosted
from headwater.customers import Customer, display_name
from headwater.kit.clock import iso_ms, iso_ms_or_none
from headwater.links import Link
from headwater.programs import Partner


def customer_names(customer: Customer, api_url: str) -> dict[str, Any]:
    """What tracking answers say of a customer."""
    return {
        "name": display_name(customer),
        "email": customer.email,
        "avatar": avatar_url(customer.avatar, api_url),
        "externalId": customer.external_id,
    }


def avatar_url(avatar: str | None, api_url: str) -> str | None:
    """Where it is, or will be; what an earlier version took stays the address it was given."""
    return f"{api_url}/avatars/{avatar}" if avatar and is_hosted(avatar) else avatar


def customer_object(customer: Customer, api_url: str) -> dict[str, Any]:
    return {
        "id": customer.id,
        **customer_names(customer, api_url),
        "stripeCustomerId": customer.stripe_customer_id,
        "country": customer.country,
        "sales": customer.sales,
        "saleAmount": customer.sale_amount,
        "createdAt": iso_ms(customer.created_at),
        "firstSaleAt": iso_ms_or_none(customer.first_sale_at),
        "subscriptionCanceledAt": iso_ms_or_none(customer.subscription_canceled_at),
    }


def expanded_fields(link: Link | None, partner: Partner | None) -> dict[str, Any]:
    """Where a customer came from: the link of the first lead, and its partner."""
    return {
        "link": None if link is None else _link(link),
        "programId": None if partner is None else partner.program_id,
        "partner": None if partner is None else _partner(partner),
        "discount": None,
    }


def _link(link: Link) -> dict[str, Any]:
    return {
        "id": link.id,
        "domain": link.host,
        "key": link.key,
        "shortLink": link.short_link,
        "url": link.url,
        "programId": link.program_id,
    }


def _partner(partner: Partner) -> dict[str, Any]:
    return {"id": partner.id, "name": partner.name, "email": partner.email, "image": None}
