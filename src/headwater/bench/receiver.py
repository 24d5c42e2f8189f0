"""A receiver of webhooks that costs as little as it can: it counts, and answers 200."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


@dataclass(slots=True)
class Got:
    """How many requests came, from when to when, and the body of the last."""

    wanted: int
    count: int = 0
    first: float = 0.0
    last: float = 0.0
    body: bytes = b""
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, body: bytes) -> None:
        self.last = asyncio.get_running_loop().time()
        self.first = self.first or self.last
        self.body = body
        self.count += 1
        if self.count == self.wanted:
            self.done.set()


@asynccontextmanager
async def receiver(port: int, wanted: int) -> AsyncIterator[Got]:
    got = Got(wanted)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Line(got), "127.0.0.1", port)
    async with server:
        yield got


class _Line(asyncio.Protocol):
    def __init__(self, got: Got) -> None:
        self._got = got
        self._unread = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (head := self._unread.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._unread, 0, head)
            end = head + 4 + (int(length[1]) if length else 0)
            if len(self._unread) < end:
                return
            self._got.take(bytes(self._unread[head + 4 : end]))
            del self._unread[:end]
            assert self._transport is not None
            self._transport.write(ANSWER)
