"""Numbered migrations, one text for both engines with a few words filled in per engine.

Where the engines need different statements, lines of one stand between `-- only sqlite` (or
`-- only postgres`) and the next such line or `-- both`: see docs/operations/migrations.md.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from string import Template

from headwater.db.tx import Dialect, Read, Write

_WORDS = {
    Dialect.SQLITE: {
        "int": "integer",
        "identity": "integer primary key",
        "strict": "strict",
    },
    Dialect.POSTGRES: {
        "int": "bigint",
        "identity": "bigint generated always as identity primary key",
        "strict": "",
    },
}
_SHIPPED = resources.files("headwater.db") / "migrations"
_LOCK = 0x4865616477617465  # "Headwate": one migrator at a time on PostgreSQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def statements(self, dialect: Dialect) -> list[str]:
        lines = _lines_for(dialect, self.text)
        body = "\n".join(line.split("--", 1)[0] for line in lines)
        filled = Template(body).substitute(_WORDS[dialect])
        return [part.strip() for part in filled.split(";") if part.strip()]


def _lines_for(dialect: Dialect, text: str) -> Iterator[str]:
    """Without the sections of other engines; ValueError for an engine that does not exist."""
    ours = True
    for line in text.splitlines():
        mark = line.strip()
        if mark.startswith("-- only "):
            ours = Dialect(mark.removeprefix("-- only ")) is dialect
        elif mark == "-- both":
            ours = True
        elif ours:
            yield line


def migrations(folder: Traversable = _SHIPPED) -> list[Migration]:
    """Every migration in the folder, in order of number."""
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".sql")]
    return [
        Migration(number=int(entry.name[:4]), name=entry.name[5:-4], text=entry.read_text())
        for entry in sorted(found, key=lambda entry: entry.name)
    ]


def apply(tx: Write, now_us: int, folder: Traversable = _SHIPPED) -> list[Migration]:
    """Bring the schema up to date in one transaction; returns what was applied."""
    _prepare(tx)
    applied = _applied(tx)
    fresh = [each for each in migrations(folder) if each.number not in applied]
    for migration in fresh:
        for statement in migration.statements(tx.dialect):
            tx.run(statement)
        tx.run(
            "insert into schema_migrations (number, name, checksum, applied_at)"
            " values (:number, :name, :checksum, :now)",
            {
                "number": migration.number,
                "name": migration.name,
                "checksum": migration.checksum,
                "now": now_us,
            },
        )
    return fresh


def pending(tx: Read) -> list[Migration]:
    """Migrations this store lacks."""
    if not _has_table(tx):
        return migrations()
    applied = _applied(tx)
    return [migration for migration in migrations() if migration.number not in applied]


def changed(tx: Read) -> list[Migration]:
    """Migrations whose text differs from what was applied; the schema is then unknown."""
    applied = _applied(tx)
    return [m for m in migrations() if applied.get(m.number, m.checksum) != m.checksum]


def foreign(tx: Read) -> list[str]:
    """Applied migrations that this version does not ship, as their files are called."""
    if not _has_table(tx):
        return []
    shipped = {each.number for each in migrations()}
    rows = tx.all("select number, name from schema_migrations order by number")
    return [f"{number:04d}_{name}" for number, name in rows if number not in shipped]


def _prepare(tx: Write) -> None:
    if tx.dialect is Dialect.POSTGRES:
        tx.one(f"select pg_advisory_xact_lock({_LOCK})")
    words = _WORDS[tx.dialect]
    tx.run(
        "create table if not exists schema_migrations (number "
        + words["int"]
        + " primary key, name text not null, checksum text not null, applied_at "
        + words["int"]
        + " not null)"
    )


def _has_table(tx: Read) -> bool:
    if tx.dialect is Dialect.SQLITE:
        sql = "select name from sqlite_master where name = 'schema_migrations'"
    else:
        sql = "select to_regclass('schema_migrations')::text"
    row = tx.one(sql)
    return row is not None and row[0] is not None


def _applied(tx: Read) -> dict[int, str]:
    return dict(tx.all("select number, checksum from schema_migrations"))
