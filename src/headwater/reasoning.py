"""A decision as its receipt tells it: who was weighed, who won, what is owed and why."""

from headwater import attribution, conversions, receipts
from headwater.attribution import Credit, Touch
from headwater.commissions import Commission, NotOwed, Owed
from headwater.conversions import Dispute, Refund, Sale
from headwater.customers import Customer
from headwater.db import Write
from headwater.kit.context import Context
from headwater.kit.value import Value
from headwater.receipts import (
    Considered,
    DisputeReason,
    Owing,
    ProgramTerms,
    Reasoning,
    Receipt,
    RefundReason,
)


class Fact(Value, frozen=True, kw_only=True):
    """What a receipt is about."""

    kind: str
    id: str
    customer: Customer
    link_number: int | None
    amount: int | None = None
    currency: str | None = None
    quantity: int = 1


def write_decision(
    tx: Write,
    ctx: Context,
    fact: Fact,
    credit: Credit,
    settled: tuple[Owed | NotOwed, Commission | None],
) -> str:
    owed, commission = settled
    winner, terms = credit.winner, credit.terms
    reasoning = Reasoning(
        rule_version=attribution.RULE_VERSION,
        program=_program(terms),
        considered=[_considered(verdict) for verdict in credit.verdicts],
        winner_click_id=winner.click_id if winner else None,
        winner_link_id=winner.link_id if winner else None,
        credit=credit.reason.value,
        owed=_owing(owed, commission),
        owed_reason=owed.reason.value,
        flags=_flags(winner),
        amount=fact.amount,
        currency=fact.currency,
        quantity=fact.quantity,
    )
    receipt = Receipt(
        id=ctx.new_id("rcp_"),
        kind=fact.kind,
        conversion_id=fact.id,
        customer_id=fact.customer.id,
        link_number=fact.link_number,
        program_id=terms.program_id if terms else None,
        partner_id=winner.partner_id if winner else None,
        restatable=credit.restatable,
        reasoning=reasoning,
        decided_at=ctx.now_us,
    )
    receipts.write(tx, ctx, receipt)
    return receipt.id


def _program(terms: attribution.Terms | None) -> ProgramTerms | None:
    if terms is None:
        return None
    return ProgramTerms(
        id=terms.program_id, attribution_model=terms.model.value, window_days=terms.window_days
    )


def _considered(verdict: attribution.Verdict) -> Considered:
    touch = verdict.touch
    return Considered(
        click_id=touch.click_id,
        clicked_at=touch.clicked_at,
        link_id=touch.link_id,
        partner_id=touch.partner_id,
        verdict="won" if verdict.won else "lost",
        reason=verdict.reason.value,
    )


def _owing(owed: Owed | NotOwed, commission: Commission | None) -> Owing | None:
    if commission is None or isinstance(owed, NotOwed):
        return None
    return Owing(
        amount=owed.amount,
        currency=commission.currency,
        commission_id=commission.id,
        reward_id=owed.reward.id,
        due_at=commission.due_at,
    )


def _flags(winner: Touch | None) -> list[str]:
    """A conversion through a click that was no plain human visit says so."""
    human = attribution.HitClass.HUMAN.value
    return [] if winner is None or winner.hit_class == human else [f"click:{winner.hit_class}"]


def write_refund(
    tx: Write, ctx: Context, refund: Refund, sale: Sale, commission: Commission | None
) -> None:
    disputed = (
        not refund.reversed and conversions.taken_by_disputes(tx, ctx.workspace_id, sale.id) > 0
    )
    said = _Taken(
        kind="refund",
        rule_version=receipts.REFUND_RULE_VERSION,
        reason=receipts.reason_of_refund(
            commission is not None, refund.reversed, disputed=disputed
        ),
        amount=refund.amount,
    )
    _write_taken(tx, ctx, refund, sale, commission, said)


def write_dispute(
    tx: Write, ctx: Context, dispute: Dispute, sale: Sale, commission: Commission | None
) -> None:
    said = _Taken(
        kind="dispute",
        rule_version=receipts.DISPUTE_RULE_VERSION,
        reason=receipts.reason_of_dispute(commission is not None, dispute.reversed),
        amount=sale.amount,
    )
    _write_taken(tx, ctx, dispute, sale, commission, said)


class _Taken(Value, frozen=True, kw_only=True):
    """What a receipt says of something taken back from a sale."""

    kind: str
    rule_version: str
    reason: RefundReason | DisputeReason
    amount: int


def _write_taken(
    tx: Write,
    ctx: Context,
    source: Refund | Dispute,
    sale: Sale,
    commission: Commission | None,
    said: _Taken,
) -> None:
    """Who is credited was decided with its sale."""
    reasoning = Reasoning(
        rule_version=said.rule_version,
        program=None,
        considered=[],
        winner_click_id=None,
        winner_link_id=None,
        credit=RefundReason.FOLLOWS_THE_SALE.value,
        owed=_taken_back(source, commission),
        owed_reason=said.reason.value,
        flags=[],
        amount=said.amount,
        currency=sale.currency,
        sale_id=sale.id,
    )
    receipt = Receipt(
        id=ctx.new_id("rcp_"),
        kind=said.kind,
        conversion_id=source.id,
        customer_id=sale.customer_id,
        link_number=sale.link_number,
        program_id=commission.program_id if commission else None,
        partner_id=commission.partner_id if commission else None,
        restatable=False,
        reasoning=reasoning,
        decided_at=ctx.now_us,
    )
    receipts.write(tx, ctx, receipt)


def _taken_back(source: Refund | Dispute, commission: Commission | None) -> Owing | None:
    if commission is None or not source.reversed:
        return None
    return Owing(
        amount=-source.reversed,
        currency=commission.currency,
        commission_id=commission.id,
        reward_id=commission.reward_id,
    )
