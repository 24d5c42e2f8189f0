"""Every counter equals a count of facts."""

from headwater.audit.model import Difference
from headwater.db import Read

SHOWN_MAX = 100

# Name of the counter, and the facts it must equal, per link.
_PER_LINK = {
    "hits": "select link_number, count(*) as n from hits group by link_number",
    "clicks": "select link_number, count(*) as n from clicks where counted = 1"
    " group by link_number",
    "leads": "select link_number, sum(quantity) as n from leads group by link_number",
    "sales": "select link_number, count(*) as n from sales where link_number is not null"
    " group by link_number",
    "sale_amount": "select link_number, sum(amount) as n from sales where link_number is not null"
    " group by link_number",
    "conversions": "select link_number, count(distinct customer_id) as n from sales"
    " where link_number is not null"
    " group by link_number",
    "earnings": "select c.link_number, sum(case e.kind when 'accrual' then e.amount"
    " when 'reversal' then -e.amount else 0 end) as n from ledger_entries e"
    " join commissions c on c.id = e.commission_id"
    " group by c.link_number",
}


def link_counters(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace."""
    count = tx.one("select count(*) from link_counters")
    found: list[Difference] = []
    for counter, facts in _PER_LINK.items():
        rows = tx.all(
            f"select l.id, c.{counter}, cast(coalesce(f.n, 0) as bigint)"
            " from link_counters c join links l on l.number = c.link_number"
            f" left join ({facts}) as f on f.link_number = c.link_number"
            f" where c.{counter} <> coalesce(f.n, 0) order by l.id limit {SHOWN_MAX}"
        )
        found += [
            Difference(
                check=f"link counter {counter}",
                subject=row[0],
                expected=str(row[2]),
                found=str(row[1]),
            )
            for row in rows
        ]
    return (count or (0,))[0], found


def customer_counters(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace."""
    count = tx.one("select count(*) from customers")
    rows = tx.all(
        "select c.id, c.sales, c.sale_amount, cast(coalesce(f.n, 0) as bigint),"
        " cast(coalesce(f.total, 0) as bigint), c.first_sale_at, f.first_at from customers c"
        " left join (select customer_id, count(*) as n, sum(amount) as total, min(at) as first_at"
        "  from sales group by customer_id) as f on f.customer_id = c.id"
        " where c.sales <> coalesce(f.n, 0) or c.sale_amount <> coalesce(f.total, 0)"
        " or coalesce(c.first_sale_at, 0) <> coalesce(f.first_at, 0)"
        f" order by c.id limit {SHOWN_MAX}"
    )
    return (count or (0,))[0], [
        Difference(
            check="customer counters",
            subject=row[0],
            expected=f"{row[3]} sales, {row[4]}, first at {row[6]}",
            found=f"{row[1]} sales, {row[2]}, first at {row[5]}",
        )
        for row in rows
    ]


def earned(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: what an enrolment has earned is what the ledger says."""
    count = tx.one("select count(*) from enrolments")
    rows = tx.all(
        "select n.id, n.earned, cast(coalesce(f.total, 0) as bigint) from enrolments n"
        " left join (select c.program_id, c.partner_id, sum(case e.kind"
        "  when 'accrual' then e.amount when 'reversal' then -e.amount else 0 end) as total"
        "  from ledger_entries e join commissions c on c.id = e.commission_id"
        "  group by c.program_id, c.partner_id) as f"
        "  on f.program_id = n.program_id and f.partner_id = n.partner_id"
        f" where n.earned <> coalesce(f.total, 0) order by n.id limit {SHOWN_MAX}"
    )
    return (count or (0,))[0], [
        Difference(check="earned", subject=row[0], expected=str(row[2]), found=str(row[1]))
        for row in rows
    ]
