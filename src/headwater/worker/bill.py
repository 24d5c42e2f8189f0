"""Applies what came from payment processors."""

import structlog

from headwater import billing
from headwater.billing import Event, State
from headwater.db import StoreUnavailable
from headwater.kit.clock import HOUR_US
from headwater.runtime import App
from headwater.worker.clocks import context
from headwater.worker.pace import Pace

AT_ONCE = 20
log = structlog.get_logger(__name__)


async def bill(pace: Pace, app: App) -> bool:
    """What is due; whether there may be more. One that cannot be applied holds up no other."""
    due = await app.db.read(billing.due, app.clock.now_us(), AT_ONCE)
    patience_us = app.config.billing.patience_hours * HOUR_US
    if due:
        pace.busy()
    for workspace_id, event_id in due:
        ctx = await context(app, workspace_id)
        try:
            _tell(await app.db.write(billing.apply, ctx, app.settings, event_id, patience_us))
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("billing_event_failed", event_id=event_id)
            await app.db.write(billing.put_off, ctx, event_id)
    return len(due) == AT_ONCE


def _tell(event: Event | None) -> None:
    """Of what counts for nothing until a person looks: it waits for no one, and no one asks."""
    if event is not None and event.state is State.FAILED:
        log.error("billing_event_unreadable", event_id=event.id, kind=event.kind)
