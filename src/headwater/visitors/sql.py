from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.db import Read, Row, Write, one_column
from headwater.visitors.model import Answer, Consent, NetworkId, Touch

TOUCH = (
    "id, event_id, visitor_id, customer_id, source, at, expires_at, url, referrer, click_id,"
    " partner, coupon, referral, utm, ids, fingerprint, measurement, sharing, personal,"
    " consent_source, claimed_at, new_customer"
)
EVER = 2**63 - 1
_utm = msgspec.json.Decoder(dict[str, str]).decode
_ids = msgspec.json.Decoder(dict[str, NetworkId]).decode


def touch_of(row: Row) -> Touch:
    return Touch(
        id=row[0],
        event_id=row[1],
        visitor_id=row[2],
        customer_id=row[3],
        source=row[4],
        at=row[5],
        expires_at=row[6],
        url=row[7],
        referrer=row[8],
        click_id=row[9],
        partner=row[10],
        coupon=row[11],
        referral=row[12],
        utm={} if row[13] is None else _utm(row[13]),
        ids={} if row[14] is None else _ids(row[14]),
        fingerprint=row[15],
        consent=Consent(
            measurement=Answer(row[16]),
            sharing=Answer(row[17]),
            personal=Answer(row[18]),
            source=row[19],
        ),
        claimed_at=row[20],
        new_customer=None if row[21] is None else bool(row[21]),
    )


def see(tx: Write, workspace_id: str, visitor_id: str, now_us: int) -> None:
    """The visitor is known from now on."""
    tx.run(
        "insert into visitors (workspace_id, id, first_at, last_at)"
        " values (:workspace_id, :id, :now, :now) on conflict (workspace_id, id) do update"
        " set last_at = excluded.last_at",
        {"workspace_id": workspace_id, "id": visitor_id, "now": now_us},
    )


def was_anothers(tx: Read, workspace_id: str, visitor_id: str, customer_id: str) -> bool:
    """Whether another customer has ever signed up in this browser."""
    row = tx.one(
        "select 1 from visitors where workspace_id = :workspace_id and id = :visitor_id"
        " and customer_id <> :customer_id"
        " union all select 1 from touches where workspace_id = :workspace_id"
        " and visitor_id = :visitor_id and customer_id <> :customer_id limit 1",
        {"workspace_id": workspace_id, "visitor_id": visitor_id, "customer_id": customer_id},
    )
    return row is not None


def is_somebodys(tx: Read, workspace_id: str, visitor_id: str) -> bool:
    """Whether anybody has ever signed up in this browser."""
    row = tx.one(
        "select 1 from visitors where workspace_id = :workspace_id and id = :visitor_id"
        " and customer_id is not null"
        " union all select 1 from touches where workspace_id = :workspace_id"
        " and visitor_id = :visitor_id and customer_id is not null limit 1",
        {"workspace_id": workspace_id, "visitor_id": visitor_id},
    )
    return row is not None


def insert_touch(tx: Write, workspace_id: str, row: dict[str, Any]) -> bool:
    """False where its event was taken before."""
    changed = tx.run(
        "insert into touches (id, workspace_id, event_id, visitor_id, customer_id, source, at,"
        " received_at, expires_at, url, referrer, click_id, partner, coupon, referral, utm, ids,"
        " fingerprint, measurement, sharing, personal, consent_source, claimed_at, new_customer)"
        " values (:id, :workspace_id, :event_id, :visitor_id, :customer_id, :source, :at,"
        " :received_at, :expires_at, :url, :referrer, :click_id, :partner, :coupon, :referral,"
        " :utm, :ids, :fingerprint, :measurement, :sharing, :personal, :consent_source,"
        " :claimed_at, :new_customer) on conflict (workspace_id, event_id) do nothing",
        {"workspace_id": workspace_id, **row},
    )
    return changed == 1


