"""A process that draws, seen from the one that asks: started when needed, one thing at a time."""

import asyncio
import struct
import sys


class NoAnswer(Exception):  # noqa: N818 - a state of the other process, which is ended
    """It hung, died or answered nonsense."""


class Process:
    """`module` reads lengths of four bytes with what they measure, and answers in the same form."""

    def __init__(self, module: str, timeout_s: float) -> None:
        self._module = module
        self._timeout_s = timeout_s
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def ask(self, said: bytes) -> bytes:
        """NoAnswer where none came in time; the next asks a new process."""
        async with self._turn:
            process = await self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                async with asyncio.timeout(self._timeout_s):
                    process.stdin.write(struct.pack(">I", len(said)) + said)
                    await process.stdin.drain()
                    (length,) = struct.unpack(">I", await process.stdout.readexactly(4))
                    return await process.stdout.readexactly(length)
            except BaseException as error:
                # Cut short, the two no longer agree on where an answer ends.
                self.end()
                if isinstance(error, TimeoutError | OSError | asyncio.IncompleteReadError):
                    raise NoAnswer(type(error).__name__) from error
                raise

    def end(self) -> None:
        """At once; it has nothing to finish."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self._module,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
        return self._process
