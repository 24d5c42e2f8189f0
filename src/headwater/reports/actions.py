"""Planning reports in the transaction of the fact itself: one index step where there is none."""

from dataclasses import replace

import msgspec

from headwater import attribution, delivery, visitors
from headwater.attribution import Attribution
from headwater.db import Read, Write
from headwater.delivery import Destination, Parcel
from headwater.kit.context import Context
from headwater.reports import rules
from headwater.reports.account import settings_of
from headwater.reports.model import Fact, Reportable
from headwater.reports.rules import Facts, Report, Skip
from headwater.visitors import Answer

EVENT = "report."  # and the kind of fact: what a report is called among deliveries


def plan(tx: Write, ctx: Context, fact: Reportable) -> None:
    """Write down what each network must hear of the fact, or why it does not. Twice is once."""
    for destination in delivery.networks(tx, ctx.workspace_id):
        _plan(tx, ctx, destination, fact)


def _plan(tx: Write, ctx: Context, destination: Destination, fact: Reportable) -> None:
    settings = settings_of(destination.settings)
    fact = rules.meant(fact, settings)
    known = _attribution(tx, ctx, fact)
    said = visitors.of_customer(tx, ctx.workspace_id, fact.customer.id)[-1:]
    facts = Facts(
        fact=fact,
        settings=settings,
        attribution=known,
        sharing_denied=any(each.consent.sharing is Answer.DENIED for each in said),
        personal_denied=any(each.consent.personal is Answer.DENIED for each in said),
        sale_reported=_was_told(tx, ctx, destination, fact, rules.sale_key(fact.sale_id)),
        sale_reversed=_was_told(tx, ctx, destination, fact, rules.reversal_key(fact.sale_id)),
    )
    decision = rules.decide(facts)
    if isinstance(decision, Report) and decision.after_signup and known is not None:
        _ensure_signup(tx, ctx, destination, rules.signup_of(fact, known))
    delivery.post(tx, ctx, _parcel(destination, fact, decision))


def _was_told(
    tx: Read, ctx: Context, destination: Destination, fact: Reportable, natural_key: str
) -> bool:
    """Asked of what becomes of a sale alone."""
    return fact.kind in (Fact.REVERSAL, Fact.CORRECTION) and delivery.was_posted(
        tx, ctx, destination.id, natural_key
    )


def _ensure_signup(tx: Write, ctx: Context, destination: Destination, signup: Reportable) -> None:
    key = rules.signup_key(signup.customer.id)
    if not delivery.was_posted(tx, ctx, destination.id, key):
        _plan(tx, ctx, destination, signup)


def _attribution(tx: Read, ctx: Context, fact: Reportable) -> Attribution | None:
    known = attribution.attributions(tx, ctx.workspace_id, fact.customer.id)
    return next((each for each in known if each.provider == rules.PROVIDER), None)


def _parcel(destination: Destination, fact: Reportable, decision: Report | Skip) -> Parcel:
    """In the order of its customer; but what becomes of a sale, which may wait for days for the
    network's word, only in that of the sale.
    """
    after_sale = fact.kind in (Fact.REVERSAL, Fact.CORRECTION)
    parcel = Parcel(
        destination_id=destination.id,
        event=f"{EVENT}{fact.kind}",
        subject_id=_subject(fact),
        order_key=(fact.sale_id or "") if after_sale else fact.customer.id,
        natural_key=decision.natural_key,
    )
    if isinstance(decision, Skip):
        return replace(parcel, skipped=decision.reason.value)
    body = msgspec.json.encode(decision.snapshot).decode()
    return replace(parcel, body=body, parent=decision.parent, restates=decision.restates)


def _subject(fact: Reportable) -> str:
    """A sign-up is of the customer, a correction of the sale: several refunds make one."""
    if fact.kind == Fact.SIGNUP:
        return fact.customer.id
    return (fact.sale_id or "") if fact.kind == Fact.CORRECTION else fact.fact_id
