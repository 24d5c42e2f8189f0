from collections.abc import Sequence
from typing import Any

from headwater.customers.model import Customer, CustomerDraft, CustomerFilter, FormerName
from headwater.db import Read, Row, Write, like_pattern, one_column

_COLUMNS = (
    "id, external_id, name, email, avatar, sales, sale_amount, first_sale_at, created_at,"
    " stripe_customer_id, country, subscription_canceled_at, erased_at"
)
# Those who never bought or cancelled stand at the end where the newest come first.
_ORDER = {
    "createdAt": "created_at",
    "saleAmount": "sale_amount",
    "firstSaleAt": "coalesce(first_sale_at, 0)",
    "subscriptionCanceledAt": "coalesce(subscription_canceled_at, 0)",
}


def _customer(row: Row) -> Customer:
    return Customer(
        id=row[0],
        external_id=row[1],
        name=row[2],
        email=row[3],
        avatar=row[4],
        sales=row[5],
        sale_amount=row[6],
        first_sale_at=row[7],
        created_at=row[8],
        stripe_customer_id=row[9],
        country=row[10],
        subscription_canceled_at=row[11],
        erased_at=row[12],
    )


def by_external_id(tx: Read, workspace_id: str, external_id: str) -> Customer | None:
    row = tx.one(
        f"select {_COLUMNS} from customers"
        " where workspace_id = :workspace_id and external_id = :external_id",
        {"workspace_id": workspace_id, "external_id": external_id},
    )
    return None if row is None else _customer(row)


def by_id(tx: Read, workspace_id: str, customer_id: str) -> Customer | None:
    row = tx.one(
        f"select {_COLUMNS} from customers where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": customer_id},
    )
    return None if row is None else _customer(row)


def by_ids(tx: Read, workspace_id: str, ids: Sequence[str]) -> dict[str, Customer]:
    """Also those who were erased."""
    rows = tx.all(
        f"select {_COLUMNS} from customers where workspace_id = :workspace_id"
        f" and id in (select value->>0 from {tx.each})",
        {
            "workspace_id": workspace_id,
            "rows": one_column(ids),
        },
    )
    return {row[0]: _customer(row) for row in rows}


def by_stripe_id(tx: Read, workspace_id: str, stripe_customer_id: str) -> Customer | None:
    row = tx.one(
        f"select {_COLUMNS} from customers"
        " where workspace_id = :workspace_id and stripe_customer_id = :stripe_customer_id",
        {"workspace_id": workspace_id, "stripe_customer_id": stripe_customer_id},
    )
    return None if row is None else _customer(row)


def by_email(tx: Read, workspace_id: str, email: str, limit: int) -> list[Customer]:
    """Exactly as it was given to us."""
    rows = tx.all(
        f"select {_COLUMNS} from customers"
        " where workspace_id = :workspace_id and email = :email limit :limit",
        {"workspace_id": workspace_id, "email": email, "limit": limit},
    )
    return [_customer(row) for row in rows]


def insert(
    tx: Write, workspace_id: str, customer_id: str, draft: CustomerDraft, now_us: int
) -> None:
    tx.run(
        "insert into customers (id, workspace_id, external_id, name, email, country, created_at)"
        " values (:id, :workspace_id, :external_id, :name, :email, :country, :now)",
        {
            "id": customer_id,
            "workspace_id": workspace_id,
            "external_id": draft.external_id,
            "name": draft.name,
            "email": draft.email,
            "country": draft.country,
            "now": now_us,
        },
    )


def complete(tx: Write, workspace_id: str, customer_id: str, draft: CustomerDraft) -> None:
    """Fill in what was not known; what is known stays. The avatar is another matter."""
    tx.run(
        "update customers set name = coalesce(name, :name), email = coalesce(email, :email)"
        " where workspace_id = :workspace_id and id = :id",
        {
            "workspace_id": workspace_id,
            "id": customer_id,
            "name": draft.name,
            "email": draft.email,
        },
    )


def set_avatar(tx: Write, workspace_id: str, customer_id: str, avatar: str | None) -> None:
    tx.run(
        "update customers set avatar = :avatar where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": customer_id, "avatar": avatar},
    )


def set_country(tx: Write, workspace_id: str, customer_id: str, country: str) -> None:
    tx.run(
        "update customers set country = :country where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": customer_id, "country": country},
    )


def set_stripe_id(tx: Write, workspace_id: str, customer_id: str, stripe_id: str) -> None:
    tx.run(
        "update customers set stripe_customer_id = :stripe_id"
        " where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": customer_id, "stripe_id": stripe_id},
    )


def set_canceled(tx: Write, workspace_id: str, customer_id: str, at: int | None) -> None:
    tx.run(
        "update customers set subscription_canceled_at = :at"
        " where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": customer_id, "at": at},
    )


