"""Recording a lead: once per customer and name, with the touch it proves."""

from msgspec.structs import replace

from headwater import (
    attribution,
    avatars,
    conversions,
    customers,
    inbox,
    links,
    workspace,
)
from headwater.attribution import Click
from headwater.consequences import Settings, after_lead
from headwater.conversions import Lead, name_key
from headwater.customers import Customer
from headwater.db import Read, Write
from headwater.inbox import InboxDraft, InboxItem, Kind, Reason
from headwater.kit.context import Context
from headwater.tracking.model import (
    AboutCustomer,
    Kept,
    LeadCall,
    Outcome,
    Recorded,
    customer_draft,
    encode,
)
from headwater.tracking.tokens import customer_token, joined, lead_token
from headwater.tracking.touch import owner, touch


def track_lead(
    tx: Write, ctx: Context, settings: Settings, call: LeadCall, item: InboxItem | None = None
) -> Outcome:
    """The lead, the one recorded earlier under this name, or the reason it waits; `item` is the
    inbox item the call is replayed from.
    """
    lock_customer(tx, ctx, call.customer_external_id)
    customer = customers.by_external_id(tx, ctx.workspace_id, call.customer_external_id)
    if customer is not None:
        customer = completed(tx, ctx, customer, call)
        key = name_key(call.event_name)
        known = conversions.lead_by_name(tx, ctx.workspace_id, customer.id, key)
        if known is not None:
            return _again(tx, ctx, call, known, item)
    click = click_of(tx, ctx, settings, call, customer)
    if isinstance(click, Reason):
        return keep_lead(tx, ctx, call, click, item)
    if customer is None:
        customer = create_customer(tx, ctx, call, click)
    lead = record_lead(tx, ctx, settings, customer, click, call)
    if item is not None:
        inbox.resolve(tx, ctx, item, "lead", lead.id)
    return Recorded(fact=lead, released=released_by(call.customer_external_id, lead))


def released_by(external_id: str, lead: Lead) -> tuple[str, ...]:
    """What calls may have waited for (tokens.py) that a lead brings."""
    return customer_token(external_id), lead_token(external_id, lead.name)


def completed(tx: Write, ctx: Context, customer: Customer, call: AboutCustomer) -> Customer:
    """A known customer with what this call adds: whoever spoke first, all that was said counts."""
    draft = customer_draft(call)
    pairs = (
        (customer.name, draft.name),
        (customer.email, draft.email),
        (customer.avatar, draft.avatar),
    )
    if all(known is not None or said is None for known, said in pairs):
        return customer
    customers.complete(tx, ctx.workspace_id, customer.id, draft)
    if customer.avatar is None and draft.avatar is not None:
        _picture(tx, ctx, customer.id, draft.avatar)
    after = customers.by_id(tx, ctx.workspace_id, customer.id)
    assert after is not None
    return after


def lock_customer(tx: Write, ctx: Context, external_id: str) -> None:
    tx.lock(f"customer:{ctx.workspace_id}:{external_id}")


def create_customer(tx: Write, ctx: Context, call: AboutCustomer, click: Click | None) -> Customer:
    """In the country of the click."""
    draft = replace(customer_draft(call), country=click.country if click else None)
    customer_id = ctx.new_id("cus_")
    customers.insert(tx, ctx.workspace_id, customer_id, draft, ctx.now_us)
    if draft.avatar is not None:
        _picture(tx, ctx, customer_id, draft.avatar)
    created = customers.by_id(tx, ctx.workspace_id, customer_id)
    assert created is not None
    return created


def _picture(tx: Write, ctx: Context, customer_id: str, given: str) -> None:
    """The worker fetches it; whatever comes of that changes nothing of the call."""
    if not avatars.tried(tx, ctx.workspace_id, customer_id, given):
        taken = avatars.take(tx, ctx, customer_id, given)
        customers.set_avatar(tx, ctx.workspace_id, customer_id, taken)


