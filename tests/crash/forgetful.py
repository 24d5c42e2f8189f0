"""A virtual file system for SQLite that forgets, at the kill, whatever was not fsynced.

A process that is killed loses nothing it gave to the kernel, so a plain `kill -9` cannot see a
missing fsync. Here every file lives in the memory of the process, shared by its connections, and
reaches the real file only in xSync. What a real disk may do besides, `survives` does: that share of
the unsynced writes, at random, reaches the real file early and out of order.

One process at a time may hold the store: others would not see what is not synced yet. Locks and the
shared-memory index are those of the underlying file system.
"""

import random
import threading
from dataclasses import dataclass, field

import apsw

from tests.crash.faults import Faults

FORGETFUL = "forgetful"
FAULTY = "faulty"
REAL = apsw.vfs_names()[0]  # the default, before one of ours is


@dataclass(slots=True)
class Kept:
    """One file as the process sees it, and what was done to it since the last fsync, in order."""

    image: bytearray
    unsynced: list[tuple[int, bytes | None]] = field(default_factory=list)
    absent: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)

    def write(self, data: bytes, offset: int) -> None:
        if len(self.image) < offset:
            self.image.extend(bytes(offset - len(self.image)))
        self.image[offset : offset + len(data)] = data
        self.unsynced.append((offset, data))

    def truncate(self, size: int) -> None:
        del self.image[size:]
        self.unsynced.append((size, None))

    def delete(self) -> None:
        self.truncate(0)
        self.absent = True


class ForgetfulVFS(apsw.VFS):
    """Registered under its name for as long as the object lives."""

    def __init__(self, faults: Faults, *, survives: float = 0.0, seed: str = "") -> None:
        super().__init__(FORGETFUL, REAL)
        self.faults = faults
        self.survives = survives
        self.chance = random.Random(seed)
        self._files: dict[str, Kept] = {}
        self._lock = threading.Lock()

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        if name is None:  # a temporary file: nobody asks for it after a crash
            return apsw.VFSFile(REAL, name, flags)
        return ForgetfulFile(self, name, flags)

    def xDelete(self, path: str, syncdir: bool) -> None:  # noqa: N802
        """Without a sync of the directory the old file is still there after the kill."""
        kept = self._files.get(path)
        if kept is not None and not syncdir:
            kept.delete()
            return
        self._files.pop(path, None)
        super().xDelete(path, syncdir)

    def xAccess(self, path: str, flags: int) -> bool:  # noqa: N802
        kept = self._files.get(path)
        return not kept.absent if kept is not None else super().xAccess(path, flags)

    def kept(self, path: str, real: "ForgetfulFile") -> Kept:
        """The file all connections of this process share; first read from the real one."""
        with self._lock:
            if path not in self._files:
                self._files[path] = Kept(bytearray(real.on_disk()))
            self._files[path].absent = False
            return self._files[path]


class ForgetfulFile(apsw.VFSFile):
    def __init__(self, vfs: ForgetfulVFS, name: str | apsw.URIFilename, flags: list[int]) -> None:
        super().__init__(REAL, name, flags)
        self._vfs = vfs
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._kept = vfs.kept(path, self)

    def on_disk(self) -> bytes:
        size = super().xFileSize()
        return super().xRead(size, 0) if size else b""

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        with self._kept.lock:
            return bytes(self._kept.image[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        copied = bytes(data)
        self._vfs.faults.before_write(len(copied))
        with self._kept.lock:
            self._kept.write(copied, offset)
            if self._vfs.survives and self._vfs.chance.random() < self._vfs.survives:
                super().xWrite(copied, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        with self._kept.lock:
            self._kept.truncate(newsize)

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._kept.image)

    def xSync(self, flags: int) -> None:  # noqa: N802, ARG002
        """When it fails, the writes before it are gone, and the next one finds nothing to do."""
        with self._kept.lock:
            unsynced, self._kept.unsynced = self._kept.unsynced, []
            self._vfs.faults.before_sync()
            for offset, data in unsynced:
                if data is None:
                    super().xTruncate(offset)
                else:
                    super().xWrite(data, offset)


class FaultyVFS(apsw.VFS):
    """The real files with the same faults, for stores that several processes hold."""

    def __init__(self, faults: Faults) -> None:
        super().__init__(FAULTY, REAL, makedefault=True)
        self._faults = faults

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return FaultyFile(self._faults, name, flags)


class FaultyFile(apsw.VFSFile):
    def __init__(
        self, faults: Faults, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        super().__init__(REAL, name, flags)
        self._faults = faults

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._faults.before_write(len(data))
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._faults.before_sync()
        super().xSync(flags)
