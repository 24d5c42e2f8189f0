"""The shop's own file: who has an account, who is signed in, what was ordered."""

import hashlib
import hmac
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from headwater.shop import sql

Given = ParamSpec("Given")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class User:
    """`id` is what Headwater knows a customer by."""

    id: str
    email: str
    name: str

    @classmethod
    def of(cls, row: sql.Row) -> "User":
        return cls(row["id"], row["email"], row["name"])


class Store:
    """One connection in one thread; every call is a transaction."""

    def __init__(self, file: Path) -> None:
        self._thread = ThreadPoolExecutor(1, "shop-store")
        self._db = self._thread.submit(_opened, file).result()

    def call(
        self,
        work: Callable[Concatenate[sqlite3.Connection, Given], Result],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Result:
        return self._thread.submit(self._done, partial(work, self._db, *args, **kwargs)).result()

    def close(self) -> None:
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()

    def _done(self, work: Callable[[], Result]) -> Result:
        with self._db:
            return work()


def _opened(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file)
    db.row_factory = sqlite3.Row
    db.execute("pragma journal_mode = wal")
    db.executescript(sql.SCHEMA)
    return db


def hashed(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


def opens(password: str, row: sql.Row | None) -> bool:
    """Whether it is this account's password; an account without one is opened otherwise."""
    if row is None or row["password"] is None:
        return False
    return hmac.compare_digest(hashed(password, row["salt"]), row["password"])
