"""Clicks, leads and sales of a period: counted by whatever tells them apart, and one by one."""

from headwater.insights.actions import Question, answer
from headwater.insights.events import READ_MAX, Listed, Listing, listing
from headwater.insights.periods import INTERVALS, Period, period
from headwater.insights.queries import predicate
from headwater.insights.values import (
    FILTERS,
    GROUPS,
    OF_CONVERSIONS,
    OF_SALES,
    QUERY,
    listed,
)

__all__ = [
    "FILTERS",
    "GROUPS",
    "INTERVALS",
    "OF_CONVERSIONS",
    "OF_SALES",
    "QUERY",
    "READ_MAX",
    "Listed",
    "Listing",
    "Period",
    "Question",
    "answer",
    "listed",
    "listing",
    "period",
    "predicate",
]
