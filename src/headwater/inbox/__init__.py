"""Input that waits for a human or a missing piece. Nothing well-formed is thrown away."""

from headwater.inbox.actions import hold, keep, ready, resolve, waiting
from headwater.inbox.model import REMEDY, InboxDraft, InboxFilter, InboxItem, Kind, Reason, State
from headwater.inbox.sql import by_id, count_waiting, page, ready_items

__all__ = [
    "REMEDY",
    "InboxDraft",
    "InboxFilter",
    "InboxItem",
    "Kind",
    "Reason",
    "State",
    "by_id",
    "count_waiting",
    "hold",
    "keep",
    "page",
    "ready",
    "ready_items",
    "resolve",
    "waiting",
]
