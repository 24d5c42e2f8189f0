"""Pictures of customers on their way from the shelf to who asked, holding up nothing else."""

import asyncio

import structlog

from headwater.avatars import Shelf, ShelfError
from headwater.kit.problems import Code, Problem

log = structlog.get_logger(__name__)

AT_ONCE = 4  # threads that may wait for a disk or a bucket
WAITING_MAX = 64


class Gallery:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def picture(self, name: str) -> bytes | None:
        """None where it should be and is not. UNAVAILABLE where the shelf cannot be read, or too
        many wait for it.
        """
        if self._waiting >= WAITING_MAX:
            raise _busy()
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(self._shelf.get, name)
        except ShelfError as error:
            log.error("avatar_not_read", avatar_id=name, error=str(error))
            raise _busy() from error
        finally:
            self._waiting -= 1


def _busy() -> Problem:
    return Problem(Code.UNAVAILABLE, "The picture cannot be read just now. Ask again in a moment.")
