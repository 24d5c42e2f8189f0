"""What a receipt says is what the books hold: the journal vouches for the receipt."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from headwater.attribution import ruling
from headwater.audit.model import Difference
from headwater.db import Read
from headwater.programs import Model
from headwater.receipts import ImportReason, Reasoning

CHUNK = 1000
SHOWN_MAX = 100

_decode = msgspec.json.Decoder(Reasoning).decode
_RESTATABLE = {ruling(model).won.value for model in Model if ruling(model).frozen_wins}
_TAKES_BACK = ("refund", "dispute")
_NOTHING_EARNED = ("refund_no_commission", "dispute_no_commission")
Pair = tuple[str, object, object]  # of what, as the receipt says it, as the books hold it


class _Books(NamedTuple):
    """A receipt and what the tables hold of it; of a refund or a dispute, sale and commission it
    belongs to.
    """

    id: str
    kind: str
    conversion_id: str
    program_id: str | None
    partner_id: str | None
    customer_id: str
    link_number: int | None
    first_touch: int
    body: str
    fact_customer: str | None
    fact_link: int | None
    amount: int | None
    currency: str | None
    sale_id: str | None
    reversed: int | None
    commission_id: str | None
    earnings: int | None
    commission_currency: str | None
    reward_id: str | None
    commission_program: str | None
    commission_partner: str | None
    commission_customer: str | None
    commission_kind: str | None
    commission_sale: int | None
    commission_link: str | None
    entry_kind: str | None
    entry_commission: str | None
    entry_amount: int | None
    entry_currency: str | None
    quantity: int | None
    commission_quantity: int | None
    commission_due: int | None


def reasoning(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: amounts, parties, commission and ledger entry are those of the receipt."""
    count, after = 0, ""
    found: list[Difference] = []
    while len(found) < SHOWN_MAX and (page := _after(tx, after)):
        after = page[-1].id
        count += len({books.id for books in page})
        found += [difference for books in page for difference in _differences(books)]
    return count, found[:SHOWN_MAX]


def _after(tx: Read, after: str) -> list[_Books]:
    """Every workspace: a row per receipt and ledger entry."""
    rows = tx.all(
        "select r.id, r.kind, r.conversion_id, r.program_id, r.partner_id, r.customer_id,"
        " r.link_number, r.first_touch, r.body, coalesce(d.customer_id, s.customer_id),"
        " coalesce(d.link_number, s.link_number),"
        " case when r.kind = 'refund' then f.amount else s.amount end, s.currency,"
        " coalesce(f.sale_id, q.sale_id), coalesce(f.reversed, q.reversed), c.id,"
        " c.earnings, c.currency, c.reward_id, c.program_id, c.partner_id, c.customer_id,"
        " c.kind, c.sale_amount, k.id, e.kind, e.commission_id, e.amount, e.currency,"
        " d.quantity, c.quantity, c.due_at"
        " from (select id, workspace_id, kind, conversion_id, program_id, partner_id, customer_id,"
        "  link_number, first_touch, body from receipts where id > :after"
        "  order by id limit :limit) as r"
        " left join leads d on r.kind = 'lead' and d.id = r.conversion_id"
        "  and d.workspace_id = r.workspace_id"
        " left join refunds f on r.kind = 'refund' and f.id = r.conversion_id"
        "  and f.workspace_id = r.workspace_id"
        " left join disputes q on r.kind = 'dispute' and q.id = r.conversion_id"
        "  and q.workspace_id = r.workspace_id"
        " left join sales s on r.kind <> 'lead'"
        "  and s.id = coalesce(f.sale_id, q.sale_id, r.conversion_id)"
        "  and s.workspace_id = r.workspace_id"
        " left join commissions c"
        "  on c.conversion_id = coalesce(f.sale_id, q.sale_id, r.conversion_id)"
        "  and c.workspace_id = r.workspace_id"
        " left join links k on k.number = c.link_number"
        " left join ledger_entries e on e.source_id = r.conversion_id order by r.id",
        {"after": after, "limit": CHUNK},
    )
    return [_Books(*row) for row in rows]


