from dataclasses import dataclass

import msgspec

from headwater.db import Read, Row, Write
from headwater.receipts.model import Reasoning, Receipt

_COLUMNS = (
    "r.id, r.kind, r.conversion_id, r.customer_id, r.link_number, r.program_id, r.partner_id,"
    " r.first_touch, r.body, r.decided_at"
)
_decode = msgspec.json.Decoder(Reasoning).decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFilter:
    partner_id: str | None = None
    customer_id: str | None = None
    link_number: int | None = None
    kind: str | None = None
    limit: int = 100
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    click_id: str
    touched_at: int
    at: int


def _receipt(row: Row) -> Receipt:
    return Receipt(
        id=row[0],
        kind=row[1],
        conversion_id=row[2],
        customer_id=row[3],
        link_number=row[4],
        program_id=row[5],
        partner_id=row[6],
        restatable=bool(row[7]),
        reasoning=_decode(row[8]),
        decided_at=row[9],
    )


def insert(tx: Write, workspace_id: str, receipt: Receipt) -> str:
    """Returns the body as stored."""
    body = _encode(receipt.reasoning).decode()
    tx.run(
        "insert into receipts (id, workspace_id, kind, conversion_id, customer_id, link_number,"
        " program_id, partner_id, first_touch, body, decided_at)"
        " values (:id, :workspace_id, :kind, :conversion_id, :customer_id, :link_number,"
        " :program_id, :partner_id, :restatable, :body, :decided_at)",
        {
            "id": receipt.id,
            "workspace_id": workspace_id,
            "kind": receipt.kind,
            "conversion_id": receipt.conversion_id,
            "customer_id": receipt.customer_id,
            "link_number": receipt.link_number,
            "program_id": receipt.program_id,
            "partner_id": receipt.partner_id,
            "restatable": int(receipt.restatable),
            "body": body,
            "decided_at": receipt.decided_at,
        },
    )
    return body


def find(tx: Read, workspace_id: str, reference: str) -> Receipt | None:
    """By id of the receipt, its conversion or its commission."""
    row = tx.one(
        f"select {_COLUMNS} from receipts r where r.workspace_id = :workspace_id"
        " and (r.id = :reference or r.conversion_id = :reference or r.conversion_id ="
        " (select c.conversion_id from commissions c"
        "  where c.workspace_id = :workspace_id and c.id = :reference))",
        {"workspace_id": workspace_id, "reference": reference},
    )
    return None if row is None else _receipt(row)


def workspace_of(tx: Read, reference: str) -> str | None:
    """Every workspace: whose decision an operator asks about."""
    row = tx.one(
        "select r.workspace_id from receipts r where r.id = :reference"
        " or r.conversion_id = :reference or r.conversion_id ="
        " (select c.conversion_id from commissions c where c.id = :reference)",
        {"reference": reference},
    )
    return None if row is None else str(row[0])


def id_of(tx: Read, workspace_id: str, conversion_id: str) -> str | None:
    row = tx.one(
        "select id from receipts where workspace_id = :workspace_id"
        " and conversion_id = :conversion_id",
        {"workspace_id": workspace_id, "conversion_id": conversion_id},
    )
    return None if row is None else str(row[0])


def page(tx: Read, workspace_id: str, wanted: ReceiptFilter) -> list[Receipt]:
    rows = tx.all(
        f"select {_COLUMNS} from receipts r where r.workspace_id = :workspace_id"
        " and (cast(:partner_id as text) is null or r.partner_id = :partner_id)"
        " and (cast(:customer_id as text) is null or r.customer_id = :customer_id)"
        " and (cast(:link_number as bigint) is null or r.link_number = :link_number)"
        " and (cast(:kind as text) is null or r.kind = :kind)"
        " order by r.id desc limit :limit offset :offset",
        {
            "workspace_id": workspace_id,
            "partner_id": wanted.partner_id,
            "customer_id": wanted.customer_id,
            "link_number": wanted.link_number,
            "kind": wanted.kind,
            "limit": wanted.limit,
            "offset": wanted.offset,
        },
    )
    return [_receipt(row) for row in rows]


def restatable(tx: Read, workspace_id: str, customer_id: str) -> list[str]:
    """Ids of receipts whose model lets the frozen touch win; the column has the name of the first
    such model.
    """
    rows = tx.all(
        "select id from receipts where workspace_id = :workspace_id"
        " and customer_id = :customer_id and first_touch = 1 order by id",
        {"workspace_id": workspace_id, "customer_id": customer_id},
    )
    return [str(row[0]) for row in rows]


def insert_restatement(
    tx: Write, workspace_id: str, receipt_id: str, restatement_id: str, found: Restatement
) -> None:
    tx.run(
        "insert into restatements (id, workspace_id, receipt_id, click_id, touched_at, at)"
        " values (:id, :workspace_id, :receipt_id, :click_id, :touched_at, :at)"
        " on conflict (receipt_id, click_id) do nothing",
        {
            "id": restatement_id,
            "workspace_id": workspace_id,
            "receipt_id": receipt_id,
            "click_id": found.click_id,
            "touched_at": found.touched_at,
            "at": found.at,
        },
    )


def restatements(tx: Read, workspace_id: str, receipt_id: str) -> list[Restatement]:
    rows = tx.all(
        "select click_id, touched_at, at from restatements"
        " where workspace_id = :workspace_id and receipt_id = :receipt_id order by id",
        {"workspace_id": workspace_id, "receipt_id": receipt_id},
    )
    return [Restatement(click_id=row[0], touched_at=row[1], at=row[2]) for row in rows]
