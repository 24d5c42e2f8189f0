"""What follows from a fact, in its own transaction: credit, commission, receipt, messages.

Read this file to know what happens when a lead, a sale or a refund is recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from headwater import (
    attribution,
    commissions,
    conversions,
    delivery,
    links,
    programs,
    reasoning,
)
from headwater.attribution import Click, Credit, Facts, Touch
from headwater.commissions import Commission, Winner
from headwater.conversions import Dispute, Lead, Milestone, Refund, Sale
from headwater.customers import Customer
from headwater.db import Write
from headwater.delivery import Draft
from headwater.kit.context import Context
from headwater.links import ConversionDelta
from headwater.messages import View
from headwater.reports import (
    plan_association,
    plan_dispute,
    plan_milestone,
    plan_refund,
    plan_sale,
    plan_visits,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a tracking script needs besides its transaction; the same for a whole process."""

    click_ids: attribution.ClickIds
    direct_sale_parity: bool
    patience_us: int  # that a sale waits to hear how its customer came
    api_url: str


def after_landing(tx: Write, ctx: Context, visitor_id: str, touch_ids: Sequence[str]) -> None:
    """Of touches that are new, or say more than before. Nobody has an account yet: nothing is
    credited, and nobody attributed (A-9).
    """
    if touch_ids:
        plan_visits(tx, ctx, visitor_id, touch_ids)


def after_lead(
    tx: Write, ctx: Context, settings: Settings, lead: Lead, customer: Customer, currency: str,
    *, click: Click, named: str | None, parity: bool, said: str | None,
) -> None:  # fmt: skip
    """`named`: the one lead whose touch counts; None where all the customer is known by do."""
    touches = attribution.touches(tx, ctx.workspace_id, customer.id)
    credit = _credit(tx, ctx, customer, touches, at=lead.at, named=named, said=said)
    settled = commissions.settle_lead(tx, ctx, lead, _winner(credit), currency, parity=parity)
    fact = reasoning.Fact(
        kind="lead",
        id=lead.id,
        customer=customer,
        link_number=lead.link_number,
        quantity=lead.quantity,
    )
    reasoning.write_decision(tx, ctx, fact, credit, settled)
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
    lead: Touch | None, touches: list[Touch], *, named: str | None, said: str | None,
) -> str:  # fmt: skip
    """`lead` is the touch of the sale's lead, one of `touches`: None where no link brought the
    customer, and then webhooks, which know sales by their link, are told nothing. Returns the
    receipt's id.
    """
    credit = _credit(tx, ctx, customer, touches, at=sale.at, named=named, said=said)
    settled = commissions.settle_sale(tx, ctx, sale, _winner(credit))
    fact = reasoning.Fact(
        kind="sale",
        id=sale.id,
        customer=customer,
        link_number=sale.link_number,
        amount=sale.amount,
        currency=sale.currency,
    )
    receipt_id = reasoning.write_decision(tx, ctx, fact, credit, settled)
    earned = settled[1]
    view = View(tx, ctx.workspace_id, settings, customer, sale.link_number)
    drafts = _commission_draft(view, customer, earned, sale.invoice_id)
    if lead is not None:
        drafts.insert(
            0,
            Draft(
                event="sale.created",
                subject_id=sale.id,
                order_key=customer.id,
                data=partial(view.sale, sale, lead),
            ),
        )
    delivery.plan(tx, ctx, drafts)
    plan_sale(tx, ctx, sale, customer)
    _count(tx, ctx, _delta(tx, ctx, sale, customer), earned)
    return receipt_id


def _delta(tx: Write, ctx: Context, sale: Sale, customer: Customer) -> ConversionDelta | None:
    if sale.link_number is None:
        return None
    first = customer.sales == 0 or conversions.is_first_on_link(tx, ctx.workspace_id, sale)
    return ConversionDelta(
        sale.link_number, conversions=int(first), sales=1, sale_amount=sale.amount
    )


def after_refund(
    tx: Write, ctx: Context, refund: Refund, sale: Sale, commission: Commission | None
) -> None:
    _take_back(tx, ctx, refund, commission)
    reasoning.write_refund(tx, ctx, refund, sale, commission)
    plan_refund(tx, ctx, refund, sale)


def after_dispute(
    tx: Write, ctx: Context, dispute: Dispute, sale: Sale, commission: Commission | None
) -> None:
    """When it is opened; nothing follows from how it ends."""
    _take_back(tx, ctx, dispute, commission)
    reasoning.write_dispute(tx, ctx, dispute, sale, commission)
    plan_dispute(tx, ctx, dispute, sale)


def after_milestone(tx: Write, ctx: Context, made: Milestone, customer: Customer) -> None:
    plan_milestone(tx, ctx, made, customer)


def after_association(tx: Write, ctx: Context, customer: Customer, at: int) -> None:
    """Whenever more may be known of how a customer came: at sign-up, later, from elsewhere."""
    plan_association(tx, ctx, customer, at)


def _take_back(
    tx: Write, ctx: Context, source: Refund | Dispute, commission: Commission | None
) -> None:
    commissions.take_back(tx, ctx, source, commission)
    if commission is None or not source.reversed:
        return
    if commission.link_number is not None:
        links.add_conversion(tx, ConversionDelta(commission.link_number, earnings=-source.reversed))
    _add_earned(tx, ctx, commission, -source.reversed)


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
        holding_days=credit.terms.holding_days,
    )


def _count(
    tx: Write, ctx: Context, delta: ConversionDelta | None, earned: Commission | None
) -> None:
    """Counters last, in order of link: their rows are the hot ones."""
    deltas = [] if delta is None else [delta]
    if earned is not None and delta is not None and earned.link_number == delta.link_number:
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