def drop_avatar(tx: Write, workspace_id: str, customer_id: str, avatar: str) -> None:
    """If it still is this one."""
    tx.run(
        "update customers set avatar = null"
        " where workspace_id = :workspace_id and id = :id and avatar = :avatar",
        {"workspace_id": workspace_id, "id": customer_id, "avatar": avatar},
    )


def add_sale(tx: Write, workspace_id: str, customer_id: str, amount: int, at: int) -> None:
    tx.run(
        "update customers set sales = sales + 1, sale_amount = sale_amount + :amount,"
        " first_sale_at = case when first_sale_at is null or :at < first_sale_at then :at"
        " else first_sale_at end where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": customer_id, "amount": amount, "at": at},
    )


def update(tx: Write, workspace_id: str, customer_id: str, values: dict[str, Any]) -> None:
    tx.run(
        "update customers set external_id = :external_id, name = :name, email = :email,"
        " stripe_customer_id = :stripe_customer_id, country = :country,"
        " subscription_canceled_at = :subscription_canceled_at"
        " where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": customer_id, **values},
    )


def insert_former(tx: Write, workspace_id: str, customer_id: str, name: FormerName) -> None:
    tx.run(
        "insert into former_names (customer_id, external_id, workspace_id, until)"
        " values (:customer_id, :external_id, :workspace_id, :until)"
        " on conflict (customer_id, external_id) do update set until = excluded.until",
        {
            "customer_id": customer_id,
            "external_id": name.external_id,
            "workspace_id": workspace_id,
            "until": name.until,
        },
    )


def former_names(tx: Read, workspace_id: str, customer_id: str) -> list[FormerName]:
    rows = tx.all(
        "select external_id, until from former_names"
        " where workspace_id = :workspace_id and customer_id = :customer_id order by external_id",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    return [FormerName(external_id=row[0], until=row[1]) for row in rows]


def forget(tx: Write, workspace_id: str, customer_id: str, now_us: int) -> None:
    """The person goes; the id and the sums, which the books need, stay."""
    tx.run(
        "update customers set external_id = id, name = null, email = null, avatar = null,"
        " stripe_customer_id = null, country = null, subscription_canceled_at = null,"
        " erased_at = :now where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": customer_id, "now": now_us},
    )
    tx.run(
        "delete from former_names where workspace_id = :workspace_id and customer_id = :id",
        {"workspace_id": workspace_id, "id": customer_id},
    )


def page(tx: Read, workspace_id: str, wanted: CustomerFilter) -> list[Customer]:
    """Without the erased. A customer's link is that of the first lead recorded."""
    backwards = wanted.ending_before is not None
    direction = "asc" if wanted.ascending != backwards else "desc"
    cursor = wanted.starting_after or wanted.ending_before
    column = "id" if cursor else _ORDER[wanted.sort_by]
    ordered = f" order by {column} {direction}, id {direction} limit :limit offset :offset"
    rows = tx.all(
        f"select {_COLUMNS} from customers"
        " where workspace_id = :workspace_id and erased_at is null"
        " and (cast(:email as text) is null or email = :email)"
        " and (cast(:external_id as text) is null or external_id = :external_id)"
        " and (cast(:search as text) is null or lower(email) like lower(:search) escape '~'"
        "  or lower(external_id) like lower(:search) escape '~'"
        "  or lower(name) like lower(:search) escape '~')"
        " and (cast(:country as text) is null or country = :country)"
        " and (cast(:link_number as bigint) is null and cast(:program_id as text) is null"
        "  and cast(:partner_id as text) is null or exists (select 1 from leads l"
        "  where l.position ="
        "  (select min(f.position) from leads f where f.customer_id = customers.id)"
        "  and (cast(:link_number as bigint) is null or l.link_number = :link_number)"
        "  and (cast(:program_id as text) is null or l.program_id = :program_id)"
        "  and (cast(:partner_id as text) is null or l.partner_id = :partner_id)))"
        " and (cast(:above as text) is null or id > :above)"
        f" and (cast(:below as text) is null or id < :below){ordered}",
        {
            "workspace_id": workspace_id,
            "email": wanted.email,
            "external_id": wanted.external_id,
            "search": None if wanted.search is None else like_pattern(wanted.search),
            "country": wanted.country,
            "link_number": wanted.link_number,
            "program_id": wanted.program_id,
            "partner_id": wanted.partner_id,
            "above": cursor if direction == "asc" else None,
            "below": cursor if direction == "desc" else None,
            "limit": wanted.limit,
            "offset": wanted.offset,
        },
    )
    return [_customer(row) for row in (reversed(rows) if backwards else rows)]


def all_after(tx: Read, workspace_id: str, customer_id: str, limit: int) -> list[Customer]:
    """In order of id, with those who were erased."""
    rows = tx.all(
        f"select {_COLUMNS} from customers where workspace_id = :workspace_id and id > :id"
        " order by id limit :limit",
        {"workspace_id": workspace_id, "id": customer_id, "limit": limit},
    )
    return [_customer(row) for row in rows]
