"""What networks are told of facts: decided with the fact, sent and followed up by the worker."""

from headwater.reports.actions import plan
from headwater.reports.correct import Correction, correct
from headwater.reports.differences import Difference, Kind
from headwater.reports.facts import (
    plan_association,
    plan_dispute,
    plan_milestone,
    plan_refund,
    plan_sale,
)
from headwater.reports.impact import IMPACT_WIRE, payload
from headwater.reports.listing import (
    Action,
    By,
    Failed,
    Page,
    Throttled,
    Window,
    halves,
    hear,
    longest_ago,
    request,
)
from headwater.reports.model import Cause, Fact, Reportable
from headwater.reports.reconcile import Span, asked, compare, tell_again
from headwater.reports.setup import (
    AccountChanges,
    NewAccount,
    change_account,
    create_account,
    missing,
    shown_settings,
)
from headwater.reports.sql import count_visits
from headwater.reports.visits import admit_visits, plan_visits, visits_to_admit

__all__ = [
    "IMPACT_WIRE",
    "AccountChanges",
    "Action",
    "By",
    "Cause",
    "Correction",
    "Difference",
    "Fact",
    "Failed",
    "Kind",
    "NewAccount",
    "Page",
    "Reportable",
    "Span",
    "Throttled",
    "Window",
    "admit_visits",
    "asked",
    "change_account",
    "compare",
    "correct",
    "count_visits",
    "create_account",
    "halves",
    "hear",
    "longest_ago",
    "missing",
    "payload",
    "plan",
    "plan_association",
    "plan_dispute",
    "plan_milestone",
    "plan_refund",
    "plan_sale",
    "plan_visits",
    "request",
    "shown_settings",
    "tell_again",
    "visits_to_admit",
]
