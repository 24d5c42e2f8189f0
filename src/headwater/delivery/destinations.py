"""What a workspace does with destinations of any kind, whatever their settings mean."""

from headwater.db import Read, Write
from headwater.delivery import destination_sql, sql
from headwater.delivery.destination_model import Destination
from headwater.delivery.model import Kind
from headwater.delivery.rules import DESTINATION_DELETED
from headwater.delivery.webhooks import CHUNK, delete_webhook
from headwater.kit.context import Context
from headwater.kit.problems import conflict, not_found

PAUSED = "paused"  # why a destination is off where a person said so


def create_destination(tx: Write, ctx: Context, new: Destination) -> Destination:
    """A network; what it says of itself was checked by its kind."""
    destination_sql.insert(tx, ctx.workspace_id, new)
    return get_destination(tx, ctx.workspace_id, new.id)


def list_destinations(tx: Read, workspace_id: str) -> list[Destination]:
    """Newest first, webhooks among them."""
    return destination_sql.living(tx, workspace_id)


def networks(tx: Read, workspace_id: str) -> list[Destination]:
    """Those that facts are reported to."""
    return destination_sql.networks(tx, workspace_id)


def get_destination(tx: Read, workspace_id: str, destination_id: str) -> Destination:
    """One that was deleted is not there."""
    found = ever_destination(tx, workspace_id, destination_id)
    if found.deleted_at is not None:
        raise not_found("destination", destination_id)
    return found


def ever_destination(tx: Read, workspace_id: str, destination_id: str) -> Destination:
    """Also one that was deleted: it explains its deliveries."""
    found = destination_sql.by_id(tx, workspace_id, destination_id)
    if found is None:
        raise not_found("destination", destination_id)
    return found


def lock_destination(tx: Write, ctx: Context, destination_id: str) -> Destination:
    """A living one, so that two changes do not undo each other."""
    tx.lock(f"destination:{ctx.workspace_id}:{destination_id}")
    return get_destination(tx, ctx.workspace_id, destination_id)


def change_destination(tx: Write, ctx: Context, changed: Destination) -> Destination:
    destination_sql.change(tx, ctx.workspace_id, changed)
    return get_destination(tx, ctx.workspace_id, changed.id)


def pause_destination(tx: Write, ctx: Context, destination_id: str) -> Destination:
    """Nothing more is sent to it; what is to be sent waits."""
    lock_destination(tx, ctx, destination_id)
    destination_sql.switch_off(tx, ctx.workspace_id, destination_id, ctx.now_us, PAUSED)
    return get_destination(tx, ctx.workspace_id, destination_id)


def resume_destination(tx: Write, ctx: Context, destination_id: str) -> Destination:
    """Whyever it was off or left alone, what waits is sent from now on."""
    lock_destination(tx, ctx, destination_id)
    destination_sql.switch_on(tx, ctx.workspace_id, destination_id)
    return get_destination(tx, ctx.workspace_id, destination_id)


def delete_destination(tx: Write, ctx: Context, destination_id: str) -> Destination:
    """As with webhooks: its deliveries stay readable, and the worker buries what a chunk leaves."""
    found = lock_destination(tx, ctx, destination_id)
    if found.kind == Kind.WEBHOOK:
        delete_webhook(tx, ctx, destination_id)
    else:
        destination_sql.delete(tx, ctx.workspace_id, destination_id, ctx.now_us)
        sql.bury_waiting(tx, ctx.workspace_id, destination_id, DESTINATION_DELETED, CHUNK)
    return ever_destination(tx, ctx.workspace_id, destination_id)


def refuse_paused(destination: Destination) -> None:
    """Whoever asks for a message now would wait for it in vain."""
    if destination.disabled_at is None:
        return
    if destination.kind == Kind.WEBHOOK:
        raise conflict("This webhook is switched off. Enable it first: disabledAt null.")
    raise conflict("This destination is paused. Resume it first: POST /destinations/{id}/resume.")
