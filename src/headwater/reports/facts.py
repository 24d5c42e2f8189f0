"""Facts in the words of reports."""

from headwater import conversions, customers, delivery
from headwater.conversions import Dispute, Milestone, Refund, Sale
from headwater.customers import Customer
from headwater.db import Write
from headwater.kit.context import Context
from headwater.reports.actions import plan
from headwater.reports.model import Cause, Fact, Reportable


def plan_sale(tx: Write, ctx: Context, sale: Sale, customer: Customer) -> None:
    """As it was paid: in the buyer's currency, under the merchant's invoice."""
    fact = Reportable(
        kind=Fact.SALE,
        fact_id=sale.id,
        customer=customer,
        at=sale.at,
        amount=sale.original_amount,
        currency=sale.original_currency,
        plan=sale.plan,
        promo_code=sale.promo_code,
        scope=sale.scope,
        administrative=sale.administrative,
        order_ref=sale.invoice_id,
        sale_id=sale.id,
    )
    plan(tx, ctx, fact)


def plan_refund(tx: Write, ctx: Context, refund: Refund, sale: Sale) -> None:
    """What counts is what all refunds of the sale leave of it."""
    if delivery.networks(tx, ctx.workspace_id):
        given_back = conversions.refunded(tx, ctx.workspace_id, sale.id).original_amount
        left = max(0, sale.original_amount - given_back)
        _plan_reversal(tx, ctx, refund, sale, Cause.REFUND, left=left)


def plan_dispute(tx: Write, ctx: Context, dispute: Dispute, sale: Sale) -> None:
    """Whole, however little of it is contested (A-88)."""
    if delivery.networks(tx, ctx.workspace_id):
        _plan_reversal(tx, ctx, dispute, sale, Cause.DISPUTE, left=0)


def _plan_reversal(
    tx: Write, ctx: Context, source: Refund | Dispute, sale: Sale, cause: Cause, *, left: int
) -> None:
    customer = customers.by_id(tx, ctx.workspace_id, sale.customer_id)
    assert customer is not None
    fact = Reportable(
        kind=Fact.REVERSAL,
        fact_id=source.id,
        customer=customer,
        at=source.at,
        order_ref=sale.invoice_id,
        sale_id=sale.id,
        cause=cause,
        whole=left == 0,
        amount=left,
        currency=sale.original_currency,
    )
    plan(tx, ctx, fact)


def plan_milestone(tx: Write, ctx: Context, made: Milestone, customer: Customer) -> None:
    fact = Reportable(
        kind=Fact(made.kind),
        fact_id=made.id,
        customer=customer,
        at=made.at,
        plan=made.plan,
        scope=made.scope,
        administrative=made.administrative,
    )
    plan(tx, ctx, fact)


def plan_association(tx: Write, ctx: Context, customer: Customer, at: int) -> None:
    """Somebody signs up, or comes back: whoever is first known to a network then signed up then
    (A-26), once (A-64).
    """
    fact = Reportable(kind=Fact.SIGNUP, fact_id=customer.id, customer=customer, at=at)
    plan(tx, ctx, fact)
