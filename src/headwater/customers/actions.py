"""What a workspace does with its customers, apart from tracking them."""

from dataclasses import replace as with_values
from typing import Any

from msgspec.structs import asdict

from headwater.customers import sql
from headwater.customers.model import Customer, CustomerDraft, CustomerFilter, FormerName
from headwater.db import Read, Write
from headwater.kit.context import Context
from headwater.kit.problems import conflict, invalid, not_found

EXTERNAL = "ext_"
_CHANGEABLE = (
    *("external_id", "name", "email"),
    *("stripe_customer_id", "country", "subscription_canceled_at"),
)


def by_reference(tx: Read, workspace_id: str, reference: str) -> Customer:
    """By id or `ext_<externalId>`; who was erased is not found."""
    if reference.startswith(EXTERNAL):
        found = sql.by_external_id(tx, workspace_id, reference.removeprefix(EXTERNAL).strip())
    else:
        found = sql.by_id(tx, workspace_id, reference)
    if found is None or found.erased_at is not None:
        raise not_found("customer", reference, "id")
    return found


def page(tx: Read, workspace_id: str, wanted: CustomerFilter) -> list[Customer]:
    """In the order asked for; a cursor must be the id of a customer, who may be erased by now."""
    for field, cursor in (
        ("startingAfter", wanted.starting_after),
        ("endingBefore", wanted.ending_before),
    ):
        if cursor is not None and sql.by_id(tx, workspace_id, cursor) is None:
            raise invalid(field, f"There is no customer {cursor!r} to continue from. Give an id.")
    if wanted.starting_after or wanted.ending_before:
        wanted = with_values(wanted, offset=0)
    return sql.page(tx, workspace_id, wanted)


def update(tx: Write, ctx: Context, reference: str, changes: dict[str, Any]) -> Customer:
    """Only what `changes` names is changed; ids that belong to another customer are refused. The
    avatar is no part of it.
    """
    before = by_reference(tx, ctx.workspace_id, reference)
    names = {before.external_id, changes.get("external_id", before.external_id)}
    for name in sorted(names):
        lock(tx, ctx.workspace_id, name)
    customer = by_reference(tx, ctx.workspace_id, before.id)
    if customer.external_id != before.external_id:
        raise conflict("The customer was changed by another request. Try again.", "externalId")
    _refuse_taken(tx, ctx, customer, changes)
    values = {name: value for name, value in asdict(customer).items() if name in _CHANGEABLE}
    sql.update(tx, ctx.workspace_id, customer.id, values | changes)
    if len(names) > 1:
        former = FormerName(external_id=customer.external_id, until=ctx.now_us)
        sql.insert_former(tx, ctx.workspace_id, customer.id, former)
    return by_reference(tx, ctx.workspace_id, customer.id)


def bring(tx: Write, ctx: Context, customer: Customer) -> str:
    """As it was elsewhere, with nothing bought yet; the id it has here, which is another where its
    external id is known already. Refuses a Stripe id of another.
    """
    lock(tx, ctx.workspace_id, customer.external_id)
    known = sql.by_id(tx, ctx.workspace_id, customer.id)
    known = known or sql.by_external_id(tx, ctx.workspace_id, customer.external_id)
    if known is not None:
        return known.id
    stripe_id = customer.stripe_customer_id
    if stripe_id and sql.by_stripe_id(tx, ctx.workspace_id, stripe_id) is not None:
        raise conflict(f"Its Stripe id {stripe_id!r} is another customer's.", "stripeCustomerId")
    draft = CustomerDraft(external_id=customer.external_id)
    sql.insert(tx, ctx.workspace_id, customer.id, draft, customer.created_at)
    values = {name: getattr(customer, name) for name in _CHANGEABLE}
    sql.update(tx, ctx.workspace_id, customer.id, values)
    if customer.erased_at is not None:
        sql.forget(tx, ctx.workspace_id, customer.id, customer.erased_at)
    return customer.id


def lock(tx: Write, workspace_id: str, external_id: str) -> None:
    tx.lock(f"customer:{workspace_id}:{external_id}")


def lock_names(tx: Write, workspace_id: str, reference: str) -> tuple[Customer, list[FormerName]]:
    """A customer with the names they had before, under the locks of all of them."""
    found = by_reference(tx, workspace_id, reference)
    known = {found.external_id, *_former(tx, workspace_id, found.id)}
    for name in sorted(known):
        lock(tx, workspace_id, name)
    customer = by_reference(tx, workspace_id, found.id)
    if customer.external_id not in known:
        raise conflict("The customer was changed by another request. Try again.")
    return customer, sql.former_names(tx, workspace_id, customer.id)


def _former(tx: Read, workspace_id: str, customer_id: str) -> list[str]:
    return [each.external_id for each in sql.former_names(tx, workspace_id, customer_id)]


def _refuse_taken(tx: Read, ctx: Context, own: Customer, changes: dict[str, Any]) -> None:
    for field, name, finder in (
        ("externalId", "external_id", sql.by_external_id),
        ("stripeCustomerId", "stripe_customer_id", sql.by_stripe_id),
    ):
        wanted = changes.get(name)
        other = finder(tx, ctx.workspace_id, wanted) if wanted else None
        if other is not None and other.id != own.id:
            message = f"{field} {wanted!r} belongs to another customer. Choose another."
            raise conflict(message, field)