def fill(tx: Write, workspace_id: str, touch_id: str, row: dict[str, Any]) -> None:
    """What the page saw of a touch of which the click alone was known."""
    tx.run(
        "update touches set url = :url, referrer = :referrer, partner = :partner,"
        " coupon = :coupon, referral = :referral, utm = :utm, ids = :ids,"
        " fingerprint = :fingerprint, measurement = :measurement, sharing = :sharing,"
        " personal = :personal, consent_source = :consent_source,"
        " expires_at = case when expires_at > :expires_at then expires_at else :expires_at end"
        " where workspace_id = :workspace_id and id = :touch_id",
        {"workspace_id": workspace_id, "touch_id": touch_id, **row},
    )


def set_consent(tx: Write, workspace_id: str, touch_id: str, row: dict[str, Any]) -> None:
    tx.run(
        "update touches set measurement = :measurement, sharing = :sharing, personal = :personal,"
        " consent_source = :consent_source where workspace_id = :workspace_id and id = :touch_id",
        {"workspace_id": workspace_id, "touch_id": touch_id, **row},
    )


def by_events(tx: Read, workspace_id: str, event_ids: Sequence[str]) -> list[Touch]:
    rows = tx.all(
        f"select {TOUCH} from touches where workspace_id = :workspace_id"
        f" and event_id in (select value->>0 from {tx.each})",
        {"workspace_id": workspace_id, "rows": one_column(event_ids)},
    )
    return [touch_of(row) for row in rows]


def by_ids(tx: Read, workspace_id: str, touch_ids: Sequence[str]) -> list[Touch]:
    """Those that are still there, in the order in which they came."""
    rows = tx.all(
        f"select {TOUCH} from touches where workspace_id = :workspace_id"
        f" and id in (select value->>0 from {tx.each}) order by id",
        {"workspace_id": workspace_id, "rows": one_column(touch_ids)},
    )
    return [touch_of(row) for row in rows]


def of_visitor(
    tx: Read, workspace_id: str, visitor_id: str, since: int = 0, until: int = EVER
) -> list[Touch]:
    """Whoever claimed them, in order of time."""
    rows = tx.all(
        f"select {TOUCH} from touches where workspace_id = :workspace_id"
        " and visitor_id = :visitor_id and at >= :since and at <= :until order by at",
        {
            "workspace_id": workspace_id,
            "visitor_id": visitor_id,
            "since": since,
            "until": until,
        },
    )
    return [touch_of(row) for row in rows]


