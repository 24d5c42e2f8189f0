"""Orders to a disk, left as files in a directory: `disk-full`, `fail-fsync`.

`disk-full` holds how many bytes the disk still takes; while the file is there, the rest is refused
with SQLITE_FULL, overwriting included, as on a copy-on-write file system. `fail-fsync` holds how
many more fsyncs succeed; the one after that fails with SQLITE_IOERR_FSYNC and removes the file.
"""

from dataclasses import dataclass
from pathlib import Path

import apsw

DISK_FULL = "disk-full"
FAIL_FSYNC = "fail-fsync"


@dataclass(slots=True)
class Orders:
    """The test's side: what the disk is told to do."""

    directory: Path

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)

    def disk_full(self, *, bytes_left: int = 0) -> None:
        self._write(DISK_FULL, bytes_left)

    def disk_free(self) -> None:
        (self.directory / DISK_FULL).unlink()

    def clear(self) -> None:
        for name in (DISK_FULL, FAIL_FSYNC):
            (self.directory / name).unlink(missing_ok=True)

    def fail_fsync(self, *, after: int = 0) -> None:
        self._write(FAIL_FSYNC, after)

    def _write(self, name: str, number: int) -> None:
        made = self.directory / f"{name}.new"
        made.write_text(str(number))
        made.rename(self.directory / name)


class Faults:
    """The disk's side: asked before every write and every fsync."""

    def __init__(self, directory: Path | None) -> None:
        self._full = _Countdown(directory / DISK_FULL) if directory else None
        self._fsync = _Countdown(directory / FAIL_FSYNC) if directory else None

    def before_write(self, count: int) -> None:
        if self._full is not None and not self._full.allows(count):
            raise apsw.exception_for(apsw.SQLITE_FULL)

    def before_sync(self) -> None:
        if self._fsync is not None and not self._fsync.allows(1):
            self._fsync.path.unlink()
            raise apsw.exception_for(apsw.SQLITE_IOERR_FSYNC)


class _Countdown:
    """What is left of an order's number; without the file everything is allowed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._left: int | None = None

    def allows(self, count: int) -> bool:
        if not self.path.exists():
            self._left = None
            return True
        if self._left is None:
            self._left = int(self.path.read_text())
        if self._left < count:
            return False
        self._left -= count
        return True
