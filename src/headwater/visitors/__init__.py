"""Anonymous browsers and what they came by, kept until somebody signs up in one."""

from headwater.visitors.actions import (
    Taken,
    claim,
    forget,
    known,
    lock,
    move,
    remember,
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
    Source,
    Touch,
    TouchDraft,
)
from headwater.visitors.rules import cookie_parts, first_ids, has_evidence
from headwater.visitors.sql import of_customer

__all__ = [
    "Answer",
    "Checkout",
    "Consent",
    "FirstId",
    "NetworkId",
    "Source",
    "Taken",
    "Touch",
    "TouchDraft",
    "begin",
    "by_checkout_id",
    "claim",
    "cookie_parts",
    "first_ids",
    "forget",
    "has_evidence",
    "known",
    "lock",
    "move",
    "of_customer",
    "remember",
    "sweep",
    "withdraw",
]
