"""Counts of clicks, leads and sales over a period, by whatever tells them apart."""

from headwater.insights.actions import Question, answer
from headwater.insights.periods import INTERVALS, Period, period
from headwater.insights.values import FILTERS, GROUPS

__all__ = ["FILTERS", "GROUPS", "INTERVALS", "Period", "Question", "answer", "period"]
