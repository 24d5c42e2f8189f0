"""Persons in the merchant's system, named by external id."""

from headwater.customers.actions import bring, by_reference, lock, page, update
from headwater.customers.model import Customer, CustomerDraft, CustomerFilter
from headwater.customers.names import display_name
from headwater.customers.sql import (
    add_sale,
    all_after,
    by_external_id,
    by_id,
    complete,
    forget,
    insert,
)

__all__ = [
    "Customer",
    "CustomerDraft",
    "CustomerFilter",
    "add_sale",
    "all_after",
    "bring",
    "by_external_id",
    "by_id",
    "by_reference",
    "complete",
    "display_name",
    "forget",
    "insert",
    "lock",
    "page",
    "update",
]
