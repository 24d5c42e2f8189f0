"""What partners earn: how much is owed and why, and what a refund takes back."""

from headwater.commissions.actions import Winner, reverse_for_refund, settle_lead, settle_sale
from headwater.commissions.model import Commission, CommissionFilter
from headwater.commissions.rules import NotOwed, Owed, OwedReason, RefundFacts, Reversal, reversal
from headwater.commissions.sql import by_conversion, by_id, page

__all__ = [
    "Commission",
    "CommissionFilter",
    "NotOwed",
    "Owed",
    "OwedReason",
    "RefundFacts",
    "Reversal",
    "Winner",
    "by_conversion",
    "by_id",
    "page",
    "reversal",
    "reverse_for_refund",
    "settle_lead",
    "settle_sale",
]
