"""Persons in the merchant's system, named by external id."""

from headwater.customers.actions import bring, by_reference, lock, lock_names, page, update
from headwater.customers.model import Customer, CustomerDraft, CustomerFilter, FormerName
from headwater.customers.names import display_name
from headwater.customers.sql import (
    add_sale,
    all_after,
    by_external_id,
    by_id,
    by_ids,
    complete,
    drop_avatar,
    forget,
    insert,
    set_avatar,
    set_country,
)

__all__ = [
    "Customer",
    "CustomerDraft",
    "CustomerFilter",
    "FormerName",
    "add_sale",
    "all_after",
    "bring",
    "by_external_id",
    "by_id",
    "by_ids",
    "by_reference",
    "complete",
    "display_name",
    "drop_avatar",
    "forget",
    "insert",
    "lock",
    "lock_names",
    "page",
    "set_avatar",
    "set_country",
    "update",
]
