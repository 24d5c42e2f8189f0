"""Old deliveries go: each workspace is walked through, a chunk at a time, again and again."""

from dataclasses import dataclass, field

import structlog

from headwater import delivery, workspace
from headwater.kit.clock import DAY_US
from headwater.runtime import App

DELETED_AT_ONCE = 50  # rows with all that hangs on them: 10 ms of the writer on a busy machine

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Retention:
    """Where in its round this worker is; lost with it, and then begun anew."""

    left: list[tuple[str, int]] = field(default_factory=list)
    after: int = 0
    deleted: int = 0

    async def step(self, app: App) -> bool:
        """One chunk; False at the end of a round through all workspaces."""
        if app.config.delivery.keep_days == 0:
            return False
        if not self.left:
            self.left = await app.db.read(workspace.clocks)
        if self.left:
            await self._chunk(app, *self.left[-1])
        if not self.left and self.deleted:
            log.info("deliveries_forgotten", count=self.deleted)
            self.deleted = 0
        return bool(self.left)

    async def _chunk(self, app: App, workspace_id: str, ahead_us: int) -> None:
        before_us = app.clock.now_us() + ahead_us - app.config.delivery.keep_days * DAY_US
        walked = await app.db.read(delivery.walk, workspace_id, self.after, before_us)
        for start in range(0, len(walked.old), DELETED_AT_ONCE):
            old = walked.old[start : start + DELETED_AT_ONCE]
            self.deleted += await app.db.write(
                delivery.forget_settled, workspace_id, old, before_us
            )
        self.after = walked.after or 0
        if walked.after is None:
            self.left.pop()
