"""Migration 0009 makes commissions and ledger entries anew around the rows that are there."""

from pathlib import Path

from headwater.db import Read, open_database
from tests.db.older import filled_before
from tests.support import Store

ROWS = """
insert into workspaces (id, slug, currency, click_param, salt, created_at)
    values ('ws', 'acme', 'usd', 'hw_id', '00', 1);
insert into programs (id, workspace_id, name, attribution_model, window_days, self_referral,
    created_at) values ('prog', 'ws', 'Main', 'last', 30, 'refuse', 1);
insert into rewards (id, workspace_id, program_id, event, kind, amount_minor, created_at)
    values ('rw', 'ws', 'prog', 'lead', 'flat', 500, 1);
insert into partners (id, workspace_id, name, email, created_at)
    values ('pn', 'ws', 'Pat', 'pat@partner.test', 1);
insert into customers (id, workspace_id, external_id, created_at)
    values ('cus', 'ws', 'u1', 1);
insert into commissions (id, workspace_id, program_id, partner_id, customer_id, kind,
    conversion_id, link_number, reward_id, sale_amount, earnings, currency, created_at, quantity)
    values ('cm', 'ws', 'prog', 'pn', 'cus', 'lead', 'lead', 7, 'rw', 0, 500, 'usd', 3, 2);
insert into ledger_entries (id, workspace_id, kind, source_id, commission_id, debit_account,
    credit_account, amount, currency, at)
    values ('le', 'ws', 'accrual', 'lead', 'cm', 'expense:prog', 'pending:prog:pn', 500, 'usd', 3)
"""


def test_rows_of_before_are_there_afterwards(store: Store, tmp_path: Path) -> None:
    filled_before("0009", ROWS, store, tmp_path)
    newer = open_database(data=store.data, url=store.url, now_us=2)
    assert newer.read_now(_kept) == [("cm", "cus", 7, "rw", 500, 2, None, "le", "accrual", 500)]
    newer.close()


def _kept(tx: Read) -> list[tuple[object, ...]]:
    return tx.all(
        "select c.id, c.customer_id, c.link_number, c.reward_id, c.earnings, c.quantity, c.paid_at,"
        " e.id, e.kind, e.amount from commissions c join ledger_entries e on e.commission_id = c.id"
    )
