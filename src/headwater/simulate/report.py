"""The outcome of a run as numbers side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headwater.simulate.compare import inbox_names
from headwater.simulate.moods import SUBSCRIPTIONS
from headwater.simulate.settle import expected_messages

if TYPE_CHECKING:
    from headwater.simulate.observe import Holdings
    from headwater.simulate.receiver import Receiver
    from headwater.simulate.run import Run
    from headwater.simulate.totals import LinkNumbers, Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was expected, what was recorded, and every difference between them."""

    seed: int
    visitors: int
    expected: dict[str, Any]
    recorded: dict[str, Any]
    differences: list[dict[str, Any]]
    latency_ms: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Give the shape that `headwater simulate --json` prints."""
        return {
            "seed": self.seed,
            "visitors": self.visitors,
            "expected": self.expected,
            "recorded": self.recorded,
            "differences": self.differences,
            "latencyMs": self.latency_ms,
        }


def write_report(run: Run, totals: Totals, held: Holdings, receiver: Receiver) -> Report:
    """Put the truth beside what the server and the receivers hold."""
    return Report(
        seed=run.options.seed,
        visitors=run.options.visitors,
        expected=_expected(run, totals),
        recorded=_recorded(run, totals, held, receiver),
        differences=run.differences.to_json(),
        latency_ms=latency_ms(run.client.latencies_s),
    )


def latency_ms(latencies_s: list[float]) -> dict[str, float]:
    """Say how long answers to tracking calls took, at the middle and near the end."""
    if not latencies_s:
        return {}
    ordered = sorted(latencies_s)
    at = {"p50": len(ordered) // 2, "p99": len(ordered) * 99 // 100, "max": len(ordered) - 1}
    return {name: round(ordered[place] * 1000, 3) for name, place in at.items()}


def _expected(run: Run, totals: Totals) -> dict[str, Any]:
    earning = [f for f in totals.facts.values() if f.kind != "refund" and f.owed is not None]
    refunds = totals.of_kind("refund")
    messages = {event: len(keys) for event, keys in expected_messages(run, totals).items()}
    messages["link.clicked"] = sum(numbers.clicks for numbers in totals.links)
    return {
        **_sums(totals.links),
        "refunds": len(refunds),
        "refundAmount": sum(refund.amount for refund in refunds),
        "commissions": len(earning),
        "commissionAmount": sum(totals.earned.values()),
        **{f"messages.{event}": n * _askers(event) for event, n in messages.items()},
        **{f"inbox.{reason}": len(names) for reason, names in sorted(totals.inbox.items())},
        "commissionByPartner": {
            partner.name: totals.earned[n] for n, partner in enumerate(run.world.partners)
        },
    }


def _recorded(run: Run, totals: Totals, held: Holdings, receiver: Receiver) -> dict[str, Any]:
    kinds = Counter(receipt.kind for receipt in held.receipts.values())
    return {
        **_sums(held.links),
        "refunds": kinds["refund"],
        "refundAmount": sum(run.refunded.values()),
        "commissions": len(held.commissions),
        "commissionAmount": sum(row.earnings for row in held.commissions),
        **_messages_held(receiver),
        **{
            f"inbox.{reason}": len(names & inbox_names(held, reason))
            for reason, names in sorted(totals.inbox.items())
        },
        "commissionByPartner": {
            partner.name: held.balances[n] for n, partner in enumerate(run.world.partners)
        },
    }


def _sums(links: list[LinkNumbers]) -> dict[str, int]:
    return {
        "hits": sum(link.hits for link in links),
        "clicks": sum(link.clicks for link in links),
        "leads": sum(link.leads for link in links),
        "conversions": sum(link.conversions for link in links),
        "sales": sum(link.sales for link in links),
        "saleAmount": sum(link.sale_amount for link in links),
    }


def _messages_held(receiver: Receiver) -> dict[str, int]:
    held = Counter(key.split("|")[0] for e in receiver.endpoints.values() for key in e.accepted)
    kinds = {"lead.created": "lead", "sale.created": "sale", "link.clicked": "click"}
    kinds["commission.created"] = "commission"
    return {f"messages.{event}": held[kind] for event, kind in kinds.items()}


def _askers(event: str) -> int:
    """Count the receivers that are there and ask for an event."""
    return sum(event in events for name, events in SUBSCRIPTIONS.items() if name != "absent")
