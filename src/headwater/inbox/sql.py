from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.db import Read, Row, Write, like_pattern, one_column
from headwater.inbox.model import InboxFilter, InboxItem, Kind, Reason, State

_COLUMNS = (
    "i.id, i.workspace_id, i.kind, i.reason, i.field, i.state, i.content_hash, i.received_at,"
    " i.resolved_at, i.result_kind, i.result_id, b.body"
)
_FROM = " from inbox i left join inbox_bodies b on b.inbox_id = i.id"


def _item(row: Row) -> InboxItem:
    return InboxItem(
        id=row[0],
        workspace_id=row[1],
        kind=Kind(row[2]),
        reason=Reason(row[3]),
        field=row[4],
        state=State(row[5]),
        content_hash=row[6],
        received_at=row[7],
        resolved_at=row[8],
        result_kind=row[9],
        result_id=row[10],
        body=None if row[11] is None else row[11].encode(),
    )


def insert(tx: Write, workspace_id: str, values: dict[str, Any], body: str) -> None:
    tx.run(
        "insert into inbox (id, workspace_id, kind, reason, field, state, natural_key, waits_for,"
        " content_hash, received_at, resolved_at)"
        " values (:id, :workspace_id, :kind, :reason, :field, :state, :natural_key, :waits_for,"
        " :content_hash, :received_at, :resolved_at)",
        {"workspace_id": workspace_id, **values},
    )
    tx.run(
        "insert into inbox_bodies (inbox_id, workspace_id, body)"
        " values (:id, :workspace_id, :body)",
        {"id": values["id"], "workspace_id": workspace_id, "body": body},
    )


def by_id(tx: Read, workspace_id: str, inbox_id: str) -> InboxItem | None:
    row = tx.one(
        f"select {_COLUMNS}{_FROM} where i.workspace_id = :workspace_id and i.id = :id",
        {"workspace_id": workspace_id, "id": inbox_id},
    )
    return None if row is None else _item(row)


def by_content(tx: Read, workspace_id: str, content_hash: str) -> InboxItem | None:
    row = tx.one(
        f"select {_COLUMNS}{_FROM}"
        " where i.workspace_id = :workspace_id and i.content_hash = :content_hash",
        {"workspace_id": workspace_id, "content_hash": content_hash},
    )
    return None if row is None else _item(row)


def waiting_by_key(tx: Read, workspace_id: str, kind: Kind, natural_key: str) -> InboxItem | None:
    """The call that holds a natural key while it waits."""
    row = tx.one(
        f"select {_COLUMNS}{_FROM} where i.workspace_id = :workspace_id and i.kind = :kind"
        " and i.natural_key = :natural_key and i.state = 'waiting' and i.reason <> 'conflict'",
        {"workspace_id": workspace_id, "kind": kind.value, "natural_key": natural_key},
    )
    return None if row is None else _item(row)


def waiting_for(tx: Read, workspace_id: str, tokens: list[str], limit: int) -> list[InboxItem]:
    found = []
    for token in tokens:
        rows = tx.all(
            f"select {_COLUMNS}{_FROM} where i.workspace_id = :workspace_id"
            " and i.waits_for = :token and i.state = 'waiting' order by i.id limit :limit",
            {"workspace_id": workspace_id, "token": token, "limit": limit},
        )
        found += [_item(row) for row in rows]
    return found


def mark_ready(tx: Write, workspace_id: str, token: str) -> int:
    return tx.run(
        "update inbox set ready = 1 where workspace_id = :workspace_id"
        " and waits_for = :token and state = 'waiting'",
        {"workspace_id": workspace_id, "token": token},
    )


def mark_all_ready(tx: Write, workspace_id: str) -> int:
    """All that wait for a missing piece and can still be replayed."""
    return tx.run(
        "update inbox set ready = 1 where workspace_id = :workspace_id and state = 'waiting'"
        " and waits_for is not null"
        " and exists (select 1 from inbox_bodies b where b.inbox_id = inbox.id)",
        {"workspace_id": workspace_id},
    )


