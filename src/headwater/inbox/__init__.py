"""Input that waits for a human or a missing piece. Nothing well-formed is thrown away."""

from headwater.inbox.actions import hold, keep, ready, resolve, waiting
from headwater.inbox.model import REMEDY, InboxDraft, InboxFilter, InboxItem, Kind, Reason, State
from headwater.inbox.sql import (
    become,
    by_id,
    count_waiting,
    forget_bodies,
    mark_all_ready,
    mentioning,
    page,
    patient_items,
    ready_items,
)

__all__ = [
    "REMEDY",
    "InboxDraft",
    "InboxFilter",
    "InboxItem",
    "Kind",
    "Reason",
    "State",
    "become",
    "by_id",
    "count_waiting",
    "forget_bodies",
    "hold",
    "keep",
    "mark_all_ready",
    "mentioning",
    "page",
    "patient_items",
    "ready",
    "ready_items",
    "resolve",
    "waiting",
]
