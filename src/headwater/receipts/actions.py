from headwater.db import Write
from headwater.journal import write as write_journal
from headwater.kit.context import Context
from headwater.receipts import sql
from headwater.receipts.model import Receipt
from headwater.receipts.sql import Restatement


def write(tx: Write, ctx: Context, receipt: Receipt) -> None:
    """The decision and its journal line; neither changes afterwards."""
    body = sql.insert(tx, ctx.workspace_id, receipt)
    write_journal(tx, ctx, receipt.kind, receipt.conversion_id, receipt.id, body)


def restate(tx: Write, ctx: Context, customer_id: str, click_id: str, touched_at: int) -> None:
    """A touch earlier than the frozen one surfaced: receipts it bears on say so, and stand.

    Those are receipts of a model under which the frozen touch wins (`attribution.ruling`): today
    `first`. Under `last` nothing is ever noted, not even where the touch that surfaces would have
    won, being a later one or the first of another program.
    """
    found = Restatement(click_id=click_id, touched_at=touched_at, at=ctx.now_us)
    for receipt_id in sql.restatable(tx, ctx.workspace_id, customer_id):
        sql.insert_restatement(tx, ctx.workspace_id, receipt_id, ctx.new_id("rst_"), found)
        write_journal(tx, ctx, "restatement", receipt_id, click_id, touched_at)
