"""Money that moved: entries from one account to another. Knows no other noun."""

from headwater.ledger.actions import accrue, pay, reverse
from headwater.ledger.model import EntryDraft, expense_account, pending_account
from headwater.ledger.sql import Balance, balances, reversed_of

__all__ = [
    "Balance",
    "EntryDraft",
    "accrue",
    "balances",
    "expense_account",
    "pay",
    "pending_account",
    "reverse",
    "reversed_of",
]
