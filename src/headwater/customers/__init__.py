"""Persons in the merchant's system, named by external id."""

from headwater.customers.model import Customer, CustomerDraft
from headwater.customers.names import display_name
from headwater.customers.sql import add_sale, by_external_id, by_id, complete, insert

__all__ = [
    "Customer",
    "CustomerDraft",
    "add_sale",
    "by_external_id",
    "by_id",
    "complete",
    "display_name",
    "insert",
]
