"""Pictures of customers: fetched, cut by a process of its own, kept; deleted when let go."""

import asyncio
import struct
from dataclasses import dataclass

import structlog

from headwater import avatars
from headwater.avatars import SIDE, Avatar, Shelf, ShelfError, SourceError, State
from headwater.db import StoreUnavailable
from headwater.drawing import NoAnswer, Process
from headwater.kit.egress import EgressClient
from headwater.kit.targets import EgressError
from headwater.runtime import App

log = structlog.get_logger(__name__)

IDLE_S = 0.5
PAUSE_S = 5.0
CUTTER = "headwater.drawing.portrait"
CUT_S = 10.0
REDIRECTS = 3
NOT_CUT = "took_too_long"
NOT_A_PICTURE = "not_a_picture"


async def run(app: App, shelf: Shelf, stop: asyncio.Event) -> None:
    """Until `stop`; what is under way then is done again when its lease has ended."""
    client = EgressClient(
        allow_private=app.config.egress.allow_private,
        timeout_s=app.config.avatars.timeout_s,
        max_response_bytes=app.config.avatars.max_bytes,
    )
    cutter = Process(CUTTER, CUT_S)
    async with client:
        studio = Studio(app=app, client=client, cutter=cutter, shelf=shelf)
        working = asyncio.create_task(studio.work())
        await asyncio.wait(
            {working, asyncio.create_task(stop.wait())}, return_when="FIRST_COMPLETED"
        )
        working.cancel()
        await asyncio.wait({working})
        cutter.end()


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    app: App
    client: EgressClient
    cutter: Process
    shelf: Shelf

    async def work(self) -> None:
        while True:
            try:
                idle_s = 0.0 if await self._round() else IDLE_S
            except StoreUnavailable:
                idle_s = PAUSE_S
            except Exception:  # the loop outlives whatever one picture does
                log.exception("avatars_failed")
                idle_s = PAUSE_S
            await asyncio.sleep(idle_s)

    async def _round(self) -> bool:
        """Whether there was anything to do."""
        if not await self.app.db.read(avatars.due, self.app.clock.now_us()):
            return False
        claimed = await self.app.db.write(avatars.claim, self.app.clock.now_us())
        await asyncio.gather(*[self._one(each) for each in claimed])
        return bool(claimed)

    async def _one(self, avatar: Avatar) -> None:
        """A place that cannot be written to now is no fault of the picture: its lease runs out."""
        try:
            if avatar.state is State.GOING:
                await asyncio.to_thread(self.shelf.drop, avatar.id)
                await self.app.db.write(avatars.gone, avatar)
                return
            reason = await self._made(avatar)
            await self._settle(avatar, reason)
        except ShelfError as error:
            log.error("avatar_not_kept", avatar_id=avatar.id, error=str(error))

    async def _made(self, avatar: Avatar) -> str | None:
        """None where it is kept now; otherwise why not."""
        try:
            picture = await self._cut(await self._source(avatar.source or ""))
        except EgressError as error:
            return error.cause.value
        except NoAnswer:
            return NOT_CUT
        except (SourceError, _Refused) as error:
            return str(error)
        await asyncio.to_thread(self.shelf.put, avatar.id, picture)
        return None

    async def _source(self, source: str) -> bytes:
        if not avatars.is_address(source):
            return avatars.decoded(source)
        found = await self.client.fetch(source, REDIRECTS)
        if found.status != 200:
            raise _Refused(f"http_{found.status}")
        return found.body

    async def _cut(self, data: bytes) -> bytes:
        picture = await self.cutter.ask(struct.pack(">H", SIDE) + data)
        if not picture:
            raise _Refused(NOT_A_PICTURE)
        return picture

    async def _settle(self, avatar: Avatar, reason: str | None) -> None:
        schedule_s, now_us = self.app.config.avatars.schedule_s, self.app.clock.now_us()
        state = await self.app.db.write(avatars.settle, avatar, reason, schedule_s, now_us)
        if reason is None and state is not State.STORED:  # the person was erased meanwhile
            await asyncio.to_thread(self.shelf.drop, avatar.id)
        if state is State.FAILED:
            log.warning("avatar_failed", avatar_id=avatar.id, reason=reason)


class _Refused(Exception):  # noqa: N818 - an outcome: what came is no picture
    pass
