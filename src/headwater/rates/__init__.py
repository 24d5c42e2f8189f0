"""Stored, dated exchange rates: units of a currency per one unit of the workspace's."""

from headwater.rates.actions import add, lock
from headwater.rates.model import Rate, RateDraft
from headwater.rates.sql import by_id, on_day, rates

__all__ = ["Rate", "RateDraft", "add", "by_id", "lock", "on_day", "rates"]