def of_customer(tx: Read, workspace_id: str, customer_id: str) -> list[Touch]:
    """In order of time."""
    rows = tx.all(
        f"select {TOUCH} from touches where workspace_id = :workspace_id"
        " and customer_id = :customer_id order by at, id",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    return [touch_of(row) for row in rows]


def count_unclaimed(tx: Read, workspace_id: str, visitor_id: str) -> int:
    row = tx.one(
        "select count(*) from touches where workspace_id = :workspace_id"
        " and visitor_id = :visitor_id and customer_id is null",
        {"workspace_id": workspace_id, "visitor_id": visitor_id},
    )
    assert row is not None
    return int(row[0])


def count_received(tx: Read, workspace_id: str, visitor_id: str, since: int) -> int:
    row = tx.one(
        "select count(*) from touches where workspace_id = :workspace_id"
        " and visitor_id = :visitor_id and received_at > :since",
        {"workspace_id": workspace_id, "visitor_id": visitor_id, "since": since},
    )
    assert row is not None
    return int(row[0])


def claim(tx: Write, workspace_id: str, visitor_id: str, row: dict[str, Any]) -> None:
    """Of what nobody claimed before; a touch that is claimed stays whose it is (T-45)."""
    tx.run(
        "update touches set customer_id = :customer_id, claimed_at = :now,"
        " new_customer = :new_customer where workspace_id = :workspace_id"
        " and visitor_id = :visitor_id and customer_id is null",
        {"workspace_id": workspace_id, "visitor_id": visitor_id, **row},
    )
    tx.run(
        "update visitors set customer_id = :customer_id, claimed_at = :now, last_at = :now"
        " where workspace_id = :workspace_id and id = :visitor_id",
        {"workspace_id": workspace_id, "visitor_id": visitor_id, **row},
    )


def claim_touch(tx: Write, workspace_id: str, touch_id: str, customer_id: str, now_us: int) -> None:
    """One that came late, as long as nobody claimed it."""
    tx.run(
        "update touches set customer_id = :customer_id, claimed_at = :now"
        " where workspace_id = :workspace_id and id = :id and customer_id is null",
        {
            "workspace_id": workspace_id,
            "id": touch_id,
            "customer_id": customer_id,
            "now": now_us,
        },
    )


def last_claim(tx: Read, workspace_id: str, visitor_id: str) -> tuple[int, str] | None:
    """When somebody last claimed what the visitor came by, and who."""
    row = tx.one(
        "select claimed_at, customer_id from visitors where workspace_id = :workspace_id"
        " and id = :id and customer_id is not null",
        {"workspace_id": workspace_id, "id": visitor_id},
    )
    return None if row is None else (int(row[0]), str(row[1]))


def move_touch(tx: Write, workspace_id: str, touch_id: str, visitor_id: str) -> None:
    """To another visitor, as long as nobody claimed it."""
    tx.run(
        "update touches set visitor_id = :visitor_id where workspace_id = :workspace_id"
        " and id = :id and customer_id is null",
        {"workspace_id": workspace_id, "id": touch_id, "visitor_id": visitor_id},
    )


def unclaimed(tx: Read, workspace_id: str, visitor_id: str) -> list[str]:
    """What a visitor came by and nobody claimed."""
    rows = tx.all(
        "select id from touches where workspace_id = :workspace_id"
        " and visitor_id = :visitor_id and customer_id is null",
        {"workspace_id": workspace_id, "visitor_id": visitor_id},
    )
    return [row[0] for row in rows]


def delete_visitor(tx: Write, workspace_id: str, visitor_id: str) -> None:
    """With what nobody claimed."""
    of = {"workspace_id": workspace_id, "visitor_id": visitor_id}
    tx.run(
        "delete from touches where workspace_id = :workspace_id"
        " and visitor_id = :visitor_id and customer_id is null",
        of,
    )
    tx.run("delete from visitors where workspace_id = :workspace_id and id = :visitor_id", of)


def visitors_of(tx: Read, workspace_id: str, customer_id: str) -> list[str]:
    """Browsers a customer's touches were seen in."""
    rows = tx.all(
        "select id from visitors where workspace_id = :workspace_id"
        " and customer_id = :customer_id union"
        " select visitor_id from touches where workspace_id = :workspace_id"
        " and customer_id = :customer_id and visitor_id is not null",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    return sorted(str(row[0]) for row in rows)


def delete_of_customer(tx: Write, workspace_id: str, customer_id: str) -> None:
    of = {"workspace_id": workspace_id, "customer_id": customer_id}
    tx.run(
        "delete from touches where workspace_id = :workspace_id and customer_id = :customer_id", of
    )
    tx.run(
        "delete from visitors where workspace_id = :workspace_id and customer_id = :customer_id",
        of,
    )


def delete_ended(tx: Write, workspace_id: str, now_us: int, limit: int) -> int:
    """Touches that nobody claimed and that say nothing any more; one that is claimed just now is
    asked about again when its row is free, and stays.
    """
    return tx.run(
        "delete from touches where workspace_id = :workspace_id and customer_id is null and id in"
        " (select id from touches where workspace_id = :workspace_id and customer_id is null"
        "  and expires_at <= :now order by expires_at limit :limit)",
        {"workspace_id": workspace_id, "now": now_us, "limit": limit},
    )


def delete_unseen(tx: Write, workspace_id: str, before: int, limit: int) -> int:
    """Visitors who did not come back and of whom nothing is kept; not one who comes just now."""
    return tx.run(
        "delete from visitors where workspace_id = :workspace_id and last_at < :before and id in"
        " (select v.id from visitors v where v.workspace_id = :workspace_id"
        "  and v.last_at < :before and not exists (select 1 from touches t"
        "   where t.workspace_id = v.workspace_id and t.visitor_id = v.id) limit :limit)",
        {"workspace_id": workspace_id, "before": before, "limit": limit},
    )
