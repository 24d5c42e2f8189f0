"""Keeping what a checkout was begun with, so that a payment can be attributed without a browser."""

from collections.abc import Mapping
from typing import Any

from headwater.db import Read, Write
from headwater.kit.context import Context
from headwater.visitors import checkout_rules, checkout_sql, sql
from headwater.visitors.model import Checkout, Touch


def begin(
    tx: Write, ctx: Context, checkout_id: str, customer_external_id: str | None,
    customer_id: str | None, visitor_id: str | None, click_id: str | None,
    given: Mapping[str, Any],
) -> Checkout:  # fmt: skip
    """The first word on a checkout stands (T-82). Where the browser knew nothing of how it came
    here, the newest touch we know of it speaks, whole.
    """
    tx.lock(f"checkout:{ctx.workspace_id}:{checkout_id}")
    known = checkout_sql.by_checkout_id(tx, ctx.workspace_id, checkout_id)
    if known is not None:
        return known
    touches = _touches(tx, ctx, customer_id, visitor_id)
    found = checkout_rules.taken(given)
    if not checkout_rules.has_touch(found) and touches:
        found = checkout_rules.of_touch(touches[-1]) | found
    clicks = [each.click_id for each in touches if each.click_id]
    click_id = click_id or (clicks[-1] if clicks else None)
    made = Checkout(
        id=ctx.new_id("chk_"),
        checkout_id=checkout_id,
        customer_external_id=customer_external_id,
        visitor_id=visitor_id,
        attribution=found,
        metadata=checkout_rules.metadata(found, visitor_id, click_id, customer_external_id),
        client_reference_id=checkout_rules.reference(found, click_id),
        created_at=ctx.now_us,
    )
    checkout_sql.insert_checkout(tx, ctx.workspace_id, made)
    return made


def _touches(
    tx: Read, ctx: Context, customer_id: str | None, visitor_id: str | None
) -> list[Touch]:
    """Of the browser those that are nobody else's, with those of the customer."""
    found: dict[str, Touch] = {}
    if visitor_id is not None:
        seen = sql.of_visitor(tx, ctx.workspace_id, visitor_id, 0, ctx.now_us)
        found |= {each.id: each for each in seen if each.customer_id in (None, customer_id)}
    if customer_id is not None:
        own = sql.of_customer(tx, ctx.workspace_id, customer_id)
        found |= {each.id: each for each in own}
    living = [each for each in found.values() if each.expires_at > ctx.now_us]
    return sorted(living, key=lambda touch: (touch.at, touch.id))
