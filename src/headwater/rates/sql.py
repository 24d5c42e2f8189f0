from headwater.db import Read, Row, Write
from headwater.rates.model import Rate

_COLUMNS = "id, currency, day, rate, source, created_at"


def _rate(row: Row) -> Rate:
    return Rate(
        id=row[0], currency=row[1], day=row[2], rate=row[3], source=row[4], created_at=row[5]
    )


def on_day(tx: Read, workspace_id: str, currency: str, day: str) -> Rate | None:
    """The newest rate dated on or before `day` (YYYY-MM-DD)."""
    row = tx.one(
        f"select {_COLUMNS} from rates where workspace_id = :workspace_id"
        " and currency = :currency and day <= :day order by day desc limit 1",
        {"workspace_id": workspace_id, "currency": currency, "day": day},
    )
    return None if row is None else _rate(row)


def by_id(tx: Read, workspace_id: str, rate_id: str) -> Rate | None:
    row = tx.one(
        f"select {_COLUMNS} from rates where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": rate_id},
    )
    return None if row is None else _rate(row)


def exactly(tx: Read, workspace_id: str, currency: str, day: str) -> Rate | None:
    row = tx.one(
        f"select {_COLUMNS} from rates where workspace_id = :workspace_id"
        " and currency = :currency and day = :day",
        {"workspace_id": workspace_id, "currency": currency, "day": day},
    )
    return None if row is None else _rate(row)


def rates(tx: Read, workspace_id: str, currency: str | None) -> list[Rate]:
    rows = tx.all(
        f"select {_COLUMNS} from rates where workspace_id = :workspace_id"
        " and (cast(:currency as text) is null or currency = :currency)"
        " order by currency, day desc limit 1000",
        {"workspace_id": workspace_id, "currency": currency},
    )
    return [_rate(row) for row in rows]


def all_after(tx: Read, workspace_id: str, rate_id: str, limit: int) -> list[Rate]:
    """In order of id."""
    rows = tx.all(
        f"select {_COLUMNS} from rates where workspace_id = :workspace_id and id > :id"
        " order by id limit :limit",
        {"workspace_id": workspace_id, "id": rate_id, "limit": limit},
    )
    return [_rate(row) for row in rows]


def insert(tx: Write, workspace_id: str, rate: Rate) -> None:
    tx.run(
        "insert into rates (id, workspace_id, currency, day, rate, source, created_at)"
        " values (:id, :workspace_id, :currency, :day, :rate, :source, :created_at)",
        {
            "id": rate.id,
            "workspace_id": workspace_id,
            "currency": rate.currency,
            "day": rate.day,
            "rate": rate.rate,
            "source": rate.source,
            "created_at": rate.created_at,
        },
    )
