"""Somebody says which network a customer came by, who knows it from elsewhere."""

from typing import Any

from headwater import attribution
from headwater.attribution import Attribution
from headwater.consequences import Settings, after_association
from headwater.customers import Customer
from headwater.db import Write
from headwater.kit.context import Context
from headwater.tracking.attach import attach_released
from headwater.tracking.lead import lock_customer
from headwater.tracking.tokens import customer_token


def attribute(
    tx: Write, ctx: Context, settings: Settings, customer: Customer, row: dict[str, Any]
) -> Attribution:
    """The first identifier of each provider stays (A-3); returns that one. `row`: provider,
    identifier, parameter, touched_at.
    """
    lock_customer(tx, ctx, customer.external_id)
    given = {"customer_id": customer.id, "now": ctx.now_us, **row}
    attribution.insert_foreign(tx, ctx.workspace_id, given)
    after_association(tx, ctx, customer, ctx.now_us)
    attach_released(tx, ctx, settings, (customer_token(customer.external_id),))
    known = attribution.attributions(tx, ctx.workspace_id, customer.id)
    return next(each for each in known if each.provider == row["provider"])
