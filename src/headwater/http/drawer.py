"""The process that draws, seen from the core: started when first needed, one picture at a time."""

import asyncio
import struct
import sys

import msgspec
import structlog

from headwater.drawing import Picture
from headwater.kit.problems import Code, Problem

log = structlog.get_logger(__name__)

TIMEOUT_S = 5.0
WAITING_MAX = 32
KNOWN_MAX = 256
DRAWER = "headwater.drawing"


class Drawer:
    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._known: dict[bytes, bytes] = {}

    async def draw(self, picture: Picture) -> bytes:
        """Empty where the text does not fit. UNAVAILABLE where too many wait, or it takes too long:
        whoever asks for pictures must not hold up redirects.
        """
        asked = msgspec.json.encode(picture)
        known = self._known.get(asked)
        if known is not None:
            return known
        if self._waiting >= WAITING_MAX:
            raise _busy()
        self._waiting += 1
        try:
            async with self._turn:
                drawn = await self._drawn(asked)
        finally:
            self._waiting -= 1
        if len(self._known) >= KNOWN_MAX:
            self._known.pop(next(iter(self._known)))
        self._known[asked] = drawn
        return drawn

    async def _drawn(self, asked: bytes) -> bytes:
        process = await self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                process.stdin.write(struct.pack(">I", len(asked)) + asked)
                await process.stdin.drain()
                (length,) = struct.unpack(">I", await process.stdout.readexactly(4))
                return await process.stdout.readexactly(length)
        except BaseException as error:  # cut short, the two no longer agree on where an answer ends
            self._end(process)
            if isinstance(error, TimeoutError | OSError | asyncio.IncompleteReadError):
                log.warning("not_drawn", error=type(error).__name__)
                raise _busy() from error
            raise

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", DRAWER,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
        return self._process

    def _end(self, process: asyncio.subprocess.Process) -> None:
        self._process = None
        if process.returncode is None:
            process.kill()


def _busy() -> Problem:
    return Problem(
        Code.UNAVAILABLE, "The picture could not be drawn just now. Ask again in a moment."
    )
