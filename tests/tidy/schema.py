"""The schema as the migrations write it: tables with their columns and what each column says."""

import re
from functools import cache

from headwater.db import Dialect
from headwater.db.migrate import Migration, migrations

_TABLE = re.compile(r"create table (?:if not exists )?(\w+)\s*\((.*)\)", re.DOTALL | re.IGNORECASE)
_ADDED = re.compile(r"alter table (\w+) add column (\w+ .*)", re.DOTALL | re.IGNORECASE)
_DROPPED = re.compile(r"alter table (\w+) drop column (\w+)", re.IGNORECASE)
_GONE = re.compile(r"drop table (?:if exists )?(\w+)", re.IGNORECASE)
_NO_COLUMN = {"primary", "unique", "check", "foreign", "constraint"}

Tables = dict[str, dict[str, str]]


def tables_of(shipped: list[Migration]) -> Tables:
    """Table -> column -> its definition."""
    found: Tables = {}
    for migration in shipped:
        for statement in migration.statements(Dialect.SQLITE):
            _apply(found, statement)
    return found


def _apply(found: Tables, statement: str) -> None:
    if made := _TABLE.match(statement):
        parts = _parts(made[2])
        found[made[1]] = dict(
            part.split(None, 1) for part in parts if _first(part) not in _NO_COLUMN
        )
    elif added := _ADDED.match(statement):
        name, definition = added[2].split(None, 1)
        found[added[1]][name] = definition
    elif dropped := _DROPPED.match(statement):
        del found[dropped[1]][dropped[2]]
    elif gone := _GONE.match(statement):
        del found[gone[1]]


def _first(part: str) -> str:
    return re.split(r"[\s(]", part, maxsplit=1)[0].lower()


def _parts(body: str) -> list[str]:
    """Split at the commas outside brackets."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(body):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append(body[start:at])
            start = at + 1
    return [part.strip() for part in [*parts, body[start:]] if part.strip()]


@cache
def tables() -> Tables:
    """With the one table the migrator keeps its own books in."""
    own = dict.fromkeys(("number", "name", "checksum", "applied_at"), "")
    return tables_of(migrations()) | {"schema_migrations": own}


@cache
def tenant_tables() -> frozenset[str]:
    return frozenset(name for name, columns in tables().items() if "workspace_id" in columns)
