"""What became of each tracking call, for as long as it is of interest."""

from headwater.conversion_log.actions import forget, sweep
from headwater.conversion_log.model import Entry, LogFilter, LogOutcome
from headwater.conversion_log.sql import append, by_id, insert, page

__all__ = [
    "Entry",
    "LogFilter",
    "LogOutcome",
    "append",
    "by_id",
    "forget",
    "insert",
    "page",
    "sweep",
]
