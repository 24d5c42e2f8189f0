"""Fetches what was left behind, and says so."""

import structlog

from headwater import delivery
from headwater.runtime import App
from headwater.worker.wires import longest_us

log = structlog.get_logger(__name__)


async def left_behind(app: App) -> bool:
    """Looked for beside the writer: a long queue is walked through."""
    now_us, longest = app.clock.now_us(), longest_us(app.config)
    found = await app.db.read(delivery.left_behind, now_us, longest)
    ended = await app.db.write(delivery.fetch, found, now_us, longest)
    if found or ended:
        where = sorted({each.destination_id for each in found})
        log.warning("left_behind", deliveries=len(found), waits=ended, destinations=where[:5])
    return len(found) == delivery.FOUND_AT_ONCE
