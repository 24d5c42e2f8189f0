"""Each commission accrued once and in full, each reversal caused by a refund, accounts in zero."""

from collections.abc import Iterator

from headwater.audit.model import Difference
from headwater.db import Read, Row
from headwater.kit.money import convert, parse_rate, share

CHUNK = 1000
SHOWN_MAX = 100


def trial_balance(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: debits and credits over all accounts cancel out, per currency."""
    rows = tx.all(
        "select workspace_id, currency, cast(sum(amount) as bigint) from ("
        " select workspace_id, currency, amount from ledger_entries"
        "  where debit_account <> '' union all"
        " select workspace_id, currency, -amount from ledger_entries"
        "  where credit_account <> '') as lines group by workspace_id, currency"
    )
    return len(rows), [
        Difference(
            check="trial balance", subject=f"{row[0]} {row[1]}", expected="0", found=str(row[2])
        )
        for row in rows
        if row[2] != 0
    ]


def accruals(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: one accrual per commission, of its earnings, between the right accounts."""
    count = tx.one("select count(*) from commissions")
    rows = tx.all(
        "select c.id, c.earnings, c.currency, e.amount, e.currency, e.debit_account,"
        " e.credit_account from commissions c"
        " left join ledger_entries e on e.commission_id = c.id and e.kind = 'accrual'"
        " where e.id is null or e.amount <> c.earnings or e.currency <> c.currency"
        " or e.source_id <> c.conversion_id"
        " or e.debit_account <> 'expense:' || c.program_id"
        " or e.credit_account <> 'pending:' || c.program_id || ':' || c.partner_id"
        f" order by c.id limit {SHOWN_MAX}"
    )
    return (count or (0,))[0], [
        Difference(
            check="accrual",
            subject=row[0],
            expected=f"{row[1]} {row[2]} from expense to pending",
            found="nothing" if row[3] is None else f"{row[3]} {row[4]} from {row[5]} to {row[6]}",
        )
        for row in rows
    ]


def payments(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: a commission that says it was paid has one payment in full, no other any."""
    count = tx.one("select count(*) from commissions")
    rows = tx.all(
        "select c.id, c.earnings, c.paid_at, e.amount, e.debit_account, e.credit_account"
        " from commissions c left join ledger_entries e on e.commission_id = c.id"
        " and e.kind = 'payment' where (c.paid_at is null) <> (e.id is null)"
        " or e.amount <> c.earnings or e.currency <> c.currency or e.source_id <>"
        " case when c.conversion_id = c.id then 'paid:' || c.id else c.id end"
        " or e.debit_account <> 'pending:' || c.program_id || ':' || c.partner_id"
        " or e.credit_account <> 'paid:' || c.program_id || ':' || c.partner_id"
        f" order by c.id limit {SHOWN_MAX}"
    )
    return (count or (0,))[0], [
        Difference(
            check="payment",
            subject=row[0],
            expected="nothing" if row[2] is None else f"{row[1]} from pending to paid",
            found="nothing" if row[3] is None else f"{row[3]} from {row[4]} to {row[5]}",
        )
        for row in rows
    ]


def reversals(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: each reversal of a refund or dispute is in the ledger, and nothing else."""
    count = tx.one("select (select count(*) from refunds) + (select count(*) from disputes)")
    rows = tx.all(
        "select r.id, r.reversed, cast(coalesce(sum(e.amount), 0) as bigint) from"
        " (select id, reversed from refunds union all select id, reversed from disputes) as r"
        " left join ledger_entries e on e.source_id = r.id and e.kind = 'reversal'"
        " group by r.id, r.reversed"
        f" having r.reversed <> coalesce(sum(e.amount), 0) order by r.id limit {SHOWN_MAX}"
    )
    found = [
        Difference(check="reversal", subject=row[0], expected=str(row[1]), found=str(row[2]))
        for row in rows
    ]
    rows = tx.all(
        "select e.id, e.amount, e.debit_account, e.credit_account from ledger_entries e"
        " join commissions c on c.id = e.commission_id"
        " left join refunds r on r.id = e.source_id"
        " left join disputes q on q.id = e.source_id"
        " where e.kind = 'reversal' and (coalesce(r.sale_id, q.sale_id, '') <> c.conversion_id"
        " or e.credit_account <> 'expense:' || c.program_id"
        " or e.debit_account <> 'pending:' || c.program_id || ':' || c.partner_id)"
        f" order by e.id limit {SHOWN_MAX}"
    )
    found += [
        Difference(
            check="reversal",
            subject=row[0],
            expected="a refund or a dispute of its sale, from pending to expense",
            found=f"{row[1]} from {row[2]} to {row[3]}",
        )
        for row in rows
    ]
    return (count or (0,))[0], found


def refunds_within_sales(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: refunds never exceed their sale, and together take back the exact share of
    it and of its commission; a fully refunded sale keeps nothing, and a disputed one no commission.
    """
    count, after = 0, ""
    found: list[Difference] = []
    while len(found) < SHOWN_MAX and (rows := _refunded_after(tx, after)):
        after = rows[-1][0]
        count += len(rows)
        found += [difference for row in rows for difference in _refunds(row)]
    return count, found[:SHOWN_MAX]


def _refunded_after(tx: Read, after: str) -> list[Row]:
    """Every workspace: sales with refunds or disputes, what they were, what was taken off, and
    what disputes took where there are any.
    """
    return tx.all(
        "select s.id, s.original_amount, s.amount, coalesce(c.earnings, 0),"
        " (select cast(sum(reversed) as bigint) from disputes where sale_id = s.id),"
        " coalesce(r.original, 0), coalesce(r.amount, 0), coalesce(r.reversed, 0)"
        " from (select id, original_amount, amount from sales where id > :after and ("
        "  exists (select 1 from refunds where sale_id = sales.id)"
        "  or exists (select 1 from disputes where sale_id = sales.id))"
        "  order by id limit :limit) as s"
        " left join (select sale_id, cast(sum(original_amount) as bigint) as original,"
        "  cast(sum(amount) as bigint) as amount, cast(sum(reversed) as bigint) as reversed"
        "  from refunds group by sale_id) as r on r.sale_id = s.id"
        " left join commissions c on c.conversion_id = s.id order by s.id",
        {"after": after, "limit": CHUNK},
    )


def _refunds(row: Row) -> Iterator[Difference]:
    sale_id, original, amount, earnings, disputed, *taken = row
    refunded = taken[0]
    back = taken[2] + (disputed or 0)
    if refunded > original:
        expected = f"at most {original} (converted {amount}, commission {earnings})"
    else:
        part = share(amount, refunded, original)
        due = share(earnings, refunded, original) if disputed is None else earnings
        if (taken[1], back) == (part, due):
            return
        expected = f"{refunded} (converted {part}, taken back {due})"
    yield Difference(
        check="refunds of a sale",
        subject=sale_id,
        expected=expected,
        found=f"{refunded} (converted {taken[1]}, taken back {back})",
    )


def converted_sales(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: each sale is what was given, or that at the rate it names."""
    count, after = 0, ""
    found: list[Difference] = []
    while len(found) < SHOWN_MAX and (rows := _sales_after(tx, after)):
        after = rows[-1][0]
        count += len(rows)
        found += [difference for row in rows for difference in _conversion(row)]
    return count, found[:SHOWN_MAX]


def _sales_after(tx: Read, after: str) -> list[Row]:
    """Every workspace: sales with the rate they name, where that is one of their currency."""
    return tx.all(
        "select s.id, s.amount, s.currency, s.original_amount, s.original_currency, s.rate_id,"
        " x.rate from ("
        "  select id, workspace_id, amount, currency, original_amount, original_currency, rate_id"
        "  from sales where id > :after order by id limit :limit) as s"
        " left join rates x on x.id = s.rate_id and x.workspace_id = s.workspace_id"
        "  and x.currency = s.original_currency order by s.id",
        {"after": after, "limit": CHUNK},
    )


def _conversion(row: Row) -> Iterator[Difference]:
    sale_id, amount, currency, original, given, rate_id, rate = row
    expected = None
    if rate_id is None and given == currency:
        expected = original
    elif rate is not None and given != currency:
        expected = _converted(original, given, currency, rate)
    if amount != expected:
        yield Difference(
            check="converted sale",
            subject=sale_id,
            expected=f"{original} {given} at {rate or 'no rate'}: {expected} {currency}",
            found=f"{amount} {currency}",
        )


def _converted(original: int, given: str, currency: str, rate: str) -> int | None:
    """None where the rate cannot be read: the journal tells of that."""
    try:
        return convert(original, given, currency, parse_rate(rate))
    except ValueError:
        return None
