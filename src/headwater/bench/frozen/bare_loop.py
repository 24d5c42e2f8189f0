"""The bare loop: what one sale costs as eleven fixed statements and nothing else, in groups of 64.

Run as `python -m headwater.bench.frozen.bare_loop FILE SECONDS CUSTOMERS`; prints one line of JSON.
It stands alone on purpose: no change of the server may move what the server is compared with.
"""

import json
import random
import sys
from time import perf_counter, time_ns

import apsw

GROUP = 64
LINKS = 10
WORKSPACE = "ws_00000000000000000000000001"

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
CREATE TABLE link (
    id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, leads INTEGER NOT NULL DEFAULT 0,
    sales INTEGER NOT NULL DEFAULT 0, sale_amount INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE customer (
    id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, external_id TEXT NOT NULL,
    link_id INTEGER NOT NULL REFERENCES link (id), partner_id TEXT NOT NULL,
    sales INTEGER NOT NULL DEFAULT 0, sale_amount INTEGER NOT NULL DEFAULT 0,
    UNIQUE (workspace_id, external_id)
);
CREATE TABLE lead (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer (id),
    event_name TEXT NOT NULL, click_id TEXT NOT NULL, created_at INTEGER NOT NULL
);
CREATE INDEX lead_by_customer ON lead (customer_id, created_at);
CREATE TABLE sale (
    id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, invoice_id TEXT NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customer (id), lead_id INTEGER NOT NULL,
    amount INTEGER NOT NULL, currency TEXT NOT NULL, processor TEXT NOT NULL,
    created_at INTEGER NOT NULL, UNIQUE (workspace_id, invoice_id)
);
CREATE TABLE receipt (
    id INTEGER PRIMARY KEY, sale_id INTEGER NOT NULL REFERENCES sale (id),
    rule_version INTEGER NOT NULL, credit TEXT NOT NULL, considered TEXT NOT NULL
);
CREATE UNIQUE INDEX receipt_by_sale ON receipt (sale_id);
CREATE TABLE commission (
    id INTEGER PRIMARY KEY, sale_id INTEGER NOT NULL REFERENCES sale (id),
    partner_id TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX commission_by_sale ON commission (sale_id);
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, commission_id INTEGER NOT NULL REFERENCES commission (id),
    account TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL
);
CREATE INDEX entry_by_account ON entry (account);
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY, sale_id INTEGER NOT NULL REFERENCES sale (id), event TEXT NOT NULL,
    state TEXT NOT NULL, due_at INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX delivery_due ON delivery (state, due_at);
CREATE TABLE journal (
    id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, kind TEXT NOT NULL,
    subject_id INTEGER NOT NULL, created_at INTEGER NOT NULL, facts TEXT NOT NULL
);
"""

FIND_SALE = "SELECT id FROM sale WHERE workspace_id = ? AND invoice_id = ?"
FIND_CUSTOMER = (
    "SELECT id, link_id, partner_id FROM customer WHERE workspace_id = ? AND external_id = ?"
)
FIND_LEAD = "SELECT id, click_id FROM lead WHERE customer_id = ? ORDER BY created_at DESC LIMIT 1"
ADD_SALE = (
    "INSERT INTO sale (id, workspace_id, invoice_id, customer_id, lead_id, amount, currency,"
    " processor, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
ADD_RECEIPT = "INSERT INTO receipt (sale_id, rule_version, credit, considered) VALUES (?, ?, ?, ?)"
ADD_COMMISSION = (
    "INSERT INTO commission (id, sale_id, partner_id, amount, currency, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
ADD_ENTRIES = (
    "INSERT INTO entry (commission_id, account, amount, currency) VALUES (?, ?, ?, ?), (?, ?, ?, ?)"
)
ADD_DELIVERY = "INSERT INTO delivery (sale_id, event, state, due_at, body) VALUES (?, ?, ?, ?, ?)"
ADD_JOURNAL = (
    "INSERT INTO journal (workspace_id, kind, subject_id, created_at, facts) VALUES (?, ?, ?, ?, ?)"
)
COUNT_ON_LINK = "UPDATE link SET sales = sales + 1, sale_amount = sale_amount + ? WHERE id = ?"
COUNT_ON_CUSTOMER = (
    "UPDATE customer SET sales = sales + 1, sale_amount = sale_amount + ? WHERE id = ?"
)

CONSIDERED = json.dumps(
    [
        {
            "clickId": "h1aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "clickedAt": "2026-01-01T00:00:00.000Z",
            "linkId": "link_00000000000000000000000001",
            "partnerId": "pn_00000000000000000000000001",
            "verdict": "won",
            "reason": "newest_in_window",
        }
    ]
)
BODY = json.dumps(
    {"id": "evt_00000000000000000000000001", "event": "sale.created", "data": "x" * 600}
)
FACTS = json.dumps({"amount": 4900, "currency": "usd", "processor": "stripe", "lead": "x" * 60})


def main(path: str, seconds: float, customers: int) -> None:
    """Record sales for so many seconds over so many customers and print the rate."""
    connection = apsw.Connection(path)
    _prepare(connection, customers)
    sales, spent = _measure(connection, seconds, customers)
    _check(connection, sales)
    connection.close()
    print(json.dumps({"sales": sales, "seconds": spent, "sales_per_s": sales / spent}))


def _prepare(connection: apsw.Connection, customers: int) -> None:
    for _ in connection.execute(SCHEMA):
        pass
    with connection:
        connection.executemany(
            "INSERT INTO link (id, workspace_id) VALUES (?, ?)",
            ((number, WORKSPACE) for number in range(1, LINKS + 1)),
        )
        connection.executemany(
            "INSERT INTO customer (id, workspace_id, external_id, link_id, partner_id)"
            " VALUES (?, ?, ?, ?, ?)",
            (
                (
                    number,
                    WORKSPACE,
                    f"customer-{number}",
                    number % LINKS + 1,
                    f"pn_{number % LINKS:026}",
                )
                for number in range(1, customers + 1)
            ),
        )
        connection.executemany(
            "INSERT INTO lead (customer_id, event_name, click_id, created_at) VALUES (?, ?, ?, ?)",
            ((number, "Sign up", f"h1{number:028}", number) for number in range(1, customers + 1)),
        )


def _measure(connection: apsw.Connection, seconds: float, customers: int) -> tuple[int, float]:
    cursor = connection.cursor()
    sales = 0
    begun = perf_counter()
    while (spent := perf_counter() - begun) < seconds:
        cursor.execute("BEGIN IMMEDIATE")
        for _ in range(GROUP):
            sales += 1
            _record_sale(cursor, sales, random.randint(1, customers), random.randint(100, 99_999))
        cursor.execute("COMMIT")
    return sales, spent


def _record_sale(cursor: apsw.Cursor, number: int, customer: int, amount: int) -> None:
    now = time_ns() // 1000
    invoice = f"invoice-{number}"
    if cursor.execute(FIND_SALE, (WORKSPACE, invoice)).fetchone():
        raise RuntimeError(invoice)
    found = next(cursor.execute(FIND_CUSTOMER, (WORKSPACE, f"customer-{customer}")))
    customer_id, link_id, partner_id = found
    lead_id, _click_id = next(cursor.execute(FIND_LEAD, (customer_id,)))
    earned = amount * 2000 // 10_000
    cursor.execute(
        ADD_SALE,
        (number, WORKSPACE, invoice, customer_id, lead_id, amount, "usd", "stripe", now),
    )
    cursor.execute(ADD_RECEIPT, (number, 1, "newest_in_window", CONSIDERED))
    cursor.execute(ADD_COMMISSION, (number, number, partner_id, earned, "usd", now))
    cursor.execute(
        ADD_ENTRIES,
        (number, "expense", earned, "usd", number, f"pending:{partner_id}", -earned, "usd"),
    )
    cursor.execute(ADD_DELIVERY, (number, "sale.created", "waiting", now, BODY))
    cursor.execute(ADD_JOURNAL, (WORKSPACE, "sale", number, now, FACTS))
    cursor.execute(COUNT_ON_LINK, (amount, link_id))
    cursor.execute(COUNT_ON_CUSTOMER, (amount, customer_id))


def _check(connection: apsw.Connection, sales: int) -> None:
    counted = connection.execute("SELECT sum(sales) FROM link").fetchone()
    if counted != (sales,):
        raise RuntimeError(f"{sales} sales were made and {counted} counted")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
