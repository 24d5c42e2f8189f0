from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.conversion_log.model import Entry, LogFilter, LogOutcome
from headwater.db import Read, Row, Write

_COLUMNS = (
    "workspace_id, id, call, outcome, status, code, message, field, customer_external_id,"
    " link_number, result_kind, result_id, at"
)


def _entry(row: Row) -> Entry:
    return Entry(
        workspace_id=row[0],
        id=row[1],
        call=row[2],
        outcome=LogOutcome(row[3]),
        status=row[4],
        code=row[5],
        message=row[6],
        field=row[7],
        customer_external_id=row[8],
        link_number=row[9],
        result_kind=row[10],
        result_id=row[11],
        at=row[12],
    )


def insert(tx: Write, entry: Entry) -> None:
    tx.run(
        f"insert into conversion_log ({_COLUMNS})"
        " values (:workspace_id, :id, :call, :outcome, :status, :code, :message, :field,"
        " :customer_external_id, :link_number, :result_kind, :result_id, :at)",
        msgspec.structs.asdict(entry) | {"outcome": entry.outcome.value},
    )


def append(tx: Write, entries: Sequence[Entry]) -> list[None]:
    """A batch at once, of whichever workspaces."""
    rows: list[list[Any]] = [list(msgspec.structs.astuple(each)) for each in entries]
    tx.run(
        "insert into conversion_log (id, workspace_id, call, outcome, status, at, code, message,"
        " field, customer_external_id, link_number, result_kind, result_id)"
        " select value->>0, value->>1, value->>2, value->>3, cast(value->>4 as bigint),"
        " cast(value->>5 as bigint), value->>6, value->>7, value->>8, value->>9,"
        f" cast(value->>10 as bigint), value->>11, value->>12 from {tx.each}",
        {"rows": msgspec.json.encode(rows).decode()},
    )
    return [None] * len(entries)


def by_id(tx: Read, workspace_id: str, entry_id: str) -> Entry | None:
    row = tx.one(
        f"select {_COLUMNS} from conversion_log where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": entry_id},
    )
    return None if row is None else _entry(row)


def page(tx: Read, workspace_id: str, wanted: LogFilter) -> list[Entry]:
    """Newest first."""
    rows = tx.all(
        f"select {_COLUMNS} from conversion_log where workspace_id = :workspace_id"
        " and (cast(:call as text) is null or call = :call)"
        " and (cast(:outcome as text) is null or outcome = :outcome)"
        " and (cast(:customer as text) is null or customer_external_id = :customer)"
        " and (cast(:link_number as bigint) is null or link_number = :link_number)"
        " order by id desc limit :limit offset :offset",
        {
            "workspace_id": workspace_id,
            "call": wanted.call,
            "outcome": wanted.outcome.value if wanted.outcome else None,
            "customer": wanted.customer_external_id,
            "link_number": wanted.link_number,
            "limit": wanted.limit,
            "offset": wanted.offset,
        },
    )
    return [_entry(row) for row in rows]


def forget(tx: Write, workspace_id: str, customer_external_id: str, ceiling: str | None) -> None:
    """The entries stay, without whom they are about and what was said of it; with a ceiling only
    those of a lower id.
    """
    tx.run(
        "update conversion_log set customer_external_id = null, message = null"
        " where workspace_id = :workspace_id and customer_external_id = :customer"
        " and (cast(:ceiling as text) is null or id < :ceiling)",
        {"workspace_id": workspace_id, "customer": customer_external_id, "ceiling": ceiling},
    )


def delete_before(tx: Write, workspace_id: str, floor: str, limit: int) -> int:
    """Ids sort by time, so the oldest are found without looking at the others."""
    return tx.run(
        "delete from conversion_log where workspace_id = :workspace_id and id in"
        " (select id from conversion_log where workspace_id = :workspace_id and id < :floor"
        "  order by id limit :limit)",
        {"workspace_id": workspace_id, "floor": floor, "limit": limit},
    )
