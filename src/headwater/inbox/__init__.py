"""Input that waits for a human or a missing piece. Nothing well-formed is thrown away."""

from headwater.inbox.actions import hold, keep, ready, resolve, waiting
from headwater.inbox.model import (
    REMEDY,
    InboxCount,
    InboxDraft,
    InboxFilter,
    InboxItem,
    Kind,
    Reason,
    State,
)
from headwater.inbox.rules import wanted
from headwater.inbox.sql import (
    become,
    by_id,
    counts,
    fates,
    forget_bodies,
    ids_after,
    mark_all_ready,
    mentioning,
    page,
    patient_items,
    ready_items,
    tried,
)

__all__ = [
    "REMEDY",
    "InboxCount",
    "InboxDraft",
    "InboxFilter",
    "InboxItem",
    "Kind",
    "Reason",
    "State",
    "become",
    "by_id",
    "counts",
    "fates",
    "forget_bodies",
    "hold",
    "ids_after",
    "keep",
    "mark_all_ready",
    "mentioning",
    "page",
    "patient_items",
    "ready",
    "ready_items",
    "resolve",
    "tried",
    "waiting",
    "wanted",
]
