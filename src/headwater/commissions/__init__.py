"""What partners earn: how much is owed and why, and what a refund takes back."""

from headwater.commissions.actions import (
    Winner,
    bring,
    settle_lead,
    settle_sale,
    take_back,
)
from headwater.commissions.model import Commission, CommissionFilter
from headwater.commissions.rules import NotOwed, Owed, OwedReason, RefundFacts, Reversal, reversal
from headwater.commissions.sql import (
    all_after,
    by_conversion,
    by_id,
    held,
    lead_rewarded,
    page,
)

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
    "held",
    "lead_rewarded",
    "page",
    "reversal",
    "settle_lead",
    "settle_sale",
    "take_back",
]
