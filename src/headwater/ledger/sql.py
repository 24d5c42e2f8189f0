from dataclasses import dataclass
from typing import Any

from headwater.db import Read, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    partner_id: str
    program_id: str
    currency: str
    pending: int


def insert(tx: Write, workspace_id: str, values: dict[str, Any]) -> None:
    tx.run(
        "insert into ledger_entries (id, workspace_id, kind, source_id, commission_id,"
        " debit_account, credit_account, amount, currency, at)"
        " values (:id, :workspace_id, :kind, :source_id, :commission_id,"
        " :debit_account, :credit_account, :amount, :currency, :at)",
        {"workspace_id": workspace_id, **values},
    )


def reversed_of(tx: Read, workspace_id: str, commission_id: str) -> int:
    """What refunds took back of a commission so far."""
    row = tx.one(
        "select cast(coalesce(sum(amount), 0) as bigint) from ledger_entries"
        " where workspace_id = :workspace_id and commission_id = :commission_id"
        " and kind = 'reversal'",
        {"workspace_id": workspace_id, "commission_id": commission_id},
    )
    assert row is not None
    return int(row[0])


def balances(
    tx: Read, workspace_id: str, program_id: str | None, partner_id: str | None
) -> list[Balance]:
    """Credits less debits of every pending account."""
    rows = tx.all(
        "select account, currency, cast(sum(amount) as bigint) from ("
        "  select credit_account as account, currency, amount from ledger_entries"
        "  where workspace_id = :workspace_id"
        "  union all"
        "  select debit_account, currency, -amount from ledger_entries"
        "  where workspace_id = :workspace_id) as lines"
        " where account like 'pending:%' group by account, currency order by account, currency",
        {"workspace_id": workspace_id},
    )
    found = []
    for account, currency, amount in rows:
        _, owner, partner = account.split(":")
        if program_id in (None, owner) and partner_id in (None, partner):
            found.append(
                Balance(partner_id=partner, program_id=owner, currency=currency, pending=amount)
            )
    return found
