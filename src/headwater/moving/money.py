"""What partners have earned elsewhere: what is owed there is owed here, what was paid is not."""

from collections.abc import Sequence

from headwater import commissions, conversions, links, programs, tracking
from headwater.commissions import Commission
from headwater.consequences import after_refund
from headwater.conversions import Lead, Refund, Sale
from headwater.customers import Customer
from headwater.kit.money import AMOUNT_MAX
from headwater.links import ConversionDelta
from headwater.moving.facts import find_customer
from headwater.moving.model import IMPORTED, THERE, Brought, Fate
from headwater.moving.rows import CommissionLine, RefundLine
from headwater.moving.session import Session, refusal
from headwater.moving.times import instant, moment

_REFUNDED = "refunded"
_OWED = {"pending", "processed", "hold", "paid"}
_KINDS = {"click", "lead", "sale", "referral", "custom"}


def commission(session: Session, row: CommissionLine) -> Brought:
    """One that is not owed any more is left out, unless its refund comes along. A customer or a
    link that did not come takes nothing from what is owed.
    """
    tx, own = session.tx, session.own
    if commissions.by_id(tx, own, row.id) is not None:
        return THERE
    if row.status not in _OWED and not (row.status == _REFUNDED and session.whole):
        return _left_out(row)
    customer = None if row.customer is None else find_customer(session, row.customer)
    program_id = _program_id(session, row)
    fact = _fact(session, row, customer)
    if row.status == _REFUNDED and not _is_named(row, fact):
        return _left_out(row)  # its refund has nothing to take it back from
    earnings = _earnings(session, row, fact)
    _check(session, row, earnings)
    _check_lead(session, row, program_id, customer)
    made = Commission(
        id=row.id,
        program_id=program_id,
        partner_id=row.partner.id,
        customer_id=None if customer is None else customer.id,
        kind=row.type,
        conversion_id=row.id if fact is None else fact.id,
        link_number=_link_number(session, row, fact),
        reward_id=None,
        sale_amount=max(row.amount, 0),
        earnings=earnings,
        currency=row.currency.lower(),
        created_at=instant(row.created_at),
        paid_at=_paid_at(row),
        quantity=max(row.quantity, 1),
        due_at=_due_at(row),
    )
    commissions.bring(tx, session.ctx, made)
    if made.link_number is not None:
        session.add(ConversionDelta(made.link_number, earnings=earnings))
    session.earn(program_id, made.partner_id, earnings)
    return IMPORTED


def _due_at(row: CommissionLine) -> int | None:
    """Over HTTP what is not held is due when it was made."""
    if row.due_at is None or row.due_at == row.created_at:
        return None
    return instant(row.due_at)


def _left_out(row: CommissionLine) -> Brought:
    return Brought(Fate.LEFT_OUT, f"commission_{row.status}")


def _earnings(session: Session, row: CommissionLine, fact: Lead | Sale | None) -> int:
    """As it was earned where refunds come along and find it; else what refunds have left of it."""
    if session.whole and _is_named(row, fact) and row.original_earnings is not None:
        return row.original_earnings
    return row.earnings


def _is_named(row: CommissionLine, fact: Lead | Sale | None) -> bool:
    """No guess, and no sale that was reported here under the same invoice."""
    return fact is not None and fact.id == row.conversion_id


def _check(session: Session, row: CommissionLine, earnings: int) -> None:
    if row.type not in _KINDS:
        raise refusal("commission_type", f"The type {row.type!r} of commissions is not known here.")
    if row.amount > AMOUNT_MAX or row.quantity > AMOUNT_MAX:
        raise refusal("invalid", "Its amount or its quantity is above 10 ** 12.")
    if not 0 < earnings <= AMOUNT_MAX:
        raise refusal(
            "earnings",
            f"It comes to {earnings}, and only what a partner gains is kept here. Settle it where"
            " it was made.",
        )
    if row.currency.lower() != session.workspace.currency:
        raise refusal(
            "other_currency",
            f"It is in {row.currency}, and commissions of this workspace are in"
            f" {session.workspace.currency}. Import into a workspace in {row.currency}.",
        )


