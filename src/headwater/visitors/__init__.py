"""Anonymous browsers and what they came by, kept until somebody signs up in one."""

from headwater.visitors.actions import (
    claim,
    claim_late,
    forget,
    known,
    late,
    lock,
    move,
    remember,
    remember_seen,
    sweep,
    withdraw,
)
from headwater.visitors.checkout_actions import begin
from headwater.visitors.checkout_sql import by_checkout_id
from headwater.visitors.model import (
    Answer,
    Checkout,
    Consent,
    FirstId,
    NetworkId,
    Remembered,
    Seen,
    Source,
    Taken,
    Touch,
    TouchDraft,
)
from headwater.visitors.rules import cookie_parts, first_ids, has_ended, has_evidence
from headwater.visitors.sql import by_ids, is_somebodys, of_customer, of_visitor, was_anothers

__all__ = [
    "Answer",
    "Checkout",
    "Consent",
    "FirstId",
    "NetworkId",
    "Remembered",
    "Seen",
    "Source",
    "Taken",
    "Touch",
    "TouchDraft",
    "begin",
    "by_checkout_id",
    "by_ids",
    "claim",
    "claim_late",
    "cookie_parts",
    "first_ids",
    "forget",
    "has_ended",
    "has_evidence",
    "is_somebodys",
    "known",
    "late",
    "lock",
    "move",
    "of_customer",
    "of_visitor",
    "remember",
    "remember_seen",
    "sweep",
    "was_anothers",
    "withdraw",
]
