"""The frozen first touch is the earliest one that was known when the customer's first lead was
decided: the receipt of that lead, for which the journal vouches, considered it. What it considered
is the click of the lead, and clicks the customer brought along.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from headwater.audit.model import Difference
from headwater.db import Read, Row, one_column
from headwater.receipts import Reasoning

CHUNK = 1000
SHOWN_MAX = 100

_decode = msgspec.json.Decoder(Reasoning).decode
_NOTHING = (None, None, None, None)
_Click = tuple[str, int, int]  # id, time, link


def frozen_touches(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: click, time and link of each frozen touch, and when it was frozen. One that
    surfaced later restates receipts and changes nothing here.
    """
    count, after = 0, ""
    found: list[Difference] = []
    while len(found) < SHOWN_MAX and (rows := _customers_after(tx, after)):
        after = rows[-1][0]
        count += len(rows)
        brought = _brought(tx, rows)
        found += [each for row in rows for each in _differences(row, brought.get(row[0], []))]
    return count, found[:SHOWN_MAX]


def _customers_after(tx: Read, after: str) -> list[Row]:
    """Every workspace: customers with what was frozen, their first lead and its receipt."""
    return tx.all(
        "select u.id, a.click_id, a.touched_at, a.link_number, a.created_at,"
        " d.click_id, d.clicked_at, d.link_number, r.decided_at, r.body from ("
        "  select id, workspace_id, (select min(position) from leads where customer_id = c.id)"
        "   as first_lead from customers c where id > :after order by id limit :limit) as u"
        " left join attributions a on a.customer_id = u.id and a.workspace_id = u.workspace_id"
        "  and a.provider = 'headwater'"
        " left join leads d on d.position = u.first_lead and d.workspace_id = u.workspace_id"
        " left join receipts r on r.conversion_id = d.id and r.workspace_id = u.workspace_id"
        " order by u.id",
        {"after": after, "limit": CHUNK},
    )


def _brought(tx: Read, rows: Sequence[Row]) -> dict[str, list[_Click]]:
    """Every workspace: clicks these customers brought along."""
    claimed: dict[str, list[_Click]] = {}
    for customer_id, *click in tx.all(
        "select c.customer_id, c.click_id, c.clicked_at, c.link_number"
        f" from {tx.each} join claimed_clicks c on c.customer_id = value->>0",
        {"rows": one_column(row[0] for row in rows)},
    ):
        claimed.setdefault(customer_id, []).append((click[0], click[1], click[2]))
    return claimed


def _differences(row: Row, brought: Sequence[_Click]) -> Iterator[Difference]:
    customer_id, frozen, lead, body = row[0], tuple(row[1:5]), tuple(row[5:9]), row[9]
    considered = _considered(body)
    by_id = {click[0]: click for click in [*brought, lead[:3]]}
    expected = _first(considered, by_id, lead)
    if frozen != expected:
        yield _difference("frozen first touch", customer_id, expected, frozen)
    if considered is not None and not _is_theirs(considered, by_id, lead):
        said = ", ".join(f"{click_id} {clicked_at}" for click_id, clicked_at in considered)
        yield Difference(
            check="click of the first lead as its receipt says",
            subject=customer_id,
            expected=said,
            found=f"{lead[0]} {lead[1]}",
        )


def _first(
    considered: Sequence[tuple[str, int]] | None,
    by_id: Mapping[str, tuple[object, ...]],
    lead: tuple[object, ...],
) -> tuple[object, ...]:
    """Click, time, link and when it became known; that of the lead where no receipt says more."""
    known = [each for each in considered or () if each[0] in by_id]
    if not known:
        return lead
    click_id, _ = min(known, key=lambda each: (each[1], each[0]))
    return (*by_id[click_id], lead[3])


def _is_theirs(
    considered: Sequence[tuple[str, int]],
    by_id: Mapping[str, tuple[object, ...]],
    lead: tuple[object, ...],
) -> bool:
    """The click of the lead was considered, and none that the customer does not have."""
    held = {(click[0], click[1]) for click in by_id.values()}
    return lead[:2] in considered and held.issuperset(considered)


def _considered(body: str | None) -> list[tuple[str, int]] | None:
    """Clicks and their times; None where there is no receipt to ask: other checks say so."""
    try:
        said = None if body is None else _decode(body)
    except msgspec.DecodeError:
        return None
    return None if said is None else [(each.click_id, each.clicked_at) for each in said.considered]


def _difference(
    check: str, customer_id: str, expected: tuple[object, ...], found: tuple[object, ...]
) -> Difference:
    return Difference(
        check=check, subject=customer_id, expected=_text(expected), found=_text(found)
    )


def _text(touch: tuple[object, ...]) -> str:
    if touch == _NOTHING:
        return "nothing"
    click_id, clicked_at, link_number, at = touch
    return f"click {click_id} of {clicked_at} on link {link_number}, known at {at}"
