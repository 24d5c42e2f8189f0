"""What time it is in each workspace; a sandbox's clock is ahead of ours."""

from headwater import workspace
from headwater.kit.context import Context
from headwater.runtime import App


async def context(app: App, workspace_id: str) -> Context:
    """By the workspace's clock, as it is now."""
    return app.context(await app.db.read(workspace.workspace_by_id, workspace_id))


async def clocks(app: App) -> list[tuple[str, int]]:
    """Each workspace with what its clock says."""
    found = await app.db.read(workspace.clocks)
    return [(each, app.clock.now_us() + ahead_us) for each, ahead_us in found]