def _differences(books: _Books) -> Iterator[Difference]:
    try:
        said = _decode(books.body)
    except msgspec.DecodeError:
        yield _difference(books, "body", "a receipt", "something that cannot be read")
        return
    for what, ours, theirs in _pairs(books, said):
        if ours != theirs:
            yield _difference(books, what, _text(ours), _text(theirs))


def _difference(books: _Books, what: str, expected: str, found: str) -> Difference:
    return Difference(
        check=f"{what} as the receipt of a {books.kind} says",
        subject=books.conversion_id,
        expected=expected,
        found=found,
    )


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(_text(each) for each in value)
    return "nothing" if value is None else str(value)


def _pairs(books: _Books, said: Reasoning) -> Iterator[Pair]:
    held = (books.amount, books.currency, books.sale_id)
    yield "amount", (said.amount, said.currency, said.sale_id), held
    fact = (books.fact_customer, books.fact_link)
    yield "customer and link", (books.customer_id, books.link_number), fact
    times = said.quantity if books.kind == "lead" else None
    yield "quantity", times, books.quantity
    yield "first touch", said.credit in _RESTATABLE, bool(books.first_touch)
    yield from _taken_back(books, said) if books.kind in _TAKES_BACK else _earned(books, said)


def _earned(books: _Books, said: Reasoning) -> Iterator[Pair]:
    """A lead or a sale: the commission as decided and its accrual, or neither."""
    owed = said.owed
    program = said.program.id if said.program else None
    partner = next((each.partner_id for each in said.considered if each.verdict == "won"), None)
    yield "credit", (program, partner), (books.program_id, books.partner_id)
    if said.credit == ImportReason.DECIDED_ELSEWHERE:
        # A commission that came along has a line of its own in the journal, and no reward of ours.
        yield "commission", None, books.reward_id
        return
    decided: object = None
    entry: object = None
    if owed is not None:
        of = (books.customer_id, books.kind, said.amount or 0, said.quantity)
        decided = (
            *(owed.commission_id, owed.amount, owed.currency, owed.reward_id),
            *(program, partner, said.winner_link_id, *of, owed.due_at),
        )
        entry = ("accrual", owed.commission_id, owed.amount, owed.currency)
    yield "commission", decided, _commission(books)
    yield "ledger entry", entry, _entry(books)


def _taken_back(books: _Books, said: Reasoning) -> Iterator[Pair]:
    """A refund or a dispute: what it takes off the commission of its sale, and the reversal, or
    nothing.
    """
    owed = said.owed
    parties = (books.commission_program, books.commission_partner)
    yield "credit", (books.program_id, books.partner_id), parties
    yield "part taken back", 0 if owed is None else -owed.amount, books.reversed
    entry: object = None
    if owed is not None:
        decided = (owed.commission_id, owed.currency, owed.reward_id)
        held = (books.commission_id, books.commission_currency, books.reward_id)
        yield "commission", decided, held
        entry = ("reversal", owed.commission_id, -owed.amount, owed.currency)
    elif said.owed_reason in _NOTHING_EARNED:
        yield "commission", None, books.commission_id
    yield "ledger entry", entry, _entry(books)


def _commission(books: _Books) -> object:
    if books.commission_id is None:
        return None
    return (
        *(books.commission_id, books.earnings, books.commission_currency, books.reward_id),
        *(books.commission_program, books.commission_partner, books.commission_link),
        *(books.commission_customer, books.commission_kind, books.commission_sale),
        *(books.commission_quantity, books.commission_due),
    )


def _entry(books: _Books) -> object:
    if books.entry_kind is None:
        return None
    return (books.entry_kind, books.entry_commission, books.entry_amount, books.entry_currency)
