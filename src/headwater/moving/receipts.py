"""Receipts of facts that were decided elsewhere."""

import msgspec

from headwater import links, receipts
from headwater.conversions import Lead, Sale
from headwater.moving.session import Session
from headwater.receipts import Considered, ImportReason, Reasoning, Receipt


class Reasoned(msgspec.Struct, frozen=True, kw_only=True):
    """What a receipt says of the fact itself."""

    amount: int | None = None
    currency: str | None = None
    quantity: int = 1


def write_receipt(session: Session, made: Lead | Sale, of: Lead | None, said: Reasoned) -> None:
    """It says that nothing was weighed here, and by which click the customer came."""
    considered = [] if of is None else [_considered(session, of)]
    decided = _nothing_weighed(considered, said)
    receipt = Receipt(
        id=session.ctx.new_id("rcp_"),
        kind=type(made).__name__.lower(),
        conversion_id=made.id,
        customer_id=made.customer_id,
        link_number=made.link_number,
        program_id=None,
        partner_id=None,
        restatable=False,
        reasoning=decided,
        decided_at=session.ctx.now_us,
    )
    receipts.write(session.tx, session.ctx, receipt)


def _considered(session: Session, of: Lead) -> Considered:
    link = links.by_number(session.tx, session.own, of.link_number)
    assert link is not None
    elsewhere = ImportReason.DECIDED_ELSEWHERE.value
    return Considered(
        click_id=of.click_id,
        clicked_at=of.clicked_at,
        link_id=link.id,
        partner_id=of.partner_id,
        verdict=elsewhere,
        reason=elsewhere,
    )


def _nothing_weighed(considered: list[Considered], said: Reasoned) -> Reasoning:
    elsewhere = ImportReason.DECIDED_ELSEWHERE.value
    return Reasoning(
        rule_version=receipts.IMPORT_RULE_VERSION,
        program=None,
        considered=considered,
        winner_click_id=None,
        winner_link_id=None,
        credit=elsewhere,
        owed=None,
        owed_reason=elsewhere,
        flags=[],
        amount=said.amount,
        currency=said.currency,
        quantity=said.quantity,
    )
