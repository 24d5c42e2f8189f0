from headwater.customers.model import Customer, CustomerDraft
from headwater.db import Read, Row, Write

_COLUMNS = "id, external_id, name, email, avatar, sales, sale_amount, first_sale_at, created_at"


def _customer(row: Row) -> Customer:
    return Customer(
        id=row[0],
        external_id=row[1],
        name=row[2],
        email=row[3],
        avatar=row[4],
        sales=row[5],
        sale_amount=row[6],
        first_sale_at=row[7],
        created_at=row[8],
    )


def by_external_id(tx: Read, workspace_id: str, external_id: str) -> Customer | None:
    row = tx.one(
        f"select {_COLUMNS} from customers"
        " where workspace_id = :workspace_id and external_id = :external_id",
        {"workspace_id": workspace_id, "external_id": external_id},
    )
    return None if row is None else _customer(row)


def by_id(tx: Read, workspace_id: str, customer_id: str) -> Customer | None:
    row = tx.one(
        f"select {_COLUMNS} from customers where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": customer_id},
    )
    return None if row is None else _customer(row)


def insert(
    tx: Write, workspace_id: str, customer_id: str, draft: CustomerDraft, now_us: int
) -> None:
    tx.run(
        "insert into customers (id, workspace_id, external_id, name, email, avatar, created_at)"
        " values (:id, :workspace_id, :external_id, :name, :email, :avatar, :now)",
        {
            "id": customer_id,
            "workspace_id": workspace_id,
            "external_id": draft.external_id,
            "name": draft.name,
            "email": draft.email,
            "avatar": draft.avatar,
            "now": now_us,
        },
    )


def complete(tx: Write, workspace_id: str, customer_id: str, draft: CustomerDraft) -> None:
    """Fill in what was not known; what is known stays."""
    tx.run(
        "update customers set name = coalesce(name, :name), email = coalesce(email, :email),"
        " avatar = coalesce(avatar, :avatar) where workspace_id = :workspace_id and id = :id",
        {
            "workspace_id": workspace_id,
            "id": customer_id,
            "name": draft.name,
            "email": draft.email,
            "avatar": draft.avatar,
        },
    )


def add_sale(tx: Write, workspace_id: str, customer_id: str, amount: int, at: int) -> None:
    tx.run(
        "update customers set sales = sales + 1, sale_amount = sale_amount + :amount,"
        " first_sale_at = case when first_sale_at is null or :at < first_sale_at then :at"
        " else first_sale_at end where workspace_id = :workspace_id and id = :id",
        {"workspace_id": workspace_id, "id": customer_id, "amount": amount, "at": at},
    )
