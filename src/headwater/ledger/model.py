"""Accounts and the draft of an entry.

- `expense:<program>`: what the program has cost; grows by debit
- `pending:<program>:<partner>`: what is owed and not yet paid, held or due; grows by credit
- `paid:<program>:<partner>`: what the partner has been paid; grows by credit
"""

from headwater.kit.value import Value


def expense_account(program_id: str) -> str:
    return f"expense:{program_id}"


def pending_account(program_id: str, partner_id: str) -> str:
    return f"pending:{program_id}:{partner_id}"


def paid_account(program_id: str, partner_id: str) -> str:
    return f"paid:{program_id}:{partner_id}"


class EntryDraft(Value, frozen=True, kw_only=True):
    """One movement for one commission, caused by the fact `source_id`; `amount` in minor units."""

    source_id: str
    commission_id: str
    program_id: str
    partner_id: str
    amount: int
    currency: str
