"""Opening the store for a command: what is wrong with it is said in one sentence."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from headwater.cli.exits import CANNOT_START, STORE_AWAY
from headwater.config import Config
from headwater.kit.problems import StoreUnavailable

if TYPE_CHECKING:
    from headwater.db import Read
    from headwater.runtime import App
    from headwater.workspace import Workspace

FILE_NAME = "headwater.db"
WAIT_FOR_STORE_S = 10.0
LOOK_EVERY_S = 0.05
_FIRST_BYTES = b"SQLite format 3\x00"
# What SQLite says; its words are the same in every version, and come through where classes do not.
_DAMAGED = ("not a database", "malformed")
_CLOSED_TO_US = ("unable to open", "readonly database")
_HELD = ("is locked",)
_DISK = ("disk is full", "disk I/O error")


class CannotStart(Exception):  # noqa: N818 - said to the operator, not raised at a caller
    """One sentence on what is wrong and what to do, and the status to end with."""

    def __init__(self, message: str, status: int = CANNOT_START) -> None:
        super().__init__(message)
        self.status = status


@contextmanager
def opened(
    config: Config, *, owner: bool = False, role: bool = False, must_exist: bool = False
) -> Iterator["App"]:
    """The store of `config`, closed at the end; CannotStart where it cannot be opened or read.

    A role is started again where waiting may help, so it ends with another status then. A command
    that asks a store questions sets `must_exist`: of a new one every answer would be good. A new
    store is made by its owner or by a command that is there to fill it.
    """
    from headwater.cli.logs import hear_the_pool, keep_quiet
    from headwater.runtime import open_app
    from headwater.workspace import domains

    check_place(config, must_exist=must_exist)
    hear_the_pool()
    if not role:
        keep_quiet()
    away = STORE_AWAY if role else CANNOT_START
    with _in_a_sentence(config, away):
        app = open_app(config, owner=owner, create=owner or not (role or must_exist))
    try:
        with _in_a_sentence(config, away):
            if must_exist and not app.db.read_now(domains):
                raise _nothing_there(config)
            yield app
    finally:
        app.close()


def check_place(config: Config, *, must_exist: bool = False) -> None:
    """Refuse a place that holds no store of ours and can take none; make the directory if new,
    unless a store `must_exist` there.

    Looks at files only, so that `serve` can ask before it starts two processes that would both say
    the same.
    """
    if config.store.database:
        return
    data = Path(config.store.data)
    if must_exist and not os.path.lexists(data):
        raise _nothing_there(config)
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        _check_access(data, os.R_OK | os.W_OK | os.X_OK)
        if must_exist and not (data / FILE_NAME).exists():
            raise _nothing_there(config)
        for file in data.glob(f"{FILE_NAME}*"):
            _check_access(file, os.R_OK | os.W_OK)
        if not _is_ours(data / FILE_NAME):
            raise CannotStart(
                f"{data / FILE_NAME} is not a database. Put the right file there with headwater"
                " stopped, from a backup for example, or name another directory with --data."
            )
    except (FileExistsError, NotADirectoryError) as error:
        raise CannotStart(
            f"{error.filename} is not a directory, and the store needs one. Name another place with"
            " --data."
        ) from error
    except OSError as error:
        raise CannotStart(
            f"cannot use {error.filename or data} ({error.strerror}). Give it to the user headwater"
            " runs as, or name another directory with --data."
        ) from error


def wait_for_store(config: Config) -> None:
    """For the worker: the core that is started beside it makes the store."""
    for _ in range(round(WAIT_FOR_STORE_S / LOOK_EVERY_S)):
        if config.store.database or (Path(config.store.data) / FILE_NAME).exists():
            return
        time.sleep(LOOK_EVERY_S)
    raise CannotStart(
        f"there is no store in {config.store.data}, and a worker makes none. Start headwater core"
        " there, or name the store's directory with --data.",
        STORE_AWAY,
    )


def _nothing_there(config: Config) -> CannotStart:
    if config.store.database:
        return CannotStart(
            "there is no store in that database. Check the address in store.database, or make one"
            " with headwater init."
        )
    data = Path(config.store.data)
    below = data / "data"  # where `headwater demo` has it
    if (below / FILE_NAME).exists():
        return CannotStart(f"there is no store in {data}, but one in {below}: --data {below}")
    return CannotStart(f"there is no store in {data}. Name its directory with --data.")


def _check_access(path: Path, wanted: int) -> None:
    if not os.access(path, wanted):
        raise PermissionError(13, "no permission to read and write it", str(path))


def _is_ours(file: Path) -> bool:
    """A new or empty file becomes a database."""
    if not file.exists():
        return True
    with file.open("rb") as opened_file:
        return opened_file.read(len(_FIRST_BYTES)) in (b"", _FIRST_BYTES)


@contextmanager
def _in_a_sentence(config: Config, away: int) -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        if config.store.database and error.__cause__ is not None:
            raise _postgres(str(error), away) from error
        raise _said(str(error), config, away) from error
    except OSError as error:
        data = Path(config.store.data)
        if error.filename is None or not Path(error.filename).is_relative_to(data):
            raise  # not about the store
        raise _closed_to_us(data, str(error.strerror)) from error
    except Exception as error:
        if type(error).__module__ != "apsw":  # the driver itself is the business of db/
            raise
        raise _said(str(error), config, away) from error


def _said(detail: str, config: Config, away: int) -> CannotStart:
    def speaks_of(words: tuple[str, ...]) -> bool:
        return any(each in detail for each in words)

    data = config.store.data
    if speaks_of(_DAMAGED):
        return CannotStart(
            f"the store in {data} is damaged ({detail}). Stop headwater, keep a copy of all"
            f" {FILE_NAME}* files, and put a backup in their place."
        )
    if speaks_of(_CLOSED_TO_US):
        return _closed_to_us(Path(data), detail)
    if speaks_of(_HELD):
        return CannotStart(
            f"another program holds the store in {data} ({detail}). End it, or try again when it is"
            " done.",
            away,
        )
    if speaks_of(_DISK):
        return CannotStart(
            f"the store in {data} could not be used ({detail}). Look at the disk: is it full, or"
            " unwell?",
            away,
        )
    return CannotStart(detail)  # db/ found words of its own


def _closed_to_us(data: Path, detail: str) -> CannotStart:
    return CannotStart(
        f"the store in {data} cannot be opened for writing ({detail}). Give the directory and its"
        " files to the user headwater runs as."
    )


def _postgres(detail: str, away: int) -> CannotStart:
    from headwater.cli.logs import last_of_the_pool

    why = last_of_the_pool() or " ".join(detail.split())
    return CannotStart(
        f"PostgreSQL could not be used ({why}). Check that it runs, and the address in"
        " store.database.",
        away,
    )


def workspace_called(tx: "Read", slug: str) -> "Workspace":
    from headwater.workspace import workspace_by_slug

    found = workspace_by_slug(tx, slug)
    if found is None:
        message = f"there is no workspace {slug!r} in this store. Check --workspace, and"
        raise CannotStart(f"{message} --data or --database.")
    return found
