"""Stored, dated exchange rates: units of a currency per one unit of the workspace's."""

from headwater.rates.actions import add, bring, lock
from headwater.rates.model import Rate, RateDraft
from headwater.rates.sql import all_after, by_id, on_day, rates

__all__ = ["Rate", "RateDraft", "add", "all_after", "bring", "by_id", "lock", "on_day", "rates"]
