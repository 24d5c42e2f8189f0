"""Expected against recorded, number by number and fact by fact."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headwater.simulate.facts import Fact
    from headwater.simulate.observe import HeldCommission, HeldReceipt, Holdings
    from headwater.simulate.run import Run
    from headwater.simulate.totals import Totals


def compare_books(run: Run, totals: Totals, held: Holdings) -> None:
    """Note every link, conversion, commission, balance and inbox row that is not as it must be."""
    _compare_links(run, totals, held)
    _compare_receipts(run, totals, held)
    _compare_commissions(run, totals, held)
    _compare_balances(run, totals, held)
    _compare_inbox(run, totals, held)


def _compare_links(run: Run, totals: Totals, held: Holdings) -> None:
    for number, (expected, recorded) in enumerate(zip(totals.links, held.links, strict=True)):
        name = f"{run.world.links[number].name}, {run.links[number]}"
        for what, value in asdict(expected).items():
            run.differences.same(f"link {what}", value, getattr(recorded, what), name)


def _compare_receipts(run: Run, totals: Totals, held: Holdings) -> None:
    unseen = dict(held.receipts)
    for fact in totals.facts.values():
        recorded_id = run.ids.get(fact.truth, "never answered")
        receipt = unseen.pop(recorded_id, None)
        detail = f"{fact.truth}, {recorded_id}"
        if receipt is None:
            run.differences.note("receipt", fact.kind, None, detail)
        else:
            _compare_receipt(run, fact, receipt, detail)
    for conversion_id, receipt in unseen.items():
        detail = f"{conversion_id} of customer {receipt.customer_id}: not one of this run's"
        run.differences.note("receipt", None, receipt.kind, detail)


def _compare_receipt(run: Run, fact: Fact, receipt: HeldReceipt, detail: str) -> None:
    same = run.differences.same
    same("receipt kind", fact.kind, receipt.kind, detail)
    same("receipt link", run.links[fact.link], receipt.link_id, detail)
    if fact.kind == "refund":
        return
    same("owed", fact.owed, receipt.owed, f"{detail}: {receipt.why}")
    if fact.winner is not None:
        same("winner", run.partners[fact.winner], receipt.winner, f"{detail}: {receipt.why}")


def _compare_commissions(run: Run, totals: Totals, held: Holdings) -> None:
    truths = {recorded_id: truth for truth, recorded_id in run.ids.items()}
    seen: set[str] = set()
    for row in held.commissions:
        truth = truths.get(row.conversion_id)
        fact = totals.facts.get(truth or "")
        detail = f"{row.id} for {truth or row.conversion_id}"
        if fact is None or fact.owed is None or fact.truth in seen:
            run.differences.note("commission", None, row.original, detail)
            continue
        seen.add(fact.truth)
        _compare_commission(run, totals, fact, row, detail)
    for fact in totals.facts.values():
        if fact.kind != "refund" and fact.owed is not None and fact.truth not in seen:
            run.differences.note("commission", fact.owed, None, fact.truth)


def _compare_commission(
    run: Run, totals: Totals, fact: Fact, row: HeldCommission, detail: str
) -> None:
    owed, back = fact.owed or 0, totals.reversed[fact.truth]
    run.differences.same("commission earned", owed, row.original, detail)
    run.differences.same("commission taken back", back, row.reversed, detail)
    run.differences.same("commission left", owed - back, row.earnings, detail)


def _compare_balances(run: Run, totals: Totals, held: Holdings) -> None:
    listed = dict.fromkeys(run.partners, 0)
    for row in held.commissions:
        listed[row.partner_id] += row.earnings
    for number, partner_id in enumerate(run.partners):
        detail = f"{run.world.partners[number].name}, {partner_id}"
        earned = totals.earned[number]
        run.differences.same("balance in the ledger", earned, held.balances[number], detail)
        run.differences.same("sum of commissions", earned, listed[partner_id], detail)


def _compare_inbox(run: Run, totals: Totals, held: Holdings) -> None:
    for reason, expected in totals.inbox.items():
        found = inbox_names(held, reason)
        for name in sorted(expected - found):
            run.differences.note("inbox row", reason, None, name)
    for reason, state, names in held.inbox:
        if state == "waiting" and not names & _may_wait(totals):
            run.differences.note("inbox row still waiting", None, reason, ", ".join(sorted(names)))


def inbox_names(held: Holdings, reason: str) -> set[str]:
    """Collect the names in rows kept for a reason of the truth."""
    accepted = _REASONS.get(reason, {reason})
    rows = [names for kept, _, names in held.inbox if not accepted or kept in accepted]
    return set().union(*rows)


_REASONS: dict[str, set[str]] = {
    "forged": {"forged_click_id", "unknown_click"},
    "no_click": set(),
}
"""Where the contract leaves the reason open, any of these will do; an empty set is any at all."""


def _may_wait(totals: Totals) -> set[str]:
    """Name what no later call ever makes good."""
    return set().union(*totals.inbox.values())
