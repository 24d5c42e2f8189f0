from headwater.commissions.model import Commission, CommissionFilter
from headwater.db import Read, Row, Write

_REVERSED = (
    "cast(coalesce((select sum(e.amount) from ledger_entries e"
    "  where e.commission_id = c.id and e.kind = 'reversal'), 0) as bigint)"
)
_COLUMNS = (
    "c.id, c.program_id, c.partner_id, c.customer_id, c.kind, c.conversion_id, c.link_number,"
    " c.reward_id, c.sale_amount, c.earnings, c.currency, c.created_at, c.paid_at,"
    f" {_REVERSED}, c.quantity, c.due_at"
)


def _commission(row: Row) -> Commission:
    return Commission(
        id=row[0],
        program_id=row[1],
        partner_id=row[2],
        customer_id=row[3],
        kind=row[4],
        conversion_id=row[5],
        link_number=row[6],
        reward_id=row[7],
        sale_amount=row[8],
        earnings=row[9],
        currency=row[10],
        created_at=row[11],
        paid_at=row[12],
        reversed=row[13],
        quantity=row[14],
        due_at=row[15],
    )


def insert(tx: Write, workspace_id: str, commission: Commission) -> None:
    tx.run(
        "insert into commissions (id, workspace_id, program_id, partner_id, customer_id, kind,"
        " conversion_id, link_number, reward_id, sale_amount, earnings, currency, created_at,"
        " quantity, paid_at, due_at)"
        " values (:id, :workspace_id, :program_id, :partner_id, :customer_id, :kind,"
        " :conversion_id, :link_number, :reward_id, :sale_amount, :earnings, :currency,"
        " :created_at, :quantity, :paid_at, :due_at)",
        {
            "id": commission.id,
            "workspace_id": workspace_id,
            "program_id": commission.program_id,
            "partner_id": commission.partner_id,
            "customer_id": commission.customer_id,
            "kind": commission.kind,
            "conversion_id": commission.conversion_id,
            "link_number": commission.link_number,
            "reward_id": commission.reward_id,
            "sale_amount": commission.sale_amount,
            "earnings": commission.earnings,
            "currency": commission.currency,
            "created_at": commission.created_at,
            "quantity": commission.quantity,
            "paid_at": commission.paid_at,
            "due_at": commission.due_at,
        },
    )


def lead_rewarded(tx: Read, workspace_id: str, program_id: str, customer_id: str) -> bool:
    row = tx.one(
        "select 1 from commissions where workspace_id = :workspace_id"
        " and program_id = :program_id and customer_id = :customer_id and kind = 'lead'",
        {"workspace_id": workspace_id, "program_id": program_id, "customer_id": customer_id},
    )
    return row is not None


def by_conversion(tx: Read, workspace_id: str, conversion_id: str) -> Commission | None:
    row = tx.one(
        f"select {_COLUMNS} from commissions c"
        " where c.workspace_id = :workspace_id and c.conversion_id = :conversion_id",
        {"workspace_id": workspace_id, "conversion_id": conversion_id},
    )
    return None if row is None else _commission(row)


def by_id(tx: Read, workspace_id: str, commission_id: str) -> Commission | None:
    row = tx.one(
        f"select {_COLUMNS} from commissions c where c.workspace_id = :workspace_id and c.id = :id",
        {"workspace_id": workspace_id, "id": commission_id},
    )
    return None if row is None else _commission(row)


def page(tx: Read, workspace_id: str, wanted: CommissionFilter) -> list[Commission]:
    """Newest first; ids sort by time, so a cursor is an id."""
    direction = "asc" if wanted.ending_before else "desc"
    rows = tx.all(
        f"select {_COLUMNS} from commissions c where c.workspace_id = :workspace_id"
        " and (cast(:partner_id as text) is null or c.partner_id = :partner_id)"
        " and (cast(:customer_id as text) is null or c.customer_id = :customer_id)"
        " and (cast(:kind as text) is null or c.kind = :kind)"
        " and (cast(:invoice_id as text) is null or c.conversion_id in (select s.id from sales s"
        "      where s.workspace_id = :workspace_id and s.invoice_id = :invoice_id))"
        " and (cast(:due as bigint) is null or (c.paid_at is null"
        "      and (coalesce(c.due_at, 0) <= :now) = (cast(:due as bigint) = 1)))"
        " and (cast(:after as text) is null or c.id < :after)"
        " and (cast(:before as text) is null or c.id > :before)"
        f" order by c.id {direction} limit :limit offset :offset",
        {
            "workspace_id": workspace_id,
            "partner_id": wanted.partner_id,
            "customer_id": wanted.customer_id,
            "kind": wanted.kind,
            "invoice_id": wanted.invoice_id,
            "due": None if wanted.due is None else int(wanted.due),
            "now": wanted.now_us,
            "after": wanted.starting_after,
            "before": wanted.ending_before,
            "limit": wanted.limit,
            "offset": wanted.offset,
        },
    )
    found = [_commission(row) for row in rows]
    return found[::-1] if wanted.ending_before else found


def held(tx: Read, workspace_id: str, now_us: int) -> dict[tuple[str, str, str], int]:
    """What is not due yet, by program, partner and currency."""
    rows = tx.all(
        "select c.program_id, c.partner_id, c.currency,"
        f" cast(sum(c.earnings - {_REVERSED}) as bigint)"
        " from commissions c where c.workspace_id = :workspace_id and c.due_at > :now"
        " and c.paid_at is null group by c.program_id, c.partner_id, c.currency",
        {"workspace_id": workspace_id, "now": now_us},
    )
    return {(row[0], row[1], row[2]): int(row[3]) for row in rows}


def all_after(tx: Read, workspace_id: str, commission_id: str, limit: int) -> list[Commission]:
    """In order of id."""
    rows = tx.all(
        f"select {_COLUMNS} from commissions c where c.workspace_id = :workspace_id and c.id > :id"
        " order by c.id limit :limit",
        {"workspace_id": workspace_id, "id": commission_id, "limit": limit},
    )
    return [_commission(row) for row in rows]
