"""What checkouts were begun with."""

from collections.abc import Sequence

import msgspec

from headwater.db import Read, Row, Write, one_column
from headwater.visitors.model import Checkout

_COLUMNS = (
    "id, checkout_id, customer_external_id, visitor_id, attribution, metadata,"
    " client_reference_id, created_at"
)
_strings = msgspec.json.Decoder(dict[str, str]).decode


def _checkout(row: Row) -> Checkout:
    return Checkout(
        id=row[0],
        checkout_id=row[1],
        customer_external_id=row[2],
        visitor_id=row[3],
        attribution=_strings(row[4]),
        metadata=_strings(row[5]),
        client_reference_id=row[6],
        created_at=row[7],
    )


def insert_checkout(tx: Write, workspace_id: str, checkout: Checkout) -> None:
    """The first word on a checkout stands."""
    tx.run(
        f"insert into checkouts (workspace_id, {_COLUMNS})"
        " values (:workspace_id, :id, :checkout_id, :customer_external_id, :visitor_id,"
        " :attribution, :metadata, :client_reference_id, :created_at)"
        " on conflict (workspace_id, checkout_id) do nothing",
        {
            "workspace_id": workspace_id,
            "id": checkout.id,
            "checkout_id": checkout.checkout_id,
            "customer_external_id": checkout.customer_external_id,
            "visitor_id": checkout.visitor_id,
            "attribution": msgspec.json.encode(checkout.attribution).decode(),
            "metadata": msgspec.json.encode(checkout.metadata).decode(),
            "client_reference_id": checkout.client_reference_id,
            "created_at": checkout.created_at,
        },
    )


def by_checkout_id(tx: Read, workspace_id: str, checkout_id: str) -> Checkout | None:
    row = tx.one(
        f"select {_COLUMNS} from checkouts where workspace_id = :workspace_id"
        " and checkout_id = :checkout_id",
        {"workspace_id": workspace_id, "checkout_id": checkout_id},
    )
    return None if row is None else _checkout(row)


def delete_named(tx: Write, workspace_id: str, name: str, before_us: int | None) -> None:
    """Those begun in this name, or in it before then."""
    tx.run(
        "delete from checkouts where workspace_id = :workspace_id"
        " and customer_external_id = :name"
        " and (cast(:before as bigint) is null or created_at < :before)",
        {"workspace_id": workspace_id, "name": name, "before": before_us},
    )


def delete_of_visitors(tx: Write, workspace_id: str, visitor_ids: Sequence[str]) -> None:
    """Those of these browsers that name nobody."""
    tx.run(
        "delete from checkouts where workspace_id = :workspace_id"
        " and customer_external_id is null"
        f" and visitor_id in (select value->>0 from {tx.each})",
        {"workspace_id": workspace_id, "rows": one_column(visitor_ids)},
    )


def delete_nobodys(tx: Write, workspace_id: str, before: int, limit: int) -> int:
    """Those of before then whose name no customer has or had, or that have none: nobody whom one
    could erase.
    """
    return tx.run(
        "delete from checkouts where workspace_id = :workspace_id and id in"
        " (select k.id from checkouts k where k.workspace_id = :workspace_id"
        "  and k.created_at < :before and (k.customer_external_id is null or"
        "   k.customer_external_id not in (select external_id from former_names"
        "    where workspace_id = :workspace_id) and not exists (select 1 from customers c"
        "    where c.workspace_id = :workspace_id and c.external_id = k.customer_external_id))"
        "  limit :limit)",
        {"workspace_id": workspace_id, "before": before, "limit": limit},
    )
