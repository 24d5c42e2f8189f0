"""Where pictures are kept, by name: a directory of this machine, or a bucket all machines share."""

import os
from pathlib import Path
from typing import Protocol

from headwater.avatars.model import Keeping, ShelfError


class Shelf(Protocol):
    """All of it waits for a disk or a network: to be called on threads."""

    def put(self, name: str, picture: bytes) -> None:
        """On disk, or in the bucket, when it returns."""
        ...

    def get(self, name: str) -> bytes | None: ...

    def drop(self, name: str) -> None:
        """Also fine where there is none."""
        ...


def open_shelf(keeping: Keeping) -> Shelf:
    """ShelfError where the library for buckets is not installed."""
    if not keeping.bucket:
        return Directory(Path(keeping.directory))
    try:
        from headwater.avatars.bucket import Bucket  # noqa: PLC0415 - an extra, not always there
    except ImportError as error:
        message = "avatars.bucket needs a library: pip install 'headwater[s3]'"
        raise ShelfError(message) from error
    return Bucket(keeping)


class Directory:
    """One file each, in folders by the first two characters after the prefix."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, name: str, picture: bytes) -> None:
        path = self._path(name)
        beside = path.with_suffix(".part")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with beside.open("wb") as file:
                file.write(picture)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            _sync(path.parent)
        except OSError as error:
            raise ShelfError(f"{type(error).__name__} {error.errno}") from error

    def get(self, name: str) -> bytes | None:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ShelfError(f"{type(error).__name__} {error.errno}") from error

    def drop(self, name: str) -> None:
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise ShelfError(f"{type(error).__name__} {error.errno}") from error

    def _path(self, name: str) -> Path:
        bare = name.partition("_")[2]
        return self._root / bare[:2] / f"{bare}.png"


def _sync(folder: Path) -> None:
    """So that the new name is there after a power cut too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
