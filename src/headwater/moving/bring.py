"""Bringing rows in: a batch of one kind in one transaction, each row once."""

from collections.abc import Callable, Sequence
from typing import Any

from headwater.db import Write
from headwater.kit.problems import Code, Problem
from headwater.moving import facts, lifecycle, money, owners, sorting
from headwater.moving.model import REFUSED_WORDS, Brought, Fate, Kind
from headwater.moving.session import Session

Bring = Callable[[Session, Any], Brought]

_ONE: dict[Kind, Bring] = {
    Kind.FOLDER: sorting.folder,
    Kind.TAG: sorting.tag,
    Kind.DOMAIN: sorting.domain,
    Kind.PROGRAM: owners.program,
    Kind.PARTNER: owners.partner,
    Kind.LINK: sorting.link,
    Kind.CUSTOMER: owners.customer,
    Kind.RATE: owners.rate,
    Kind.LEAD: facts.lead,
    Kind.SALE: facts.sale,
    Kind.COMMISSION: money.commission,
    Kind.REFUND: money.refund,
    Kind.DISPUTE: lifecycle.dispute,
    Kind.MILESTONE: lifecycle.milestone,
}


def bring(tx: Write, session: Session, kind: Kind, rows: Sequence[Any]) -> list[Brought]:
    """What became of each row. A row is refused before anything of it is written, so the others of
    its batch stand; where two servers used one id, the batch falls and is tried row by row.
    """
    session = session.on(tx)
    tx.lock(f"import:{session.workspace.id}")
    if kind is Kind.CLICK:
        return facts.clicks(session, rows)
    found = [_brought(_ONE[kind], session, row) for row in rows]
    session.count()
    return found


def id_taken() -> Brought:
    """What becomes of a row whose id is another workspace's."""
    return Brought(
        Fate.REFUSED,
        "id_taken",
        "Its id is in use in another workspace of this store. Import into a store of its own.",
    )


def _brought(one: Bring, session: Session, row: Any) -> Brought:
    try:
        return one(session, row)
    except Problem as problem:
        return Brought(Fate.REFUSED, _word(problem), problem.message)


def _word(problem: Problem) -> str:
    field = problem.field or ""
    known = REFUSED_WORDS.get((problem.code, field))
    return known or (field if problem.code is Code.NOT_FOUND and field else "invalid")
