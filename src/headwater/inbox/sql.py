from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.db import Read, Row, Write, like_pattern, one_column
from headwater.inbox.model import InboxCount, InboxFilter, InboxItem, Kind, Reason, State
from headwater.kit.ids import lowest_id

_OWN = (
    "i.id, i.workspace_id, i.kind, i.reason, i.field, i.state, i.content_hash, i.received_at,"
    " i.resolved_at, i.result_kind, i.result_id"
)
_COLUMNS = f"{_OWN}, b.body"
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
            " and i.waits_for = :token and i.state = 'waiting' and b.body is not null"
            " order by i.id limit :limit",
            {"workspace_id": workspace_id, "token": token, "limit": limit},
        )
        found += [_item(row) for row in rows]
    return found


def mark_ready(tx: Write, workspace_id: str, token: str) -> int:
    return tx.run(
        "update inbox set ready = 1 where workspace_id = :workspace_id"
        " and waits_for = :token and state = 'waiting'"
        " and exists (select 1 from inbox_bodies b where b.inbox_id = inbox.id)",
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
        " and b.body is not null"
        " and (cast(:workspace_id as text) is null or i.workspace_id = :workspace_id)"
        " order by i.id limit :limit",
        {"workspace_id": workspace_id, "limit": limit},
    )
    return [_item(row) for row in rows]


def patient_items(tx: Read, before_us: int, limit: int) -> list[InboxItem]:
    """Every workspace: sales that have waited since before then to hear how their customer came.
    Sandboxes, whose clocks say another time, come last.
    """
    rows = tx.all(
        f"select {_COLUMNS}{_FROM} where i.state = 'waiting' and i.reason = 'no_lead'"
        " and i.received_at <= :before and b.body is not null order by i.received_at limit :limit",
        {"before": before_us, "limit": limit},
    )
    found = [_item(row) for row in rows]
    return found + patient_in_sandboxes(tx, before_us, limit - len(found))


def patient_in_sandboxes(tx: Read, before_us: int, limit: int) -> list[InboxItem]:
    """Every workspace whose clock is ahead: what is overdue there and not by the real clock."""
    rows = tx.all(
        f"select {_COLUMNS} from workspaces w cross join inbox i"
        " left join inbox_bodies b on b.inbox_id = i.id"
        " where w.clock_ahead > 0 and i.workspace_id = w.id"
        " and i.state = 'waiting' and i.reason = 'no_lead' and b.body is not null"
        " and i.received_at > :before and i.received_at <= :before + w.clock_ahead"
        " order by i.received_at limit :limit",
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


def tried(tx: Write, workspace_id: str, inbox_id: str) -> None:
    """In vain: it waits until something releases it again."""
    tx.run(
        "update inbox set ready = 0 where workspace_id = :workspace_id and id = :id and ready = 1",
        {"workspace_id": workspace_id, "id": inbox_id},
    )


# Ids sort by the time a call was received. A call that names its customer has them in its body as
# `"customerExternalId":"…"`, and nothing else there reads so: within a text quotes are escaped.
_WANTED = (
    " and (cast(:state as text) is null or i.state = :state)"
    " and (cast(:reason as text) is null or i.reason = :reason)"
    " and (cast(:kind as text) is null or i.kind = :kind)"
    " and i.id >= :floor and i.id < :ceiling"
    " and (cast(:named as text) is null or exists (select 1 from inbox_bodies c"
    "  where c.inbox_id = i.id and c.workspace_id = :workspace_id"
    "  and replace(c.body, :named, '') <> c.body))"
)


def _values(wanted: InboxFilter) -> dict[str, Any]:
    customer = msgspec.json.encode(wanted.customer_external_id).decode()
    return {
        "state": wanted.state.value if wanted.state else None,
        "reason": wanted.reason.value if wanted.reason else None,
        "kind": wanted.kind.value if wanted.kind else None,
        "floor": lowest_id("inb_", wanted.since),
        "ceiling": lowest_id("inb_", wanted.until),
        "named": f'"customerExternalId":{customer}' if wanted.customer_external_id else None,
    }


def page(
    tx: Read, workspace_id: str, wanted: InboxFilter, limit: int = 100, offset: int = 0
) -> list[InboxItem]:
    """Newest first."""
    rows = tx.all(
        f"select {_COLUMNS}{_FROM} where i.workspace_id = :workspace_id{_WANTED}"
        " order by i.id desc limit :limit offset :offset",
        {"workspace_id": workspace_id, "limit": limit, "offset": offset, **_values(wanted)},
    )
    return [_item(row) for row in rows]


def ids_after(
    tx: Read, workspace_id: str, wanted: InboxFilter, after: str, limit: int
) -> list[str]:
    """In the order in which they were received, from the first one later than `after`."""
    rows = tx.all(
        f"select i.id from inbox i where i.workspace_id = :workspace_id and i.id > :after{_WANTED}"
        " order by i.id limit :limit",
        {"workspace_id": workspace_id, "after": after, "limit": limit, **_values(wanted)},
    )
    return [row[0] for row in rows]


def counts(tx: Read, workspace_id: str, wanted: InboxFilter) -> list[InboxCount]:
    """In the order of the checks, of each reason what waits first."""
    rows = tx.all(
        "select i.reason, i.state, count(*) from inbox i where i.workspace_id = :workspace_id"
        f"{_WANTED}"
        " group by i.reason, i.state",
        {"workspace_id": workspace_id, **_values(wanted)},
    )
    found = {(row[0], row[1]): row[2] for row in rows}
    return [
        InboxCount(reason=reason, state=state, count=found[reason, state])
        for reason in Reason
        for state in State
        if (reason, state) in found
    ]


def fates(tx: Read, workspace_id: str, inbox_ids: Sequence[str]) -> list[InboxItem]:
    """What became of these, without their bodies: a body may hold a picture."""
    rows = tx.all(
        f"select {_OWN}, null from inbox i where i.workspace_id = :workspace_id"
        f" and i.id in (select value->>0 from {tx.each})",
        {"workspace_id": workspace_id, "rows": one_column(inbox_ids)},
    )
    return [_item(row) for row in rows]


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
