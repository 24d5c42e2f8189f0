"""What follows from a fact, in its own transaction: credit, commission, receipt, messages.

Read this file to know what happens when a lead, a sale or a refund is recorded.
"""

from dataclasses import dataclass
from functools import partial

from headwater import attribution, commissions, conversions, delivery, links, programs, receipts
from headwater.attribution import Click, Credit, Facts, Touch
from headwater.commissions import Commission, NotOwed, Owed, Winner
from headwater.conversions import Lead, Refund, Sale
from headwater.customers import Customer
from headwater.db import Write
from headwater.delivery import Draft
from headwater.kit.context import Context
from headwater.kit.value import Value
from headwater.links import ConversionDelta
from headwater.messages import View
from headwater.receipts import Considered, Owing, ProgramTerms, Reasoning, Receipt
from headwater.reports import plan_refund, plan_sale


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a tracking script needs besides its transaction; the same for a whole process."""

    click_ids: attribution.ClickIds
    direct_sale_parity: bool
    api_url: str


def after_lead(
    tx: Write, ctx: Context, settings: Settings, lead: Lead, customer: Customer, currency: str,
    *, click: Click, named: str | None, parity: bool, said: str | None,
) -> None:  # fmt: skip
    """`named`: the one lead whose touch counts; None where all the customer is known by do."""
    touches = attribution.touches(tx, ctx.workspace_id, customer.id)
    credit = _credit(tx, ctx, customer, touches, at=lead.at, named=named, said=said)
    settled = commissions.settle_lead(tx, ctx, lead, _winner(credit), currency, parity=parity)
    fact = _Fact(
        kind="lead",
        id=lead.id,
        customer=customer,
        link_number=lead.link_number,
        quantity=lead.quantity,
    )
    _write_receipt(tx, ctx, fact, credit, settled)
    earned = settled[1]
    _count(tx, ctx, ConversionDelta(lead.link_number, leads=lead.quantity), earned)
    view = View(tx, ctx.workspace_id, settings, customer, lead.link_number)
    drafts = [
        Draft(
            event="lead.created",
            subject_id=lead.id,
            order_key=customer.id,
            data=partial(view.lead, click, lead),
        )
    ]
    delivery.plan(tx, ctx, drafts + _commission_draft(view, customer, earned, None))


def after_sale(
    tx: Write, ctx: Context, settings: Settings, sale: Sale, customer: Customer,
    lead: Touch, touches: list[Touch], *, named: str | None, said: str | None,
) -> str:  # fmt: skip
    """`lead` is the touch of the sale's lead, one of `touches`. Returns the receipt's id."""
    credit = _credit(tx, ctx, customer, touches, at=sale.at, named=named, said=said)
    settled = commissions.settle_sale(tx, ctx, sale, _winner(credit))
    fact = _Fact(
        kind="sale",
        id=sale.id,
        customer=customer,
        link_number=sale.link_number,
        amount=sale.amount,
        currency=sale.currency,
    )
    receipt_id = _write_receipt(tx, ctx, fact, credit, settled)
    earned = settled[1]
    first = customer.sales == 0 or conversions.is_first_on_link(tx, ctx.workspace_id, sale)
    delta = ConversionDelta(
        sale.link_number, conversions=int(first), sales=1, sale_amount=sale.amount
    )
    view = View(tx, ctx.workspace_id, settings, customer, sale.link_number)
    drafts = [
        Draft(
            event="sale.created",
            subject_id=sale.id,
            order_key=customer.id,
            data=partial(view.sale, sale, lead),
        )
    ]
    delivery.plan(tx, ctx, drafts + _commission_draft(view, customer, earned, sale.invoice_id))
    plan_sale(tx, ctx, sale, customer)
    _count(tx, ctx, delta, earned)
    return receipt_id


def after_refund(
    tx: Write, ctx: Context, refund: Refund, sale: Sale, commission: Commission | None
) -> None:
    commissions.reverse_for_refund(tx, ctx, refund, commission)
    plan_refund(tx, ctx, refund, sale)
    if commission is not None and refund.reversed:
        if commission.link_number is not None:
            delta = ConversionDelta(commission.link_number, earnings=-refund.reversed)
            links.add_conversion(tx, delta)
        _add_earned(tx, ctx, commission, -refund.reversed)
    reasoning = Reasoning(
        rule_version=receipts.REFUND_RULE_VERSION,
        program=None,
        considered=[],
        winner_click_id=None,
        winner_link_id=None,
        credit=receipts.RefundReason.FOLLOWS_THE_SALE.value,
        owed=_taken_back(refund, commission),
        owed_reason=receipts.reason_of_refund(commission is not None, refund.reversed).value,
        flags=[],
        amount=refund.amount,
        currency=sale.currency,
        sale_id=sale.id,
    )
    receipt = Receipt(
        id=ctx.new_id("rcp_"),
        kind="refund",
        conversion_id=refund.id,
        customer_id=sale.customer_id,
        link_number=sale.link_number,
        program_id=commission.program_id if commission else None,
        partner_id=commission.partner_id if commission else None,
        restatable=False,
        reasoning=reasoning,
        decided_at=ctx.now_us,
    )
    receipts.write(tx, ctx, receipt)


def _taken_back(refund: Refund, commission: Commission | None) -> Owing | None:
    if commission is None or not refund.reversed:
        return None
    return Owing(
        amount=-refund.reversed,
        currency=commission.currency,
        commission_id=commission.id,
        reward_id=commission.reward_id,
    )


def _credit(
    tx: Write, ctx: Context, customer: Customer, touches: list[Touch],
    *, at: int, named: str | None, said: str | None,
) -> Credit:  # fmt: skip
    """`said`: the e-mail in the call. With a single touch no frozen one is even looked up."""
    frozen = None
    if len(touches) > 1:
        found = attribution.frozen_touch(tx, ctx.workspace_id, customer.id)
        frozen = found[0] if found else None
    facts = Facts(
        conversion_at=at,
        touches=touches,
        named_lead=named,
        frozen_click_id=frozen,
        customer_addresses=(customer.email, said, customer.external_id),
    )
    return attribution.credit(facts)


def _winner(credit: Credit) -> Winner | None:
    touch = credit.winner
    if touch is None or credit.terms is None or touch.partner_id is None:
        return None
    return Winner(
        program_id=credit.terms.program_id,
        partner_id=touch.partner_id,
        link_number=touch.link_number,
    )


class _Fact(Value, frozen=True, kw_only=True):
    """What a receipt is about."""

    kind: str
    id: str
    customer: Customer
    link_number: int
    amount: int | None = None
    currency: str | None = None
    quantity: int = 1


def _write_receipt(
    tx: Write,
    ctx: Context,
    fact: _Fact,
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
    )


def _flags(winner: Touch | None) -> list[str]:
    """A conversion through a click that was no plain human visit says so."""
    human = attribution.HitClass.HUMAN.value
    return [] if winner is None or winner.hit_class == human else [f"click:{winner.hit_class}"]


def _count(tx: Write, ctx: Context, delta: ConversionDelta, earned: Commission | None) -> None:
    """Counters last, in order of link: their rows are the hot ones."""
    deltas = [delta]
    if earned is not None and earned.link_number == delta.link_number:
        deltas = [delta._replace(earnings=earned.earnings)]
    elif earned is not None and earned.link_number is not None:
        deltas.append(ConversionDelta(earned.link_number, earnings=earned.earnings))
    for each in sorted(deltas):
        links.add_conversion(tx, each)
    if earned is not None:
        _add_earned(tx, ctx, earned, earned.earnings)


def _add_earned(tx: Write, ctx: Context, of: Commission, amount: int) -> None:
    programs.add_earned(tx, ctx.workspace_id, of.program_id, of.partner_id, amount)


def _commission_draft(
    view: View, customer: Customer, commission: Commission | None, invoice_id: str | None
) -> list[Draft]:
    if commission is None:
        return []
    draft = Draft(
        event="commission.created",
        subject_id=commission.id,
        order_key=customer.id,
        data=partial(view.commission, commission, invoice_id),
    )
    return [draft]