def _check_lead(
    session: Session, row: CommissionLine, program_id: str, customer: Customer | None
) -> None:
    if row.type != "lead" or customer is None:
        return
    if commissions.lead_rewarded(session.tx, session.own, program_id, customer.id):
        raise refusal("lead_rewarded", "The program has rewarded a lead of its customer here.")


def _program_id(session: Session, row: CommissionLine) -> str:
    """The partner's program; the one joined first where the source does not say."""
    known = programs.find_partner(session.tx, session.own, row.partner.id, row.program_id)
    if known is None:
        raise refusal("partner_unknown", f"Its partner {row.partner.id} is not here.")
    return known.program_id


def _fact(session: Session, row: CommissionLine, customer: Customer | None) -> Lead | Sale | None:
    """What it was earned by: by id or invoice where the source says, else the customer's lead or
    sale that fits and has earned nothing. None: nobody knows, and it is owed all the same.
    """
    tx, own = session.tx, session.own
    if row.conversion_id == row.id:
        return None
    named = _named(session, row)
    if named is not None:
        earned = commissions.by_conversion(tx, own, named.id)
        if earned is not None:
            raise refusal(
                "earned_already",
                f"{named.id}, by which it was earned, has earned {earned.id} here.",
            )
        return named
    guesses = [] if customer is None else _guesses(session, row, customer)
    free = (each for each in guesses if commissions.by_conversion(tx, own, each.id) is None)
    return next(free, None)


def _named(session: Session, row: CommissionLine) -> Lead | Sale | None:
    tx, own = session.tx, session.own
    if row.type == "lead" and row.conversion_id:
        return conversions.lead_by_id(tx, own, row.conversion_id)
    if row.type != "sale":
        return None
    by_id = conversions.sale_by_id(tx, own, row.conversion_id) if row.conversion_id else None
    by_invoice = conversions.sale_by_invoice(tx, own, row.invoice_id) if row.invoice_id else None
    return by_id or by_invoice


def _guesses(
    session: Session, row: CommissionLine, customer: Customer
) -> Sequence[Lead] | Sequence[Sale]:
    if row.type == "lead":
        leads = conversions.leads_of(session.tx, session.own, customer.id)
        return [each for each in leads if each.partner_id == row.partner.id]
    if row.type == "sale":
        sales = conversions.sales_of(session.tx, session.own, customer.id)
        return [each for each in sales if each.amount == row.amount]
    return []


def _link_number(session: Session, row: CommissionLine, fact: Lead | Sale | None) -> int | None:
    if row.link_id is not None:
        return links.numbers_of(session.tx, session.own, [row.link_id]).get(row.link_id)
    return None if fact is None else fact.link_number


def _paid_at(row: CommissionLine) -> int | None:
    if row.status != "paid" and row.paid_at is None:
        return None
    return moment(row.paid_at) or moment(row.updated_at) or instant(row.created_at)


def refund(session: Session, row: RefundLine) -> Brought:
    """Of a sale that came along; it takes back its part of the commission."""
    tx, own = session.tx, session.own
    if conversions.refund_by_id(tx, own, row.id) is not None:
        return THERE
    sale = conversions.sale_by_id(tx, own, row.sale_id)
    if sale is None:
        raise refusal("sale_unknown", f"Its sale {row.sale_id} is not here.")
    tx.lock(f"sale:{own}:{sale.id}")
    if conversions.refund_by_key(tx, own, sale.id, row.key) is not None:
        raise refusal("refund_key_taken", f"The sale has a refund {row.key!r} already.")
    earned = commissions.by_conversion(tx, own, sale.id)
    part = tracking.part_taken(tx, own, sale, earned, row.amount) if row.amount > 0 else None
    if part is None:
        raise refusal("refund_exceeds_sale", "It takes back more than is left of its sale.")
    made = Refund(
        id=row.id,
        sale_id=sale.id,
        key=row.key,
        original_amount=row.amount,
        amount=part.amount,
        reversed=part.earnings,
        reason=tracking.without_words(tx, session.ctx, row.reason, sale),
        at=instant(row.created_at),
    )
    conversions.insert_refund(tx, own, made)
    after_refund(tx, session.ctx, made, sale, earned)
    return IMPORTED
