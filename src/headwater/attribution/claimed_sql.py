"""Clicks a customer brought along when they signed up, and first touches of other providers."""

from collections.abc import Sequence
from typing import Any

from headwater.attribution.model import Attribution, ClaimedClick
from headwater.db import Read, Write, one_column


def insert_claimed(tx: Write, workspace_id: str, row: dict[str, Any]) -> bool:
    """False where the click was claimed before, by whomever."""
    changed = tx.run(
        "insert into claimed_clicks (id, workspace_id, customer_id, click_id, clicked_at,"
        " click_class, link_number, program_id, partner_id, created_at)"
        " values (:id, :workspace_id, :customer_id, :click_id, :clicked_at, :click_class,"
        " :link_number, :program_id, :partner_id, :now)"
        " on conflict (click_id, workspace_id) do nothing",
        {"workspace_id": workspace_id, **row},
    )
    return changed == 1


def claimed_clicks(tx: Read, workspace_id: str, customer_id: str) -> list[ClaimedClick]:
    """In order of time."""
    rows = tx.all(
        "select click_id, clicked_at, link_number, program_id, partner_id from claimed_clicks"
        " where workspace_id = :workspace_id and customer_id = :customer_id"
        " order by clicked_at, click_id",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    return [
        ClaimedClick(
            click_id=row[0],
            clicked_at=row[1],
            link_number=row[2],
            program_id=row[3],
            partner_id=row[4],
        )
        for row in rows
    ]


def clicks_of_others(
    tx: Read, workspace_id: str, customer_id: str, click_ids: Sequence[str]
) -> set[str]:
    """Those of the clicks that another customer claimed, or has a lead of."""
    rows = tx.all(
        "select c.click_id from claimed_clicks c where c.workspace_id = :workspace_id"
        f" and c.customer_id <> :customer_id and c.click_id in (select value->>0 from {tx.each})"
        " union select l.click_id from leads l where l.workspace_id = :workspace_id"
        f" and l.customer_id <> :customer_id and l.click_id in (select value->>0 from {tx.each})",
        {
            "workspace_id": workspace_id,
            "customer_id": customer_id,
            "rows": one_column(click_ids),
        },
    )
    return {str(row[0]) for row in rows}


def insert_foreign(tx: Write, workspace_id: str, row: dict[str, Any]) -> bool:
    """The first identifier of a provider stays (A-3): False where there was one."""
    changed = tx.run(
        "insert into attributions (customer_id, provider, workspace_id, identifier, parameter,"
        " touched_at, created_at)"
        " values (:customer_id, :provider, :workspace_id, :identifier, :parameter, :touched_at,"
        " :now) on conflict (customer_id, provider) do nothing",
        {"workspace_id": workspace_id, **row},
    )
    return changed == 1


def tell(tx: Write, workspace_id: str, customer_id: str, now_us: int) -> set[str]:
    """Providers of first identifiers that no sign-up has answered yet; from now on one has."""
    rows = tx.many(
        "update attributions set told_at = :now where workspace_id = :workspace_id"
        " and customer_id = :customer_id and told_at is null and parameter is not null"
        " returning provider",
        [{"workspace_id": workspace_id, "customer_id": customer_id, "now": now_us}],
    )
    return {str(row[0]) for row in rows}


def attributions(tx: Read, workspace_id: str, customer_id: str) -> list[Attribution]:
    """Our own first, then by provider."""
    rows = tx.all(
        "select provider, coalesce(click_id, identifier), parameter, touched_at, created_at"
        " from attributions where workspace_id = :workspace_id and customer_id = :customer_id"
        " order by parameter is not null, provider",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    return [
        Attribution(
            provider=row[0],
            identifier=row[1],
            parameter=row[2],
            touched_at=row[3],
            created_at=row[4],
        )
        for row in rows
    ]


def forget_foreign(tx: Write, workspace_id: str, customer_id: str) -> None:
    """What networks call a person goes with the person; our own clicks are facts that stay."""
    tx.run(
        "delete from attributions where workspace_id = :workspace_id"
        " and customer_id = :customer_id and click_id is null",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )


def owner_of_click(tx: Read, workspace_id: str, click_id: str) -> str | None:
    """The customer who claimed it, else the one whose lead came by it first."""
    row = tx.one(
        "select customer_id from claimed_clicks"
        " where workspace_id = :workspace_id and click_id = :click_id",
        {"workspace_id": workspace_id, "click_id": click_id},
    )
    row = row or tx.one(
        "select customer_id from leads where workspace_id = :workspace_id"
        " and click_id = :click_id order by position limit 1",
        {"workspace_id": workspace_id, "click_id": click_id},
    )
    return None if row is None else str(row[0])
