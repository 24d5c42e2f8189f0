"""Facts in the words of reports."""

from headwater import conversions, customers, delivery
from headwater.conversions import Refund, Sale
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
        order_ref=sale.invoice_id,
        sale_id=sale.id,
    )
    plan(tx, ctx, fact)


def plan_refund(tx: Write, ctx: Context, refund: Refund, sale: Sale) -> None:
    """A network takes back all or nothing: what counts is the refund that leaves nothing."""
    if not delivery.networks(tx, ctx.workspace_id):
        return
    customer = customers.by_id(tx, ctx.workspace_id, sale.customer_id)
    assert customer is not None
    given_back = conversions.refunded(tx, ctx.workspace_id, sale.id).original_amount
    fact = Reportable(
        kind=Fact.REVERSAL,
        fact_id=refund.id,
        customer=customer,
        at=refund.at,
        order_ref=sale.invoice_id,
        sale_id=sale.id,
        cause=Cause.REFUND,
        whole=given_back >= sale.original_amount,
    )
    plan(tx, ctx, fact)
