"""Subscriptions: trials and beginnings, read off any state they are seen in.

Whatever an event says of a subscription is said again by every later one, so any of them will do,
and none is needed more than another.
"""

from headwater.billing.model import Policy, Reason
from headwater.billing.stripe.happened import Happened
from headwater.billing.stripe.invoices import price, said
from headwater.billing.stripe.model import Reading, Subscription
from headwater.billing.stripe.people import administrative, person, scope
from headwater.billing.stripe.shape import (
    Object,
    items,
    moment,
    needed,
    strings,
    text,
)
from headwater.kit.clock import HOUR_US
from headwater.tracking import MilestoneCall

TRIALING = "trialing"
ACTIVE = "active"
NEVER_BEGAN = {"incomplete", "incomplete_expired"}
SOURCE = "stripe"
_AT_ONCE_US = HOUR_US  # a trial of a new subscription begins with it


def changed(event: Happened, _: Policy) -> Reading:
    own = event.object
    subscription_id = needed(text(own, "id"), "id")
    metadata = strings(own, "metadata")
    who = person(own, metadata)
    found = [
        _milestone(event, kind, entity, at)
        for kind, entity, at in _milestones(own, subscription_id, metadata)
    ]
    ended = moment(own, "ended_at")
    if ended is None and event.kind == "customer.subscription.deleted":
        ended = event.at
    return Reading(
        quiet=None if found else Reason.NOTED,
        person=who,
        milestones=tuple(found),
        subscription=Subscription(id=subscription_id, ended_at=ended),
    )


def _milestones(
    own: Object, subscription_id: str, metadata: dict[str, str]
) -> list[tuple[str, str, int]]:
    """Kind, entity, time. A trial ends once, when it is over for whatever reason (A-28, A-66); a
    subscription starts with the end of its trial, and only where it became active. A subscription
    that ran before its trial was given free time, or another date: nobody hears of it (A-35).
    """
    status = text(own, "status")
    if status in NEVER_BEGAN:
        return []
    trial = metadata.get("hw_trial", subscription_id)
    begun, over = moment(own, "trial_start"), moment(own, "trial_end")
    start, ended = moment(own, "start_date"), moment(own, "ended_at")
    if begun is not None and start is not None and begun > start + _AT_ONCE_US:
        begun = None
        if status == TRIALING:
            return [("subscription_start", subscription_id, start)]
    found = []
    if begun is not None:
        found.append(("trial_start", trial, begun))
    if begun is not None and over is not None and status != TRIALING:
        found.append(("trial_end", trial, over if ended is None else min(over, ended)))
    if status == ACTIVE:
        started = over if begun is not None else start
        found.append(("subscription_start", subscription_id, needed(started, "start_date")))
    return found


def _milestone(event: Happened, kind: str, entity: str, at: int) -> MilestoneCall:
    own = event.object
    metadata = strings(own, "metadata")
    who = person(own, metadata)
    return MilestoneCall(
        at=at,
        customer_external_id="",
        kind=kind,
        entity=entity,
        plan=next((found for each in items(own, "items") if (found := price(each))), None),
        scope=scope(metadata),
        administrative=administrative(metadata),
        source=SOURCE,
        metadata=said(metadata),
        customer_name=who.name,
        customer_email=who.email,
    )
