"""Persons in the merchant's system, named by external id."""

from headwater.customers.actions import bring, by_reference, lock, lock_names, page, update
from headwater.customers.model import Customer, CustomerDraft, CustomerFilter, FormerName
from headwater.customers.names import display_name
from headwater.customers.sql import (
    add_sale,
    all_after,
    by_email,
    by_external_id,
    by_id,
    by_ids,
    by_stripe_id,
    complete,
    drop_avatar,
    forget,
    insert,
    set_avatar,
    set_canceled,
    set_country,
    set_stripe_id,
)

__all__ = [
    "Customer",
    "CustomerDraft",
    "CustomerFilter",
    "FormerName",
    "add_sale",
    "all_after",
    "bring",
    "by_email",
    "by_external_id",
    "by_id",
    "by_ids",
    "by_reference",
    "by_stripe_id",
    "complete",
    "display_name",
    "drop_avatar",
    "forget",
    "insert",
    "lock",
    "lock_names",
    "page",
    "set_avatar",
    "set_canceled",
    "set_country",
    "set_stripe_id",
    "update",
]