def ready_items(tx: Read, workspace_id: str | None, limit: int) -> list[InboxItem]:
    """What can be replayed now. Every workspace where None is given: the sweep's view."""
    rows = tx.all(
        f"select {_COLUMNS}{_FROM} where i.state = 'waiting' and i.ready = 1"
        " and (cast(:workspace_id as text) is null or i.workspace_id = :workspace_id)"
        " order by i.id limit :limit",
        {"workspace_id": workspace_id, "limit": limit},
    )
    return [_item(row) for row in rows]


def patient_items(tx: Read, before_us: int, limit: int) -> list[InboxItem]:
    """Every workspace: sales that have waited since before then to hear how their customer came."""
    rows = tx.all(
        f"select {_COLUMNS}{_FROM} where i.state = 'waiting' and i.reason = 'no_lead'"
        " and i.received_at <= :before and b.body is not null order by i.received_at limit :limit",
        {"before": before_us, "limit": limit},
    )
    return [_item(row) for row in rows]


def set_resolved(tx: Write, workspace_id: str, inbox_id: str, values: dict[str, Any]) -> int:
    return tx.run(
        "update inbox set state = :state, resolved_at = :now, result_kind = :result_kind,"
        " result_id = :result_id, ready = 0"
        " where workspace_id = :workspace_id and id = :id and state = 'waiting'",
        {"workspace_id": workspace_id, "id": inbox_id, **values},
    )


def set_reason(tx: Write, workspace_id: str, inbox_id: str, values: dict[str, Any]) -> None:
    tx.run(
        "update inbox set reason = :reason, field = :field, waits_for = :waits_for, ready = 0"
        " where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": inbox_id, **values},
    )


def page(tx: Read, workspace_id: str, wanted: InboxFilter) -> list[InboxItem]:
    rows = tx.all(
        f"select {_COLUMNS}{_FROM} where i.workspace_id = :workspace_id"
        " and (cast(:state as text) is null or i.state = :state)"
        " and (cast(:reason as text) is null or i.reason = :reason)"
        " order by i.id desc limit :limit offset :offset",
        {
            "workspace_id": workspace_id,
            "state": wanted.state.value if wanted.state else None,
            "reason": wanted.reason.value if wanted.reason else None,
            "limit": wanted.limit,
            "offset": wanted.offset,
        },
    )
    return [_item(row) for row in rows]


def count_waiting(tx: Read, workspace_id: str) -> int:
    row = tx.one(
        "select count(*) from inbox where workspace_id = :workspace_id and state = 'waiting'",
        {"workspace_id": workspace_id},
    )
    assert row is not None
    return int(row[0])


def mentioning(tx: Read, workspace_id: str, text: str) -> list[InboxItem]:
    """Calls whose body holds this text as a JSON string; on SQLite in any case."""
    quoted = msgspec.json.encode(text).decode()
    rows = tx.all(
        f"select {_COLUMNS}{_FROM} where i.workspace_id = :workspace_id"
        " and b.body like :pattern escape '~' order by i.id",
        {"workspace_id": workspace_id, "pattern": like_pattern(quoted)},
    )
    return [_item(row) for row in rows]


def become(tx: Read, workspace_id: str, fact_ids: Sequence[str]) -> list[str]:
    """Items that became one of these facts."""
    rows = tx.all(
        "select i.id from inbox i where i.workspace_id = :workspace_id"
        f" and i.result_id in (select value->>0 from {tx.each}) order by i.id",
        {"workspace_id": workspace_id, "rows": one_column(fact_ids)},
    )
    return [row[0] for row in rows]


def forget_bodies(tx: Write, workspace_id: str, inbox_ids: Sequence[str]) -> None:
    tx.run(
        "delete from inbox_bodies where workspace_id = :workspace_id"
        f" and inbox_id in (select value->>0 from {tx.each})",
        {"workspace_id": workspace_id, "rows": one_column(inbox_ids)},
    )
