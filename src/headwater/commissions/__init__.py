"""What partners earn: how much is owed and why, and what a refund takes back."""

from headwater.commissions.actions import (
    Winner,
    bring,
    reverse_for_refund,
    settle_lead,
    settle_sale,
)
from headwater.commissions.model import Commission, CommissionFilter
from headwater.commissions.rules import NotOwed, Owed, OwedReason, RefundFacts, Reversal, reversal
from headwater.commissions.sql import all_after, by_conversion, by_id, lead_rewarded, page

__all__ = [
    "Commission",
    "CommissionFilter",
    "NotOwed",
    "Owed",
    "OwedReason",
    "RefundFacts",
    "Reversal",
    "Winner",
    "all_after",
    "bring",
    "by_conversion",
    "by_id",
    "lead_rewarded",
    "page",
    "reversal",
    "reverse_for_refund",
    "settle_lead",
    "settle_sale",
]