def genuine_click(
    tx: Read, ctx: Context, settings: Settings, click_id: str, at: int
) -> Click | Reason:
    """The click an id names, or why it cannot be used: forged, or not in this workspace, or of a
    link that was disabled when the call came.
    """
    click = attribution.click_named(tx, ctx.workspace_id, settings.click_ids, click_id)
    if click is None:
        genuine = settings.click_ids.read(click_id) is not None
        return Reason.UNKNOWN_CLICK if genuine else Reason.FORGED_CLICK_ID
    return Reason.LINK_DISABLED if is_off(tx, ctx, click.link_number, at) else click


def is_off(tx: Read, ctx: Context, link_number: int, at: int) -> bool:
    """Whether the link was disabled by then: a call that came before still counts afterwards."""
    disabled_at = links.disabled_at(tx, ctx.workspace_id, link_number)
    return disabled_at is not None and disabled_at <= at


def record_lead(
    tx: Write,
    ctx: Context,
    settings: Settings,
    customer: Customer,
    click: Click,
    call: LeadCall,
    *,
    parity: bool = False,
    of_all: bool = False,
) -> Lead:
    """`of_all`: it is not of its click alone, but of all the customer is known by."""
    program_id, partner_id = owner(tx, ctx, customer.id, click)
    lead = Lead(
        id=ctx.new_id("lead_"),
        customer_id=customer.id,
        name=call.event_name,
        click_id=click.click_id,
        clicked_at=click.first_at,
        click_class=click.hit_class,
        link_number=click.link_number,
        program_id=program_id,
        partner_id=partner_id,
        metadata=call.metadata,
        at=call.at,
        quantity=call.event_quantity or 1,
    )
    conversions.insert_lead(tx, ctx.workspace_id, lead)
    touch(tx, ctx, lead)
    currency = workspace.workspace_by_id(tx, ctx.workspace_id).currency
    said = call.customer_email
    named = None if of_all else lead.id
    after_lead(
        tx, ctx, settings, lead, customer, currency,
        click=click, named=named, parity=parity, said=said,
    )  # fmt: skip
    return lead


def click_of(
    tx: Read, ctx: Context, settings: Settings, call: LeadCall, customer: Customer | None
) -> Click | Reason:
    """The click named, else the one the customer is known by: of a lead, else of a deferred one."""
    click_id = call.click_id
    if not click_id and customer is not None:
        frozen = attribution.frozen_touch(tx, ctx.workspace_id, customer.id)
        click_id = frozen[0] if frozen else None
        click_id = click_id or attribution.announced_click(tx, ctx.workspace_id, customer.id)
    if not click_id:
        return Reason.NO_CLICK
    return genuine_click(tx, ctx, settings, click_id, call.at)


def _again(tx: Write, ctx: Context, call: LeadCall, known: Lead, item: InboxItem | None) -> Outcome:
    """The same name again: the first result; another click or quantity under it is a conflict to
    look at.
    """
    field = _differing(call, known)
    if field is not None:
        kept = keep_lead(tx, ctx, call, Reason.CONFLICT, item, field)
        if item is not None:
            return kept
    elif item is not None:
        inbox.resolve(tx, ctx, item, "lead", known.id)
    return Recorded(fact=known)


def _differing(call: LeadCall, known: Lead) -> str | None:
    if call.click_id and call.click_id != known.click_id:
        return "clickId"
    if call.event_quantity and call.event_quantity != known.quantity:
        return "eventQuantity"
    return None


def keep_lead(
    tx: Write,
    ctx: Context,
    call: LeadCall,
    reason: Reason,
    item: InboxItem | None,
    field: str = "clickId",
) -> Kept:
    plain = call.mode is None and call.event_quantity is None
    draft = InboxDraft(
        kind=Kind.LEAD,
        reason=reason,
        field=field,
        natural_key=joined(call.customer_external_id, name_key(call.event_name)),
        waits_for=customer_token(call.customer_external_id) if reason is Reason.NO_CLICK else None,
        facts=(call.click_id,) if plain else (call.click_id, call.mode, call.event_quantity),
        body=encode(call),
    )
    kept = inbox.keep(tx, ctx, draft, item)
    return Kept(inbox_id=kept, reason=reason, field=draft.field)
