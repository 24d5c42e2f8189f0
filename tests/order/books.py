"""What a workspace's books say, by names the inputs carry: no id, no time of processing."""

from dataclasses import dataclass, fields
from typing import Any

import msgspec

from headwater import ledger
from headwater.db import Read

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    links: Rows
    clicks: Rows
    customers: Rows
    leads: Rows
    sales: Rows
    refunds: Rows
    commissions: Rows
    decisions: Rows
    balances: Rows
    waiting: Rows
    messages: Rows

    def differences(self, other: "Books") -> list[str]:
        """Every page that is not the same, with the lines only one side has."""
        found = []
        for page in (field.name for field in fields(self)):
            ours, theirs = getattr(self, page), getattr(other, page)
            if ours != theirs:
                lost = [row for row in ours if row not in theirs]
                extra = [row for row in theirs if row not in ours]
                found.append(f"{page}: {lost} became {extra}")
        return found


_PAGES = {
    "links": "select l.key, c.hits, c.clicks, c.leads, c.conversions, c.sales, c.sale_amount,"
    " c.earnings, c.last_clicked from link_counters c join links l on l.number = c.link_number"
    " where l.workspace_id = :w",
    "clicks": "select l.key, c.hour, c.first_at, c.counted from clicks c"
    " join links l on l.number = c.link_number where c.workspace_id = :w",
    "customers": "select external_id, sales, sale_amount, first_sale_at from customers"
    " where workspace_id = :w",
    "leads": "select u.external_id, d.name_key, l.key, d.clicked_at, d.at from leads d"
    " join customers u on u.id = d.customer_id join links l on l.number = d.link_number"
    " where d.workspace_id = :w",
    "sales": "select u.external_id, s.invoice_id, d.name_key, l.key, s.amount, s.currency,"
    " s.original_amount, s.original_currency, s.at from sales s join leads d on d.id = s.lead_id"
    " join customers u on u.id = s.customer_id join links l on l.number = s.link_number"
    " where s.workspace_id = :w",
    "refunds": "select s.invoice_id, count(*), cast(sum(r.original_amount) as bigint),"
    " cast(sum(r.amount) as bigint), cast(sum(r.reversed) as bigint)"
    " from refunds r join sales s on s.id = r.sale_id where r.workspace_id = :w"
    " group by s.invoice_id",
    "commissions": "select p.email, g.name, m.kind, u.external_id, d.name_key, s.invoice_id, s.at,"
    " m.sale_amount, m.earnings, m.currency, w.amount_minor, w.basis_points from commissions m"
    " join partners p on p.id = m.partner_id join programs g on g.id = m.program_id"
    " join rewards w on w.id = m.reward_id join customers u on u.id = m.customer_id"
    " left join leads d on d.id = m.conversion_id left join sales s on s.id = m.conversion_id"
    " where m.workspace_id = :w",
    "waiting": "select i.kind, i.reason, b.body from inbox i"
    " join inbox_bodies b on b.inbox_id = i.id where i.workspace_id = :w and i.state = 'waiting'",
    "messages": "select event, count(*) from messages where workspace_id = :w group by event",
}
_DECISIONS = (
    "select r.body, u.external_id, d.name_key, s.invoice_id, s.at from receipts r"
    " join customers u on u.id = r.customer_id left join leads d on d.id = r.conversion_id"
    " left join sales s on s.id = r.conversion_id where r.workspace_id = :w and r.kind <> 'refund'"
)


def read_books(tx: Read, workspace_id: str) -> Books:
    pages = {name: _sorted(tx.all(sql, {"w": workspace_id})) for name, sql in _PAGES.items()}
    return Books(
        **pages, decisions=_decisions(tx, workspace_id), balances=_balances(tx, workspace_id)
    )


def _decisions(tx: Read, workspace_id: str) -> Rows:
    """Why credited and why owed; who else was considered is what was known at that moment."""
    rows = []
    for body, *names in tx.all(_DECISIONS, {"w": workspace_id}):
        reasoning = msgspec.json.decode(body)
        rows.append((*names, reasoning["credit"], reasoning["owedReason"]))
    return _sorted(rows)


def _balances(tx: Read, workspace_id: str) -> Rows:
    named = dict(
        tx.all(
            "select id, email from partners where workspace_id = :w union all"
            " select id, name from programs where workspace_id = :w",
            {"w": workspace_id},
        )
    )
    found = ledger.balances(tx, workspace_id, None, None)
    return _sorted(
        [(named[b.partner_id], named[b.program_id], b.currency, b.pending) for b in found]
    )


def _sorted(rows: Rows) -> Rows:
    return sorted((tuple(row) for row in rows), key=repr)
