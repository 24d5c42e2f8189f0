"""The frozen first touch is the one the customer's first lead came by: its receipt, for which the
journal vouches, considered that click and no other.
"""

from collections.abc import Iterator

import msgspec

from headwater.audit.model import Difference
from headwater.db import Read, Row
from headwater.receipts import Reasoning

CHUNK = 1000
SHOWN_MAX = 100

_decode = msgspec.json.Decoder(Reasoning).decode
_NOTHING = (None, None, None, None)


def frozen_touches(tx: Read) -> tuple[int, list[Difference]]:
    """Every workspace: click, time and link of each frozen touch, and when it was frozen. One that
    surfaced later restates receipts and changes nothing here.
    """
    count, after = 0, ""
    found: list[Difference] = []
    while len(found) < SHOWN_MAX and (rows := _customers_after(tx, after)):
        after = rows[-1][0]
        count += len(rows)
        found += [difference for row in rows for difference in _differences(row)]
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


def _differences(row: Row) -> Iterator[Difference]:
    customer_id, frozen, lead, body = row[0], tuple(row[1:5]), tuple(row[5:9]), row[9]
    if frozen != lead:
        yield _difference("frozen first touch", customer_id, lead, frozen)
    considered = _considered(body)
    if considered is not None and considered != [lead[:2]]:
        said = ", ".join(f"{click_id} {clicked_at}" for click_id, clicked_at in considered)
        yield Difference(
            check="click of the first lead as its receipt says",
            subject=customer_id,
            expected=said,
            found=f"{lead[0]} {lead[1]}",
        )


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
