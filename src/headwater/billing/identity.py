"""Whose an event is: our own record first, then what was written into metadata."""

from headwater import attribution, customers
from headwater.attribution import Click
from headwater.billing.stripe.model import Person
from headwater.consequences import Settings
from headwater.customers import Customer
from headwater.db import Read
from headwater.kit.context import Context
from headwater.kit.value import Value


class Named(Value, frozen=True, kw_only=True):
    """`click` is evidence for somebody of whom we know no touch ourselves."""

    external_id: str
    customer: Customer | None
    click: Click | None


def name(tx: Read, ctx: Context, settings: Settings, person: Person) -> Named | None:
    """In this order: whom we know by Stripe's id, or call so; the external id in metadata; the
    reference, where it is a customer's external id; whose click it is; the one customer of this
    e-mail address; and with a click that is nobody's somebody new, called as Stripe calls them.
    None where nothing of this says anything yet.
    """
    clicks = _clicks(tx, ctx, settings, person)
    found = _recorded(tx, ctx, person)
    if found is None and person.external_id is not None:
        found = customers.by_external_id(tx, ctx.workspace_id, person.external_id)
        if found is None:
            return _named(tx, ctx, person.external_id, None, clicks)
    found = found or _referred(tx, ctx, person) or _by_click(tx, ctx, clicks)
    found = found or _by_email(tx, ctx, person)
    if found is not None:
        return _named(tx, ctx, found.external_id, found, clicks)
    free = _free(tx, ctx, None, clicks)
    if free is None or person.own_name is None:
        return None
    return Named(external_id=person.own_name, customer=None, click=free)


def _recorded(tx: Read, ctx: Context, person: Person) -> Customer | None:
    """By Stripe's id, or somebody whom the merchant, too, calls as Stripe does."""
    found = None
    if person.stripe_id is not None:
        found = customers.by_stripe_id(tx, ctx.workspace_id, person.stripe_id)
    if found is None and person.own_name is not None:
        found = customers.by_external_id(tx, ctx.workspace_id, person.own_name)
    return found


def _named(
    tx: Read, ctx: Context, external_id: str, customer: Customer | None, clicks: list[Click]
) -> Named:
    """The click speaks only where we have no touch of our own, and it is nobody else's."""
    known = customer is not None and _is_known(tx, ctx, customer)
    click = None if known else _free(tx, ctx, customer, clicks)
    return Named(external_id=external_id, customer=customer, click=click)


def _is_known(tx: Read, ctx: Context, customer: Customer) -> bool:
    """By a click, whether a lead of theirs came by it or is only announced."""
    touches = attribution.touches(tx, ctx.workspace_id, customer.id)
    return (
        bool(touches) or attribution.announced_click(tx, ctx.workspace_id, customer.id) is not None
    )


def _free(tx: Read, ctx: Context, customer: Customer | None, clicks: list[Click]) -> Click | None:
    ids = [each.click_id for each in clicks]
    own = customer.id if customer else ""
    taken = attribution.clicks_of_others(tx, ctx.workspace_id, own, ids) if ids else set()
    return next((each for each in clicks if each.click_id not in taken), None)


def _clicks(tx: Read, ctx: Context, settings: Settings, person: Person) -> list[Click]:
    """Genuine ones of this workspace, the earliest first: a reference may be anything."""
    if not person.references:
        return []
    found = attribution.clicks_named(tx, ctx.workspace_id, settings.click_ids, person.references)
    return sorted(found.values(), key=lambda click: (click.first_at, click.click_id))


def _referred(tx: Read, ctx: Context, person: Person) -> Customer | None:
    for each in person.references:
        found = customers.by_external_id(tx, ctx.workspace_id, each)
        if found is not None and found.erased_at is None:
            return found
    return None


def _by_click(tx: Read, ctx: Context, clicks: list[Click]) -> Customer | None:
    for each in clicks:
        owner = attribution.owner_of_click(tx, ctx.workspace_id, each.click_id)
        found = customers.by_id(tx, ctx.workspace_id, owner) if owner else None
        if found is not None and found.erased_at is None:
            return found
    return None


def _by_email(tx: Read, ctx: Context, person: Person) -> Customer | None:
    """Where two share an address it says nothing. The first may have been mistyped, and Stripe
    keeps the case in which people type.
    """
    for each in dict.fromkeys(form for own in person.addresses for form in (own, own.lower())):
        found = customers.by_email(tx, ctx.workspace_id, each, 2)
        if len(found) == 1:
            return found[0]
    return None
