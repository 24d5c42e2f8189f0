from msgspec.structs import asdict

from headwater.conversions.model import Lead, Refund, Refunded, Sale, name_key
from headwater.db import Read, Row, Write

LEAD = (
    "id, customer_id, name, click_id, clicked_at, click_class, link_number, program_id, partner_id,"
    " metadata, at, quantity"
)
SALE = (
    "id, customer_id, lead_id, link_number, event_name, amount, currency, original_amount,"
    " original_currency, rate_id, payment_processor, invoice_id, metadata, at, plan, promo_code,"
    " subscription_id, scope, administrative"
)
REFUND = "id, sale_id, key, original_amount, amount, reversed, reason, at"


def lead_of(row: Row) -> Lead:
    return Lead(
        id=row[0],
        customer_id=row[1],
        name=row[2],
        click_id=row[3],
        clicked_at=row[4],
        click_class=row[5],
        link_number=row[6],
        program_id=row[7],
        partner_id=row[8],
        metadata=row[9],
        at=row[10],
        quantity=row[11],
    )


def sale_of(row: Row) -> Sale:
    return Sale(
        id=row[0],
        customer_id=row[1],
        lead_id=row[2],
        link_number=row[3],
        event_name=row[4],
        amount=row[5],
        currency=row[6],
        original_amount=row[7],
        original_currency=row[8],
        rate_id=row[9],
        payment_processor=row[10],
        invoice_id=row[11],
        metadata=row[12],
        at=row[13],
        plan=row[14],
        promo_code=row[15],
        subscription_id=row[16],
        scope=row[17],
        administrative=bool(row[18]),
    )


def refund_of(row: Row) -> Refund:
    return Refund(
        id=row[0],
        sale_id=row[1],
        key=row[2],
        original_amount=row[3],
        amount=row[4],
        reversed=row[5],
        reason=row[6],
        at=row[7],
    )


def insert_lead(tx: Write, workspace_id: str, lead: Lead) -> None:
    tx.run(
        "insert into leads (id, workspace_id, customer_id, name, name_key, click_id, clicked_at,"
        " click_class, link_number, program_id, partner_id, metadata, at, quantity)"
        " values (:id, :workspace_id, :customer_id, :name, :name_key, :click_id, :clicked_at,"
        " :click_class, :link_number, :program_id, :partner_id, :metadata, :at, :quantity)",
        asdict(lead) | {"workspace_id": workspace_id, "name_key": name_key(lead.name)},
    )


def lead_by_name(tx: Read, workspace_id: str, customer_id: str, key: str) -> Lead | None:
    row = tx.one(
        f"select {LEAD} from leads where workspace_id = :workspace_id"
        " and customer_id = :customer_id and name_key = :key",
        {"workspace_id": workspace_id, "customer_id": customer_id, "key": key},
    )
    return None if row is None else lead_of(row)


def first_lead_by_click(
    tx: Read, workspace_id: str, customer_id: str, click_id: str
) -> Lead | None:
    row = tx.one(
        f"select {LEAD} from leads where workspace_id = :workspace_id"
        " and customer_id = :customer_id and click_id = :click_id order by position limit 1",
        {"workspace_id": workspace_id, "customer_id": customer_id, "click_id": click_id},
    )
    return None if row is None else lead_of(row)


def lead_by_id(tx: Read, workspace_id: str, lead_id: str) -> Lead | None:
    row = tx.one(
        f"select {LEAD} from leads where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": lead_id},
    )
    return None if row is None else lead_of(row)


def insert_sale(tx: Write, workspace_id: str, sale: Sale) -> None:
    tx.run(
        f"insert into sales (workspace_id, {SALE})"
        " values (:workspace_id, :id, :customer_id, :lead_id, :link_number, :event_name,"
        " :amount, :currency, :original_amount, :original_currency, :rate_id, :payment_processor,"
        " :invoice_id, :metadata, :at, :plan, :promo_code, :subscription_id, :scope,"
        " :administrative)",
        asdict(sale) | {"workspace_id": workspace_id, "administrative": int(sale.administrative)},
    )


def sale_by_id(tx: Read, workspace_id: str, sale_id: str) -> Sale | None:
    row = tx.one(
        f"select {SALE} from sales where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": sale_id},
    )
    return None if row is None else sale_of(row)


def sale_by_invoice(tx: Read, workspace_id: str, invoice_id: str) -> Sale | None:
    row = tx.one(
        f"select {SALE} from sales where workspace_id = :workspace_id and invoice_id = :invoice_id",
        {"workspace_id": workspace_id, "invoice_id": invoice_id},
    )
    return None if row is None else sale_of(row)


def insert_refund(tx: Write, workspace_id: str, refund: Refund) -> None:
    tx.run(
        "insert into refunds"
        " (id, workspace_id, sale_id, key, original_amount, amount, reversed, reason, at)"
        " values (:id, :workspace_id, :sale_id, :key, :original_amount, :amount, :reversed,"
        " :reason, :at)",
        asdict(refund) | {"workspace_id": workspace_id},
    )


