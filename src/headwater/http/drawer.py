"""QR codes, drawn by another process, with the last of them kept."""

import msgspec
import structlog

from headwater.drawing import NoAnswer, Picture, Process
from headwater.kit.problems import Code, Problem

log = structlog.get_logger(__name__)

TIMEOUT_S = 5.0
WAITING_MAX = 32
KNOWN_MAX = 256
DRAWER = "headwater.drawing"


class Drawer:
    def __init__(self) -> None:
        self._process = Process(DRAWER, TIMEOUT_S)
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
            drawn = await self._process.ask(asked)
        except NoAnswer as error:
            log.warning("not_drawn", error=str(error))
            raise _busy() from error
        finally:
            self._waiting -= 1
        if len(self._known) >= KNOWN_MAX:
            self._known.pop(next(iter(self._known)))
        self._known[asked] = drawn
        return drawn


def _busy() -> Problem:
    return Problem(
        Code.UNAVAILABLE, "The picture could not be drawn just now. Ask again in a moment."
    )
