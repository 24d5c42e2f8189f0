"""One database, one writer: transactions on SQLite or PostgreSQL behind the same two handles."""

from headwater.db.open import Database, open_database
from headwater.db.tx import Dialect, Read, Row, Write
from headwater.kit.problems import Collision, StoreUnavailable

__all__ = [
    "Collision",
    "Database",
    "Dialect",
    "Read",
    "Row",
    "StoreUnavailable",
    "Write",
    "open_database",
]