def refund_by_key(tx: Read, workspace_id: str, sale_id: str, key: str) -> Refund | None:
    row = tx.one(
        f"select {REFUND} from refunds"
        " where workspace_id = :workspace_id and sale_id = :sale_id and key = :key",
        {"workspace_id": workspace_id, "sale_id": sale_id, "key": key},
    )
    return None if row is None else refund_of(row)


def refund_by_id(tx: Read, workspace_id: str, refund_id: str) -> Refund | None:
    row = tx.one(
        f"select {REFUND} from refunds where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": refund_id},
    )
    return None if row is None else refund_of(row)


def refunded(tx: Read, workspace_id: str, sale_id: str) -> Refunded:
    row = tx.one(
        "select cast(coalesce(sum(original_amount), 0) as bigint),"
        " cast(coalesce(sum(amount), 0) as bigint), cast(coalesce(sum(reversed), 0) as bigint)"
        " from refunds where workspace_id = :workspace_id and sale_id = :sale_id",
        {"workspace_id": workspace_id, "sale_id": sale_id},
    )
    assert row is not None
    return Refunded(original_amount=row[0], amount=row[1], reversed=row[2])


def refunded_under(tx: Read, workspace_id: str, sale_id: str, charge: str) -> int:
    """What refunds took off a sale whose keys begin with this and a colon."""
    prefix = f"{charge}:"
    row = tx.one(
        "select cast(coalesce(sum(original_amount), 0) as bigint) from refunds"
        " where workspace_id = :workspace_id and sale_id = :sale_id"
        " and substr(key, 1, :length) = :prefix",
        {
            "workspace_id": workspace_id,
            "sale_id": sale_id,
            "length": len(prefix),
            "prefix": prefix,
        },
    )
    assert row is not None
    return int(row[0])


def is_first_on_link(tx: Read, workspace_id: str, sale: Sale) -> bool:
    """Whether the customer bought through this link for the first time."""
    row = tx.one(
        "select 1 from sales where workspace_id = :workspace_id"
        " and customer_id = :customer_id and link_number = :link_number and id <> :id",
        {
            "workspace_id": workspace_id,
            "customer_id": sale.customer_id,
            "link_number": sale.link_number,
            "id": sale.id,
        },
    )
    return row is None


def click_is_shared(
    tx: Read, workspace_id: str, customer_id: str, conversion_id: str, click_id: str | None
) -> bool:
    """Whether another customer has a lead of the same click: that of this lead, or `click_id`."""
    row = tx.one(
        "select 1 from leads own join leads other on other.workspace_id = own.workspace_id"
        " and other.click_id = own.click_id and other.customer_id <> own.customer_id"
        " where own.workspace_id = :workspace_id and own.customer_id = :customer_id"
        " and (own.id = :conversion_id or own.click_id = :click_id) limit 1",
        {
            "workspace_id": workspace_id,
            "customer_id": customer_id,
            "conversion_id": conversion_id,
            "click_id": click_id,
        },
    )
    return row is not None


def leads_of(tx: Read, workspace_id: str, customer_id: str) -> list[Lead]:
    """In the order in which they were recorded."""
    rows = tx.all(
        f"select {LEAD} from leads where workspace_id = :workspace_id"
        " and customer_id = :customer_id order by position",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    return [lead_of(row) for row in rows]


def ids_of(tx: Read, workspace_id: str, customer_id: str) -> list[str]:
    """Of all that happened to a customer."""
    rows = tx.all(
        "select id from leads where workspace_id = :workspace_id and customer_id = :customer_id"
        " union all select id from sales"
        " where workspace_id = :workspace_id and customer_id = :customer_id"
        " union all select r.id from refunds r join sales s on s.id = r.sale_id"
        " where r.workspace_id = :workspace_id and s.customer_id = :customer_id"
        " union all select d.id from disputes d join sales s on s.id = d.sale_id"
        " where d.workspace_id = :workspace_id and s.customer_id = :customer_id"
        " union all select id from milestones"
        " where workspace_id = :workspace_id and customer_id = :customer_id",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    return [row[0] for row in rows]


def clicks_of(tx: Read, workspace_id: str, customer_id: str) -> list[tuple[int, int, str]]:
    """(link number, time, click id) behind each lead of a customer."""
    leads = leads_of(tx, workspace_id, customer_id)
    return [(lead.link_number, lead.clicked_at, lead.click_id) for lead in leads]


def forget_words(tx: Write, workspace_id: str, customer_id: str) -> None:
    """Free text that came with a customer's conversions."""
    of = {"workspace_id": workspace_id, "customer_id": customer_id}
    tx.run(
        "update leads set metadata = null"
        " where workspace_id = :workspace_id and customer_id = :customer_id",
        of,
    )
    tx.run(
        "update sales set metadata = null"
        " where workspace_id = :workspace_id and customer_id = :customer_id",
        of,
    )
    tx.run(
        "update refunds set reason = null where workspace_id = :workspace_id"
        " and sale_id in (select id from sales where customer_id = :customer_id)",
        of,
    )
    tx.run(
        "update disputes set reason = null where workspace_id = :workspace_id"
        " and sale_id in (select id from sales where customer_id = :customer_id)",
        of,
    )
    tx.run(
        "update milestones set metadata = null"
        " where workspace_id = :workspace_id and customer_id = :customer_id",
        of,
    )
