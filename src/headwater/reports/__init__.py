"""What networks are told of facts: decided with the fact, sent and followed up by the worker."""

from headwater.reports.actions import plan
from headwater.reports.correct import Correction, correct
from headwater.reports.facts import (
    plan_association,
    plan_dispute,
    plan_milestone,
    plan_refund,
    plan_sale,
)
from headwater.reports.impact import IMPACT_WIRE, payload
from headwater.reports.model import Cause, Fact, Reportable
from headwater.reports.setup import (
    AccountChanges,
    NewAccount,
    change_account,
    create_account,
    missing,
    shown_settings,
)

__all__ = [
    "IMPACT_WIRE",
    "AccountChanges",
    "Cause",
    "Correction",
    "Fact",
    "NewAccount",
    "Reportable",
    "change_account",
    "correct",
    "create_account",
    "missing",
    "payload",
    "plan",
    "plan_association",
    "plan_dispute",
    "plan_milestone",
    "plan_refund",
    "plan_sale",
    "shown_settings",
]
