"""Hearing a client out before it is answered.

Who closes a connection of which something is still unread resets it, and the reset takes away what
the other side has not read yet: the end of a long answer, or a refusal given before the body came.
"""

import asyncio
from contextlib import suppress
from typing import Any

from headwater.http.asgi import Receive, Scope, Send

LINGER_BYTES = 64 * 1024 * 1024
LINGER_S = 5.0
PAUSE_S = 1.0  # who sends nothing for so long is waiting for the answer


def has_body(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


def _announced(scope: Scope) -> int:
    """Bytes the client means to send; 0 where it does not say."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0


class Lingering:
    """`receive` and `send` of one request; what its handler left unread is thrown away."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._more = True
        # What would never be heard to its end is answered at once.
        self._hopeless = _announced(scope) > LINGER_BYTES

    async def receive(self) -> Any:
        message = await self._receive()
        self._more = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def send(self, message: Any) -> None:
        if self._more and not self._hopeless and message["type"] == "http.response.start":
            await self._read_on()
        await self._send(message)

    async def _read_on(self) -> None:
        """A client that never stops is not waited for."""
        read = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while self._more and read < LINGER_BYTES:
                    async with asyncio.timeout(PAUSE_S):
                        read += len((await self.receive()).get("body", b""))
