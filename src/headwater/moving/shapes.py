"""What a line says: the API's shape, without what depends on the server it was written on."""

from typing import Any

import msgspec

from headwater.attribution import Click, StoredClick
from headwater.commissions import Commission
from headwater.conversions import Dispute, Lead, Milestone, Refund, Sale
from headwater.customers import Customer
from headwater.kit.clock import iso_ms, iso_ms_or_none
from headwater.links import Link
from headwater.programs import Partner
from headwater.rates import Rate
from headwater.shapes import (
    click_object,
    customer_object,
    link_object,
    milestone_object,
    partner_object,
)

# Of a link: ids and addresses of this server, and hits, which are not moved.
_OF_SERVER = ("workspaceId", "projectId", "qrCode", "hits")
_OF_PARTNER = (
    *("id", "programId", "name", "username", "email", "country", "tenantId", "status"),
    "createdAt",
)
_OF_CLICK = (
    *("id", "timestamp", "url", "ua", "refererUrl", "trigger", "qr"),
    *("country", "region", "city"),
)


def link_line(link: Link) -> dict[str, Any]:
    shown = link_object(link, "")
    for name in _OF_SERVER:
        del shown[name]
    return shown | {"deletedAt": iso_ms_or_none(link.deleted_at)}


def partner_line(partner: Partner) -> dict[str, Any]:
    shown = partner_object(partner, [])
    stopped = iso_ms_or_none(partner.stopped_at)
    return {name: shown[name] for name in _OF_PARTNER} | {"stoppedAt": stopped}


def customer_line(customer: Customer, api_url: str) -> dict[str, Any]:
    """`api_url`: where the pictures are shown that this server keeps."""
    return customer_object(customer, api_url) | {"erasedAt": iso_ms_or_none(customer.erased_at)}


def rate_line(rate: Rate) -> dict[str, Any]:
    return {
        "id": rate.id,
        "currency": rate.currency,
        "date": rate.day,
        "rate": rate.rate,
        "source": rate.source,
        "createdAt": iso_ms(rate.created_at),
    }


def click_line(stored: StoredClick, link: Link) -> dict[str, Any]:
    click = stored.click
    return {
        "event": "click",
        "timestamp": iso_ms(click.first_at),
        "click": _click(click),
        "link": _named(link),
        "class": click.hit_class,
        "counted": stored.counted,
    }


def lead_line(lead: Lead, link: Link, customer: dict[str, Any]) -> dict[str, Any]:
    """Program and partner are those the lead counts for, whoever has the link by now."""
    owner = {"programId": lead.program_id, "partnerId": lead.partner_id}
    return {
        "event": "lead",
        "eventId": lead.id,
        "eventName": lead.name,
        "timestamp": iso_ms(lead.at),
        "quantity": lead.quantity,
        "click": {"id": lead.click_id, "timestamp": iso_ms(lead.clicked_at)},
        "link": _named(link) | owner,
        "customer": customer,
        "metadata": _raw(lead.metadata),
    }


def sale_line(
    sale: Sale, lead: Lead | None, link: Link | None, customer: dict[str, Any]
) -> dict[str, Any]:
    return {
        "event": "sale",
        "eventId": sale.id,
        "eventName": sale.event_name,
        "timestamp": iso_ms(sale.at),
        "sale": {
            "amount": sale.amount,
            "currency": sale.currency,
            "invoiceId": sale.invoice_id,
            "paymentProcessor": sale.payment_processor,
        },
        "originalAmount": sale.original_amount,
        "originalCurrency": sale.original_currency,
        "rateId": sale.rate_id,
        "leadId": sale.lead_id,
        "plan": sale.plan,
        "promoCode": sale.promo_code,
        "subscriptionId": sale.subscription_id,
        "scope": sale.scope,
        "administrative": sale.administrative,
        "click": lead and {"id": lead.click_id, "timestamp": iso_ms(lead.clicked_at)},
        "link": link and _named(link),
        "customer": customer,
        "metadata": _raw(sale.metadata),
    }


def commission_line(
    commission: Commission,
    link: Link | None,
    customer: dict[str, Any] | None,
    invoice_id: str | None,
) -> dict[str, Any]:
    left = commission.earnings - commission.reversed
    status = "refunded" if not left else "pending" if commission.paid_at is None else "paid"
    return {
        "id": commission.id,
        "type": commission.kind,
        "status": status,
        "amount": commission.sale_amount,
        "earnings": left,
        "originalEarnings": commission.earnings,
        "currency": commission.currency,
        "quantity": commission.quantity,
        "invoiceId": invoice_id,
        "conversionId": commission.conversion_id,
        "programId": commission.program_id,
        "linkId": None if link is None else link.id,
        "createdAt": iso_ms(commission.created_at),
        "dueAt": iso_ms_or_none(commission.due_at),
        "paidAt": iso_ms_or_none(commission.paid_at),
        "partner": {"id": commission.partner_id},
        "customer": customer,
    }


def refund_line(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.id,
        "saleId": refund.sale_id,
        "key": refund.key,
        "amount": refund.original_amount,
        "reason": refund.reason,
        "createdAt": iso_ms(refund.at),
    }


def dispute_line(dispute: Dispute) -> dict[str, Any]:
    return {
        "id": dispute.id,
        "saleId": dispute.sale_id,
        "key": dispute.key,
        "amount": dispute.original_amount,
        "reason": dispute.reason,
        "openedAt": iso_ms(dispute.at),
        "outcome": dispute.outcome,
        "closedAt": iso_ms_or_none(dispute.closed_at),
    }


def milestone_line(milestone: Milestone, customer: dict[str, Any]) -> dict[str, Any]:
    return milestone_object(milestone) | {"customer": customer}


def _click(click: Click) -> dict[str, Any]:
    shown = click_object(click)
    return {name: shown[name] for name in _OF_CLICK}


def _named(link: Link) -> dict[str, Any]:
    return {"id": link.id, "domain": link.host, "key": link.key, "shortLink": link.short_link}


def _raw(text: str | None) -> msgspec.Raw | None:
    return None if text is None else msgspec.Raw(text.encode())
