"""Somebody signs up, or comes back: what their browser came by becomes theirs."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from headwater import attribution, conversions, customers, visitors
from headwater.attribution import Attribution, Click
from headwater.consequences import Settings, after_association
from headwater.conversions import Lead, Milestone, Scope, Step, name_key
from headwater.customers import Customer
from headwater.db import Read, Write
from headwater.kit.context import Context
from headwater.landing import OWN, table
from headwater.tracking.attach import attach_released
from headwater.tracking.lead import (
    completed,
    create_customer,
    is_off,
    lock_customer,
    record_lead,
    released_by,
)
from headwater.tracking.milestone import record_milestone
from headwater.tracking.model import LeadCall
from headwater.tracking.tokens import customer_token
from headwater.tracking.touch import claim_clicks
from headwater.visitors import Touch, TouchDraft

SIGN_UP = "Sign up"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """`lead` says who and what, without a click; `click_ids` are those the call itself names."""

    lead: LeadCall
    visitor_id: str | None
    click_ids: tuple[str, ...]
    touches: tuple[TouchDraft, ...]
    landing: TouchDraft | None  # one of `touches`: that of the request that signs up
    new_customer: bool | None
    touch_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUp:
    """`fresh` are providers this call was the first to know the customer by, `kept` those whose
    first identifier stands although it brought another (A-3), `strange` ids of no click.
    """

    customer: Customer
    lead: Lead | None
    attributions: list[Attribution]
    fresh: tuple[str, ...]
    kept: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()


def sign_up(tx: Write, ctx: Context, settings: Settings, call: SignUp) -> SignedUp:
    """The customer is made where they are unknown, gets the visitor's touches that are nobody's,
    and is known to each provider by the first of them (A-2 to A-4). Where there is a click of ours,
    a lead is recorded, once per name.
    """
    lock_customer(tx, ctx, call.lead.customer_external_id)
    customer, is_new = _customer(tx, ctx, call.lead)
    alone = False
    if call.visitor_id is not None:
        visitors.lock(tx, ctx, call.visitor_id)
        alone = not visitors.was_anothers(tx, ctx.workspace_id, call.visitor_id, customer.id)
    touches = visitors.claim(
        tx, ctx, customer.id, call.visitor_id, call.touches,
        touch_days=call.touch_days, new_customer=call.new_customer,
    )  # fmt: skip
    before = {each.provider: each for each in _known(tx, ctx, customer)}
    clicks, strange = _own_clicks(
        tx, ctx, settings, call.lead.at, call.click_ids, customer, touches, alone=alone
    )
    clicks = claim_clicks(tx, ctx, customer.id, clicks, alone=alone)
    if is_new and clicks and clicks[-1].country:
        customers.set_country(tx, ctx.workspace_id, customer.id, clicks[-1].country)
    lead = _lead(tx, ctx, settings, call.lead, customer, clicks)
    _associate(tx, ctx, customer, touches, call.landing)
    record_milestone(tx, ctx, _signed_up(ctx, customer, call.lead))
    after_association(tx, ctx, customer, call.lead.at)
    attach_released(tx, ctx, settings, _released(customer, lead))
    after = _known(tx, ctx, customer)
    untold = attribution.tell(tx, ctx.workspace_id, customer.id, ctx.now_us)
    fresh = untold | {each.provider for each in after if each.provider not in before}
    return SignedUp(
        customer=customers.by_reference(tx, ctx.workspace_id, customer.id),
        lead=lead,
        attributions=after,
        fresh=tuple(each.provider for each in after if each.provider in fresh),
        kept=tuple(sorted(_preserved(ctx, touches, before))),
        strange=strange,
    )


def _signed_up(ctx: Context, customer: Customer, call: LeadCall) -> Milestone:
    return Milestone(
        id=ctx.new_id("mst_"),
        customer_id=customer.id,
        kind=Step.SIGNUP,
        entity=customer.id,
        plan=None,
        scope=Scope.PERSONAL,
        administrative=False,
        source="signup",
        metadata=None,
        at=call.at,
        created_at=ctx.now_us,
    )


def _released(customer: Customer, lead: Lead | None) -> tuple[str, ...]:
    """What calls may have waited for that a sign-up brings."""
    if lead is None:
        return (customer_token(customer.external_id),)
    return released_by(customer.external_id, lead)


def attach_late(tx: Write, ctx: Context, settings: Settings, visitor_id: str) -> None:
    """A touch may come by the page when its visitor has signed up already: it counts all the same,
    and the next sign-up tells of the providers it brings.
    """
    for customer_id in visitors.late(tx, ctx, visitor_id):
        customer = customers.by_id(tx, ctx.workspace_id, customer_id)
        if customer is None or customer.erased_at is not None:
            continue
        lock_customer(tx, ctx, customer.external_id)
        visitors.lock(tx, ctx, visitor_id)
        touch_ids = visitors.late(tx, ctx, visitor_id).get(customer_id, [])
        touches = visitors.claim_late(tx, ctx, customer_id, touch_ids)
        call, lead = _late_lead(ctx, customer), None
        alone = not visitors.was_anothers(tx, ctx.workspace_id, visitor_id, customer_id)
        clicks, _ = _own_clicks(tx, ctx, settings, call.at, (), customer, touches, alone=alone)
        clicks = claim_clicks(tx, ctx, customer_id, clicks, alone=alone)
        if not conversions.leads_of(tx, ctx.workspace_id, customer_id):
            lead = _lead(tx, ctx, settings, call, customer, clicks)
        _associate(tx, ctx, customer, touches, None)
        after_association(tx, ctx, customer, ctx.now_us)
        attach_released(tx, ctx, settings, _released(customer, lead))


def _late_lead(ctx: Context, customer: Customer) -> LeadCall:
    return LeadCall(
        at=ctx.now_us,
        click_id=None,
        event_name=SIGN_UP,
        customer_external_id=customer.external_id,
    )


def signed_up(
    tx: Read, workspace_id: str, customer_id: str, event_name: str, fresh: tuple[str, ...]
) -> SignedUp:
    """What was answered, from what is known of the customer now."""
    key = name_key(event_name)
    return SignedUp(
        customer=customers.by_reference(tx, workspace_id, customer_id),
        lead=conversions.lead_by_name(tx, workspace_id, customer_id, key),
        attributions=attribution.attributions(tx, workspace_id, customer_id),
        fresh=fresh,
    )


def _customer(tx: Write, ctx: Context, call: LeadCall) -> tuple[Customer, bool]:
    known = customers.by_external_id(tx, ctx.workspace_id, call.customer_external_id)
    if known is None:
        return create_customer(tx, ctx, call, None), True
    return completed(tx, ctx, known, call), False


def _known(tx: Read, ctx: Context, customer: Customer) -> list[Attribution]:
    return attribution.attributions(tx, ctx.workspace_id, customer.id)


def _own_clicks(
    tx: Read, ctx: Context, settings: Settings, at: int, click_ids: Sequence[str],
    customer: Customer, touches: Sequence[Touch], *, alone: bool,
) -> tuple[list[Click], tuple[str, ...]]:  # fmt: skip
    """Genuine clicks of links that lead somewhere, in order of time, without those that are another
    customer's (T-45); and the ids the call named that are of no click. `alone`: nobody else ever
    signed up in this browser. Then a click that is another's too was made by two people behind one
    address, and counts for both; their receipts say `click_shared`.
    """
    named = dict.fromkeys([each.click_id for each in touches if each.click_id])
    wanted = [*named, *(each for each in click_ids if each not in named)]
    if not wanted:
        return [], ()
    found = attribution.clicks_named(tx, ctx.workspace_id, settings.click_ids, wanted)
    own = ctx.workspace_id
    taken = set() if alone else attribution.clicks_of_others(tx, own, customer.id, list(found))
    free = [click for click_id, click in found.items() if click_id not in taken]
    living = [click for click in free if not is_off(tx, ctx, click.link_number, at)]
    strange = tuple(each for each in click_ids if each not in found)
    return sorted(living, key=lambda click: (click.first_at, click.click_id)), strange


def _lead(
    tx: Write, ctx: Context, settings: Settings, call: LeadCall, customer: Customer,
    clicks: Sequence[Click],
) -> Lead | None:  # fmt: skip
    """By the last click; who is credited is decided among all of them."""
    key = name_key(call.event_name)
    known = conversions.lead_by_name(tx, ctx.workspace_id, customer.id, key)
    if known is not None or not clicks:
        return known
    named = replace(call, click_id=clicks[-1].click_id)
    return record_lead(tx, ctx, settings, customer, clicks[-1], named, of_all=True)


def _associate(
    tx: Write, ctx: Context, customer: Customer, touches: Sequence[Touch],
    landing: TouchDraft | None,
) -> None:  # fmt: skip
    for first in visitors.first_ids(touches, ctx.now_us, landing):
        row = {
            "customer_id": customer.id,
            "provider": first.provider,
            "identifier": first.value,
            "parameter": first.parameter,
            "touched_at": first.at,
            "now": ctx.now_us,
        }
        attribution.insert_foreign(tx, ctx.workspace_id, row)


def _preserved(ctx: Context, touches: Sequence[Touch], before: dict[str, Attribution]) -> set[str]:
    """Providers of which this call brought another identifier than the first."""
    brought = [
        (provider, one["value"])
        for touch in touches
        if touch.claimed_at == ctx.now_us
        for provider, one in table()
        .by_provider({name: each.value for name, each in touch.ids.items()})
        .items()
    ]
    return {
        provider
        for provider, value in brought
        if provider != OWN and provider in before and before[provider].identifier != value
    }
