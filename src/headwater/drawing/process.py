"""A process that draws, seen from the one that asks: started when needed, one thing at a time."""

import asyncio
import socket
import struct
import subprocess
import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass

_GONE_S = 0.2  # that one that was killed may take to go; it is not waited for longer


class NoAnswer(Exception):  # noqa: N818 - a state of the other process, which is ended
    """It hung, died or answered nonsense."""


class Process:
    """`module` reads lengths of four bytes with what they measure, and answers in the same form."""

    def __init__(self, module: str, timeout_s: float) -> None:
        self._module = module
        self._timeout_s = timeout_s
        self._child: _Child | None = None
        self._turn = asyncio.Lock()

    async def ask(self, said: bytes) -> bytes:
        """NoAnswer where none came in time; the next asks a new process."""
        async with self._turn:
            try:
                child = await self._running()
                async with asyncio.timeout(self._timeout_s):
                    child.writer.write(struct.pack(">I", len(said)) + said)
                    await child.writer.drain()
                    (length,) = struct.unpack(">I", await child.reader.readexactly(4))
                    return await child.reader.readexactly(length)
            except BaseException as error:
                # Cut short, the two no longer agree on where an answer ends.
                self.end()
                if isinstance(error, TimeoutError | OSError | asyncio.IncompleteReadError):
                    raise NoAnswer(type(error).__name__) from error
                raise

    def end(self) -> None:
        """At once; it has nothing to finish."""
        child, self._child = self._child, None
        if child is not None:
            child.end()

    async def _running(self) -> "_Child":
        if self._child is not None and self._child.process.poll() is not None:
            self.end()
        if self._child is None:
            self._child = await _started(self._module)
        return self._child


@dataclass(frozen=True, slots=True, kw_only=True)
class _Child:
    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def end(self) -> None:
        self.writer.close()
        _end(self.process)


async def _started(module: str) -> _Child:
    """Not by the loop's own way: uvloop runs Python in the forked child, which then closes what
    other threads had open. A connection to the store is closed there under a lock that one of them
    holds, for ever, and the loop waits for it. Popen runs nothing in between.
    """
    ours, theirs = socket.socketpair()
    with ExitStack() as undo:  # what fails here is tried again with the next picture: nothing stays
        undo.callback(ours.close)
        with theirs:
            process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own module; over once it runs
                [sys.executable, "-m", module],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                start_new_session=True,  # Ctrl-C is for who asks: this one ends as its input does
            )
        undo.callback(_end, process)
        reader, writer = await asyncio.open_connection(sock=ours)
        undo.pop_all()
    return _Child(process=process, reader=reader, writer=writer)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GONE_S)
