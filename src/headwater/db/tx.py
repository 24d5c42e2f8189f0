"""The handles domain code works on. SQL takes `:name` parameters and reads alike on each engine."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Protocol

Row = tuple[Any, ...]
Params = Mapping[str, Any]
NONE: Params = {}


class Dialect(StrEnum):
    SQLITE = "sqlite"
    POSTGRES = "postgres"


class Read(Protocol):
    """A consistent view of the store."""

    @property
    def dialect(self) -> Dialect: ...

    @property
    def each(self) -> str:
        """To select `from`: one row per element of the JSON array `:rows`, in column `value`.

        Many rows in one statement give up the interpreter lock once, not once per row.
        """
        ...

    def one(self, sql: str, params: Params = NONE) -> Row | None:
        """The first row, or None."""
        ...

    def all(self, sql: str, params: Params = NONE) -> list[Row]: ...


class Write(Read, Protocol):
    """A transaction; it is committed by the writer, never by the script."""

    def run(self, sql: str, params: Params = NONE) -> int:
        """Execute and return the number of rows changed."""
        ...

    def lock(self, name: str) -> None:
        """Wait until no other transaction holds `name`; held until this one ends.

        SQLite has one writer, so there it costs nothing.
        Order: idempotency key, checkout, customer, visitor, invoice, sale, rate, inbox item; of
        links: idempotency key, url, link, domain, several of a kind by name. Before all others:
        import, and then Stripe's events of a workspace. Held alone: partner, folder, tag,
        destination, a report told again, the journal, a cursor of the worker; allowances of
        destinations by name, of live ones first, those of a sandbox after its clock.
        """
        ...

    def many(self, sql: str, rows: Iterable[Params]) -> list[Row]:
        """Execute once per parameter set; the rows of every `returning`, in order."""
        ...
