"""The stored reasoning of every decision, and its words for people."""

from headwater.receipts.actions import restate, write
from headwater.receipts.explain import CLICK_SHARED, sentences
from headwater.receipts.model import (
    IMPORT_RULE_VERSION,
    Considered,
    ImportReason,
    Owing,
    ProgramTerms,
    Reasoning,
    Receipt,
)
from headwater.receipts.rules import (
    DISPUTE_RULE_VERSION,
    REFUND_RULE_VERSION,
    DisputeReason,
    RefundReason,
    reason_of_dispute,
    reason_of_refund,
)
from headwater.receipts.sql import (
    ReceiptFilter,
    Restatement,
    find,
    id_of,
    page,
    restatements,
    workspace_of,
)

__all__ = [
    "CLICK_SHARED",
    "DISPUTE_RULE_VERSION",
    "IMPORT_RULE_VERSION",
    "REFUND_RULE_VERSION",
    "Considered",
    "DisputeReason",
    "ImportReason",
    "Owing",
    "ProgramTerms",
    "Reasoning",
    "Receipt",
    "ReceiptFilter",
    "RefundReason",
    "Restatement",
    "find",
    "id_of",
    "page",
    "reason_of_dispute",
    "reason_of_refund",
    "restate",
    "restatements",
    "sentences",
    "workspace_of",
    "write",
]
