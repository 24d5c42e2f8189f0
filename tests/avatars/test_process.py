"""The process that draws, as the one that asks sees it."""

import asyncio
import os
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
import uvloop
from PIL import Image

from headwater.drawing import NoAnswer, Picture, Process
from tests.support import wait_until

QR = "headwater.drawing"
PICTURE = msgspec.json.encode(
    Picture(
        text="https://example.com/",
        size=90,
        level="L",
        foreground="000000",
        background="ffffff",
        margin=2,
    )
)
marks: list[Path] = []


def note() -> None:
    for path in marks:
        path.touch()


os.register_at_fork(after_in_child=note)


def test_no_python_runs_between_the_fork_and_the_program(tmp_path: Path) -> None:
    """It would close connections of other threads, under locks they hold: the core stood still for
    ever, about once in some hundred starts.
    """

    async def by_the_loop() -> None:
        await (await asyncio.create_subprocess_exec("true")).wait()

    async def draw() -> bytes:
        process = Process(QR, 20.0)
        try:
            return await process.ask(PICTURE)
        finally:
            process.end()

    marks.append(tmp_path / "mark")
    try:
        drawn = uvloop.run(draw())
        assert not marks[0].exists()
        uvloop.run(by_the_loop())
        assert marks[0].exists(), "the loop's own way runs Python, or this test would prove nothing"
    finally:
        marks.clear()
    assert Image.open(BytesIO(drawn)).format == "PNG"


def test_one_that_hangs_or_dies_is_ended_and_the_next_asks_another(tmp_path: Path) -> None:
    """None is left behind, not even as a zombie."""

    async def ask() -> None:
        process = Process(QR, 20.0)
        first = await process.ask(PICTURE)
        (child,) = children()
        assert os.getpgid(child) == child, "Ctrl-C would reach it, with a traceback in the log"
        os.kill(child, 9)
        await asyncio.to_thread(wait_until, lambda: _stat(child)[:1] == ["Z"])
        assert await process.ask(PICTURE) == first
        (other,) = children()
        assert other != child
        slow = Process("headwater.drawing", 0.0)
        with pytest.raises(NoAnswer):
            await slow.ask(PICTURE)
        assert children() == [other]
        process.end()
        assert children() == []

    before = set(_children())

    def children() -> list[int]:
        return [each for each in _children() if each not in before]

    uvloop.run(ask())


def test_one_that_cannot_start_or_is_not_waited_for_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No answer, not a bug: with too many files open, say, or the program being replaced."""

    async def ask() -> None:
        process = Process(QR, 20.0)
        before = _children(), _sockets()
        with monkeypatch.context() as patched:
            patched.setattr("sys.executable", "/nowhere/python")
            with pytest.raises(NoAnswer, match="FileNotFoundError"):
                await process.ask(PICTURE)
        asked = asyncio.create_task(process.ask(PICTURE))
        await asyncio.sleep(0)
        assert len(_children()) == len(before[0]) + 1
        asked.cancel()
        await asyncio.wait({asked})
        assert asked.cancelled()
        assert (_children(), _sockets()) == before
        assert await process.ask(PICTURE)
        process.end()

    uvloop.run(ask())


def _children() -> list[int]:
    every = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]
    return [pid for pid in every if _stat(pid)[1:2] == [str(os.getpid())]]


def _sockets() -> int:
    return sum(each.is_socket() for each in Path("/proc/self/fd").iterdir())


def _stat(pid: int) -> list[str]:
    """State, parent and so on; nothing of one that is gone by now."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
