"""Leads, sales and refunds: what happened, whoever is credited."""

from headwater.conversions.model import Lead, Refund, Refunded, Sale, name_key
from headwater.conversions.sql import (
    click_is_shared,
    first_lead_by_click,
    insert_lead,
    insert_refund,
    insert_sale,
    is_first_on_link,
    lead_by_id,
    lead_by_name,
    refund_by_id,
    refund_by_key,
    refunded,
    sale_by_id,
    sale_by_invoice,
)

__all__ = [
    "Lead",
    "Refund",
    "Refunded",
    "Sale",
    "click_is_shared",
    "first_lead_by_click",
    "insert_lead",
    "insert_refund",
    "insert_sale",
    "is_first_on_link",
    "lead_by_id",
    "lead_by_name",
    "name_key",
    "refund_by_id",
    "refund_by_key",
    "refunded",
    "sale_by_id",
    "sale_by_invoice",
]
