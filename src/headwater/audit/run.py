from collections.abc import Callable

from headwater.audit import counters, inbox, journal, lines, money, reasoning, rows, touches
from headwater.audit.model import Audit, Difference
from headwater.db import Read

Check = Callable[[Read], tuple[int, list[Difference]]]


CHECKS: dict[str, Check] = {
    "trial balance": money.trial_balance,
    "accruals": money.accruals,
    "payments": money.payments,
    "reversals": money.reversals,
    "refunded sales": money.refunds_within_sales,
    "converted sales": money.converted_sales,
    "link counters": counters.link_counters,
    "customer counters": counters.customer_counters,
    "earned": counters.earned,
    "receipts": journal.receipts,
    "reasoning": reasoning.reasoning,
    "first touches": touches.frozen_touches,
    "inbox results": inbox.results,
    "inbox lines": inbox.resolved_once,
    "journal lines": lines.lines,
    "recorded rows": rows.recorded,
    "recorded enrolments": rows.enrolments,
    "recorded restatements": rows.restatements,
    "click groups": journal.clicks,
    "journal chain": journal.chain,
}


def audit(tx: Read) -> Audit:
    """Every check on one snapshot, so that a running server does not look like a difference."""
    checked: dict[str, int] = {}
    differences: list[Difference] = []
    for name, check in CHECKS.items():
        checked[name], found = check(tx)
        differences += found
    return Audit(checked=checked, differences=differences)
