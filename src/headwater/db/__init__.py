"""One database, one writer: transactions on SQLite or PostgreSQL behind the same two handles."""

from headwater.db.open import Database, open_database
from headwater.db.tx import Dialect, Read, Row, Write
from headwater.db.values import like_pattern, one_column
from headwater.kit.problems import Collision, StoreUnavailable

__all__ = [
    "Collision",
    "Database",
    "Dialect",
    "Read",
    "Row",
    "StoreUnavailable",
    "Write",
    "like_pattern",
    "one_column",
    "open_database",
]
