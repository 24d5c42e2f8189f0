"""A lead in mode `deferred`: the customer is made known with a click, and nothing happened yet."""

from headwater import attribution, customers, inbox, journal
from headwater.consequences import Settings
from headwater.customers import Customer
from headwater.db import Read, Write
from headwater.inbox import InboxItem, Reason
from headwater.kit.context import Context
from headwater.tracking.lead import (
    click_of,
    completed,
    create_customer,
    keep_lead,
    lock_customer,
)
from headwater.tracking.model import Announced, LeadCall, Outcome
from headwater.tracking.tokens import customer_token


def announce_customer(
    tx: Write, ctx: Context, settings: Settings, call: LeadCall, item: InboxItem | None = None
) -> Outcome:
    """No lead, no counter, no commission, no message. A lead without a click completes it."""
    lock_customer(tx, ctx, call.customer_external_id)
    customer = customers.by_external_id(tx, ctx.workspace_id, call.customer_external_id)
    click = click_of(tx, ctx, settings, call, customer)
    if isinstance(click, Reason):
        return keep_lead(tx, ctx, call, click, item)
    if customer is None:
        customer = create_customer(tx, ctx, call, click)
    else:
        customer = completed(tx, ctx, customer, call)
    _remember(tx, ctx, customer, click)
    if item is not None:
        inbox.resolve(tx, ctx, item, "customer", customer.id)
    released = (customer_token(call.customer_external_id),)
    return Announced(
        customer=customer,
        click_id=click.click_id,
        link_number=click.link_number,
        released=released,
    )


def _remember(tx: Write, ctx: Context, customer: Customer, click: attribution.Click) -> None:
    announced_id = ctx.new_id("ann_")
    row = {
        "id": announced_id,
        "customer_id": customer.id,
        "click_id": click.click_id,
        "link_number": click.link_number,
        "clicked_at": click.first_at,
        "now": ctx.now_us,
    }
    if attribution.insert_announced(tx, ctx.workspace_id, row):
        content = (customer.id, click.click_id, click.first_at)
        journal.write(tx, ctx, "announced_click", announced_id, *content)


def announced(
    tx: Read, workspace_id: str, settings: Settings, customer_id: str, click_id: str = ""
) -> Announced:
    """What was answered for this customer and click, or for the click they are known by."""
    customer = customers.by_id(tx, workspace_id, customer_id)
    click_id = click_id or attribution.announced_click(tx, workspace_id, customer_id) or ""
    click = attribution.click_named(tx, workspace_id, settings.click_ids, click_id)
    assert customer is not None
    assert click is not None
    return Announced(customer=customer, click_id=click_id, link_number=click.link_number)
