"""What a workspace does with deliveries, and the planning of messages."""

from collections.abc import Sequence

import msgspec

from headwater.db import Read, Write
from headwater.delivery import destination_sql, sql, told_sql
from headwater.delivery.destinations import ever_destination, get_destination, refuse_paused
from headwater.delivery.model import (
    UNORDERED,
    Delivery,
    DeliveryWithLog,
    Draft,
    Filters,
    Kind,
    Parcel,
    Replayed,
    State,
    Told,
)
from headwater.kit.clock import SECOND_US, iso_ms
from headwater.kit.context import Context
from headwater.kit.problems import conflict, not_found

SKIPPED = "skipped:"  # before the natural key of what is not sent
# A claim that began before this is committed may see the old words beside the new row (PostgreSQL
# reads a row it locks anew, but not the others): so the row is due only after any such claim.
SETTLED_IN_US = 5 * SECOND_US
CHUNK = 500  # rows one script changes at most, so that no other write waits long for it


def plan_test(tx: Write, ctx: Context, webhook_id: str, event: str, data: object) -> str:
    """One message to one webhook, whatever it subscribed to; returns the id of its delivery."""
    draft = Draft(event=event, subject_id=webhook_id, order_key=UNORDERED, data=lambda: data)
    message_id = ctx.new_id("evt_")
    delivery = _delivery(ctx, draft, message_id, webhook_id)
    sql.insert_messages(tx, ctx.workspace_id, [_message(ctx, draft, message_id)])
    body: dict[str, object] = {"message_id": message_id, "body": _body(ctx, draft, message_id)}
    sql.insert_bodies(tx, ctx.workspace_id, [body])
    sql.insert_deliveries(tx, ctx.workspace_id, [delivery])
    return str(delivery["id"])


def plan(tx: Write, ctx: Context, drafts: Sequence[Draft]) -> None:
    """Write what the subscribed webhooks must be told, in the transaction of the fact itself."""
    subscribers = sql.subscribed_triggers(tx, ctx.workspace_id) if drafts else []
    plan_to(
        tx,
        ctx,
        [
            (draft, [webhook_id for webhook_id, events in subscribers if draft.event in events])
            for draft in drafts
        ],
    )


def plan_to(tx: Write, ctx: Context, drafts: Sequence[tuple[Draft, Sequence[str]]]) -> None:
    """Each message to the webhooks named beside it; one for nobody is not even rendered."""
    messages: list[dict[str, object]] = []
    bodies: list[dict[str, object]] = []
    deliveries: list[dict[str, object]] = []
    for draft, webhook_ids in drafts:
        if webhook_ids:
            message_id = ctx.new_id("evt_")
            messages.append(_message(ctx, draft, message_id))
            bodies.append({"message_id": message_id, "body": _body(ctx, draft, message_id)})
            deliveries += [_delivery(ctx, draft, message_id, each) for each in webhook_ids]
    if messages:
        sql.insert_messages(tx, ctx.workspace_id, messages)
        sql.insert_bodies(tx, ctx.workspace_id, bodies)
        sql.insert_deliveries(tx, ctx.workspace_id, deliveries)


def _message(ctx: Context, draft: Draft, message_id: str) -> dict[str, object]:
    return {
        "id": message_id,
        "event": draft.event,
        "subject_id": draft.subject_id,
        "now": ctx.now_us,
    }


def _body(ctx: Context, draft: Draft, message_id: str) -> str:
    content = {
        "id": message_id,
        "event": draft.event,
        "createdAt": iso_ms(ctx.now_us),
        "data": draft.data(),
    }
    return msgspec.json.encode(content).decode()


def _delivery(ctx: Context, draft: Draft, message_id: str, webhook_id: str) -> dict[str, object]:
    return {
        "id": ctx.new_id("dlv_"),
        "destination_id": webhook_id,
        "message_id": message_id,
        "order_key": draft.order_key,
        "now": ctx.now_us,
    }


def post(tx: Write, ctx: Context, parcel: Parcel) -> None:
    """Plan a report to one network; the second under a natural key is none. What is skipped is
    written down with its reason, once, and leaves the key to what may be told later.
    """
    key = parcel.natural_key if parcel.skipped is None else f"{SKIPPED}{parcel.natural_key}"
    known = sql.reported(tx, ctx.workspace_id, parcel.destination_id, key)
    if known is not None:
        if parcel.restates and parcel.skipped is None:
            _restate(tx, ctx, known, parcel)
        return
    message_id = ctx.new_id("evt_")
    message = {
        "id": message_id,
        "event": parcel.event,
        "subject_id": parcel.subject_id,
        "now": ctx.now_us,
    }
    sql.insert_messages(tx, ctx.workspace_id, [message])
    if parcel.skipped is None:
        body: dict[str, object] = {"message_id": message_id, "body": parcel.body}
        sql.insert_bodies(tx, ctx.workspace_id, [body])
    parent = parcel.parent
    row: dict[str, object] = {
        "id": ctx.new_id("dlv_"),
        "destination_id": parcel.destination_id,
        "message_id": message_id,
        "order_key": parcel.order_key,
        "state": (State.WAITING if parcel.skipped is None else State.SKIPPED).value,
        "reason": parcel.skipped,
        "natural_key": key,
        "parent_key": parent.natural_key if parent else None,
        "gap_us": parent.gap_us if parent else 0,
        "settled_first": int(parent.settled) if parent else 0,
        "now": ctx.now_us,
    }
    sql.insert_report(tx, ctx.workspace_id, row)


