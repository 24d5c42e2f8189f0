"""Persons in the merchant's system, named by external id."""

from headwater.customers.actions import by_reference, lock, page, update
from headwater.customers.model import Customer, CustomerDraft, CustomerFilter
from headwater.customers.names import display_name
from headwater.customers.sql import (
    add_sale,
    by_external_id,
    by_id,
    by_ids,
    complete,
    forget,
    insert,
)

__all__ = [
    "Customer",
    "CustomerDraft",
    "CustomerFilter",
    "add_sale",
    "by_external_id",
    "by_id",
    "by_ids",
    "by_reference",
    "complete",
    "display_name",
    "forget",
    "insert",
    "lock",
    "page",
    "update",
]
