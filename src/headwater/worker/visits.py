"""Visits join the queue of their network, a few at a time and only where it has room to spare."""

from headwater import reports
from headwater.runtime import App
from headwater.worker.clocks import context
from headwater.worker.pace import Pace


async def admit(pace: Pace, app: App) -> bool:
    """Whether there may be more at once."""
    more = False
    for workspace_id, destination_id in await app.db.read(reports.visits_to_admit):
        ctx = await context(app, workspace_id)
        if await app.db.write(reports.admit_visits, ctx, destination_id):
            pace.busy()
            more = True
    return more
