"""The disk's own time for one durable append, printed beside every figure that waits for it."""

import os
from pathlib import Path

from headwater.bench.model import Sync
from headwater.kit.clock import SystemClock

APPENDS = 300
PAGE = b"\0" * 4096


def sync_time(directory: Path) -> Sync:
    """Append 4 KiB and `fdatasync`, a few hundred times, in the directory to be measured."""
    path = directory / "sync"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        times = sorted(_append(descriptor) for _ in range(APPENDS))
    finally:
        os.close(descriptor)
        path.unlink()
    return Sync(p50_us=times[APPENDS // 2], p99_us=times[APPENDS * 99 // 100])


def _append(descriptor: int) -> int:
    clock = SystemClock()
    os.write(descriptor, PAGE)
    begun = clock.monotonic_us()
    os.fdatasync(descriptor)
    return clock.monotonic_us() - begun