def _restate(tx: Write, ctx: Context, delivery_id: str, parcel: Parcel) -> None:
    """What is under way now ends for itself; the row is sent again when that lease has ended, so
    that no older word arrives after the newer one.
    """
    message_id = get_delivery(tx, ctx.workspace_id, delivery_id).delivery.message_id
    if not sql.rewrite_body(tx, ctx.workspace_id, message_id, parcel.body):
        body: dict[str, object] = {"message_id": message_id, "body": parcel.body}
        sql.insert_bodies(tx, ctx.workspace_id, [body])
    told_sql.restate(tx, ctx.workspace_id, delivery_id, ctx.now_us + SETTLED_IN_US)


def was_posted(tx: Read, ctx: Context, destination_id: str, natural_key: str) -> bool:
    return sql.reported(tx, ctx.workspace_id, destination_id, natural_key) is not None


def told(tx: Read, workspace_id: str, destination_id: str, keys: Sequence[str]) -> dict[str, Told]:
    """What a destination was or is to be told under these keys, or why it is not."""
    skipped = [f"{SKIPPED}{key}" for key in keys]
    found = told_sql.told(tx, workspace_id, destination_id, [*keys, *skipped])
    return {
        key: known
        for key in keys
        if (known := found.get(key) or found.get(f"{SKIPPED}{key}")) is not None
    }


def list_deliveries(
    tx: Read, workspace_id: str, filters: Filters, *, limit: int, offset: int = 0
) -> list[Delivery]:
    """Newest first."""
    return sql.deliveries(tx, workspace_id, filters, limit, offset)


def get_delivery(tx: Read, workspace_id: str, delivery_id: str) -> DeliveryWithLog:
    found = sql.delivery(tx, workspace_id, delivery_id)
    if found is None:
        raise not_found("delivery", delivery_id)
    log = sql.attempts(tx, workspace_id, delivery_id)
    body, settings = sql.body(tx, workspace_id, delivery_id)
    return DeliveryWithLog(delivery=found, log=tuple(log), body=body, settings=settings)


def deliveries_of_message(tx: Read, workspace_id: str, message_id: str) -> list[Delivery]:
    return sql.deliveries_of_message(tx, workspace_id, message_id)


def deliveries_for_conversion(
    tx: Read, workspace_id: str, subject_ids: Sequence[str]
) -> list[Delivery]:
    """For receipts: everything sent about a conversion and its commission."""
    found = [sql.deliveries_of_subject(tx, workspace_id, subject) for subject in subject_ids]
    return [delivery for deliveries in found for delivery in deliveries]


def replay(tx: Write, ctx: Context, delivery_id: str, *, ready: bool = True) -> Delivery:
    """Send one again, now, whatever its state; the same message id tells the receiver. `ready` is a
    person's word that the receiver is, which ends a pause.

    It takes its old place in the order of its customer, so later messages wait for it again. What
    was given up because this one was, waits for it again too.
    """
    loaded = get_delivery(tx, ctx.workspace_id, delivery_id)
    found = loaded.delivery
    destination = ever_destination(tx, ctx.workspace_id, found.destination_id)
    if destination.deleted_at is not None:
        what = "webhook" if found.kind == Kind.WEBHOOK else "destination"
        raise conflict(f"The {what} of this delivery was deleted, so there is nowhere to send it.")
    refuse_paused(destination)
    if found.state is State.SKIPPED:
        raise conflict(f"This was never to be sent ({found.last_error}), so there is nothing to.")
    if loaded.body is None and found.state is not State.WAITING:
        raise conflict(
            "What this said is gone: its person was erased, or it is older than delivery.keep_days."
            " There is nothing to send."
        )
    _refuse_orphan(tx, ctx, found)
    _requeue(tx, ctx, [(delivery_id, found.kind)])
    if ready:
        destination_sql.unpause(tx, ctx.workspace_id, found.destination_id)
    return get_delivery(tx, ctx.workspace_id, delivery_id).delivery


def _refuse_orphan(tx: Read, ctx: Context, found: Delivery) -> None:
    """Its gate would only shut again."""
    parent = sql.delivery(tx, ctx.workspace_id, found.parent_id) if found.parent_id else None
    if parent is not None and parent.state is State.DEAD:
        raise conflict(
            f"This hangs on {parent.id}, which was given up ({parent.last_error})."
            " Replay that one: this comes back with it."
        )


def replay_many(
    tx: Write, ctx: Context, destination_id: str | None = None, *, after: int = 0
) -> Replayed:
    """A chunk of the dead deliveries of one destination, or of all that still exist; those of one
    that is switched off wait until it is enabled. It ends a pause, as `replay`.
    """
    if destination_id is not None:
        refuse_paused(get_destination(tx, ctx.workspace_id, destination_id))
    rows = sql.dead_after(tx, ctx.workspace_id, destination_id, after, CHUNK)
    _requeue(tx, ctx, [(each, kind) for _, each, _, kind in rows])
    for each in sorted({owner for _, _, owner, _ in rows}):
        destination_sql.unpause(tx, ctx.workspace_id, each)
    return Replayed(count=len(rows), after=rows[-1][0] if len(rows) == CHUNK else None)


def _requeue(tx: Write, ctx: Context, dead: Sequence[tuple[str, str]]) -> None:
    """Each with its kind of destination: nothing hangs on what a webhook is told."""
    sql.requeue(tx, ctx.workspace_id, [each for each, _ in dead], ctx.now_us)
    below = [each for each, kind in dead if kind != Kind.WEBHOOK]
    while below:
        below = sql.requeue_orphans(tx, ctx.workspace_id, below, ctx.now_us)
