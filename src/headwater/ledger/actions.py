"""The only code that writes money."""

from headwater.db import Write
from headwater.kit.context import Context
from headwater.ledger import sql
from headwater.ledger.model import EntryDraft, expense_account, paid_account, pending_account


def accrue(tx: Write, ctx: Context, draft: EntryDraft) -> None:
    """A commission was earned: expense of the program to what it owes the partner."""
    _insert(
        tx,
        ctx,
        "accrual",
        draft,
        debit=expense_account(draft.program_id),
        credit=pending_account(draft.program_id, draft.partner_id),
    )


def reverse(tx: Write, ctx: Context, draft: EntryDraft) -> None:
    """Part of a commission is taken back: the accrual's accounts, the other way round."""
    _insert(
        tx,
        ctx,
        "reversal",
        draft,
        debit=pending_account(draft.program_id, draft.partner_id),
        credit=expense_account(draft.program_id),
    )


def pay(tx: Write, ctx: Context, draft: EntryDraft) -> None:
    """What was owed has been paid."""
    _insert(
        tx,
        ctx,
        "payment",
        draft,
        debit=pending_account(draft.program_id, draft.partner_id),
        credit=paid_account(draft.program_id, draft.partner_id),
    )


def _insert(
    tx: Write, ctx: Context, kind: str, draft: EntryDraft, *, debit: str, credit: str
) -> None:
    sql.insert(
        tx,
        ctx.workspace_id,
        {
            "id": ctx.new_id("le_"),
            "kind": kind,
            "source_id": draft.source_id,
            "commission_id": draft.commission_id,
            "debit_account": debit,
            "credit_account": credit,
            "amount": draft.amount,
            "currency": draft.currency,
            "at": ctx.now_us,
        },
    )
