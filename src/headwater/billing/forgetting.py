"""What goes: with a person, and with time."""

from collections.abc import Iterable

import msgspec

from headwater import customers
from headwater.billing import known, known_sql, sql
from headwater.customers import Customer
from headwater.db import Read, Write
from headwater.kit.context import Context

CHUNK = 200  # bodies deleted at once, so that no other write waits long


def forget(tx: Write, ctx: Context, customer: Customer, names: Iterable[str]) -> None:
    """What came about a customer and what was said of them; Stripe's ids of them keep a mark, so
    that nothing is learned of them again. Refunds of what they paid still count.
    """
    words = {*names, *_own_address(tx, ctx, customer)}
    stripe_ids = {customer.stripe_customer_id} if customer.stripe_customer_id else set()
    for word in words:
        quoted = msgspec.json.encode(word).decode()
        stripe_ids |= set(known_sql.mentioning(tx, ctx.workspace_id, known.CUSTOMER, quoted))
    for each in sorted(words | stripe_ids):
        for event_id in sql.mentioning(tx, ctx.workspace_id, each):
            sql.forget_body(tx, ctx.workspace_id, event_id)
    for stripe_id in sorted(stripe_ids):
        known.erase(tx, ctx.workspace_id, stripe_id, ctx.now_us)


def _own_address(tx: Read, ctx: Context, customer: Customer) -> list[str]:
    """Their e-mail address, where no other customer shares it: whoever stays keeps theirs."""
    if customer.email is None:
        return []
    shared = customers.by_email(tx, ctx.workspace_id, customer.email, 2)
    return [customer.email] if len(shared) == 1 else []


def sweep(tx: Write, workspace_id: str, before_us: int) -> bool:
    """Delete bodies that came before then of events that are done; whether there may be more."""
    return sql.forget_bodies_before(tx, workspace_id, before_us, CHUNK) == CHUNK
