"""Recording a step of a customer's life: once per trial, subscription or customer."""

from headwater import conversions, customers, inbox, journal
from headwater.consequences import after_milestone
from headwater.conversions import Milestone, Step
from headwater.db import Write
from headwater.inbox import InboxDraft, InboxItem, Kind, Reason
from headwater.kit.context import Context
from headwater.tracking.lead import completed, create_customer, lock_customer
from headwater.tracking.model import Kept, MilestoneCall, Outcome, Recorded, encode
from headwater.tracking.tokens import customer_token, joined


def track_milestone(
    tx: Write, ctx: Context, call: MilestoneCall, item: InboxItem | None = None
) -> Outcome:
    """The step, the one recorded earlier, or the reason it waits. A sign-up makes its customer
    known; all else waits for them.
    """
    lock_customer(tx, ctx, call.customer_external_id)
    customer = customers.by_external_id(tx, ctx.workspace_id, call.customer_external_id)
    signs_up = call.kind == Step.SIGNUP
    if customer is None and not signs_up:
        return _keep(tx, ctx, call, Reason.UNKNOWN_CUSTOMER, item, "customerExternalId")
    if customer is None:
        customer = create_customer(tx, ctx, call, None)
    else:
        customer = completed(tx, ctx, customer, call)
    made = Milestone(
        id=ctx.new_id("mst_"),
        customer_id=customer.id,
        kind=call.kind,
        entity=customer.id if signs_up else call.entity or customer.id,
        plan=call.plan,
        scope=call.scope,
        administrative=call.administrative,
        source=call.source,
        metadata=call.metadata,
        at=call.at,
        created_at=ctx.now_us,
    )
    known = _known(tx, ctx, made)
    if known is not None and known.customer_id != customer.id:
        return _keep(tx, ctx, call, Reason.CONFLICT, item, "customerExternalId")
    if known is None:
        record_milestone(tx, ctx, made)
        after_milestone(tx, ctx, made, customer)
    if item is not None:
        inbox.resolve(tx, ctx, item, "milestone", (known or made).id)
    released = (customer_token(call.customer_external_id),) if signs_up else ()
    return Recorded(fact=known or made, released=released, customer=customer)


def _known(tx: Write, ctx: Context, made: Milestone) -> Milestone | None:
    """Two paths may report one step at once, for two customers even."""
    tx.lock(f"milestone:{ctx.workspace_id}:{made.kind}:{made.entity}")
    return conversions.milestone(tx, ctx.workspace_id, made.kind, made.entity)


def record_milestone(tx: Write, ctx: Context, made: Milestone) -> None:
    """With its line of the journal; nothing where it is known."""
    if conversions.insert_milestone(tx, ctx.workspace_id, made):
        journal.write(tx, ctx, "milestone", made.id, *_vouched(made))


def _vouched(made: Milestone) -> tuple[object, ...]:
    """What the line commits to; `verify` rebuilds it from the row."""
    return (
        *(made.customer_id, made.kind, made.entity, made.plan, made.scope),
        *(int(made.administrative), made.source, made.at),
    )


def _keep(
    tx: Write, ctx: Context, call: MilestoneCall, reason: Reason, item: InboxItem | None, field: str
) -> Kept:
    unknown = reason is Reason.UNKNOWN_CUSTOMER
    draft = InboxDraft(
        kind=Kind.MILESTONE,
        reason=reason,
        field=field,
        natural_key=joined(call.kind, call.entity or call.customer_external_id),
        waits_for=customer_token(call.customer_external_id) if unknown else None,
        facts=(call.customer_external_id,),
        body=encode(call),
    )
    kept = inbox.keep(tx, ctx, draft, item)
    return Kept(inbox_id=kept, reason=reason, field=field)
