"""Steps of customers' lives, and disputes of their payments."""

from headwater import commissions, conversions, customers, tracking
from headwater.consequences import after_dispute
from headwater.conversions import Dispute, Milestone, Step
from headwater.moving.facts import customer_of, words
from headwater.moving.model import IMPORTED, THERE, Brought
from headwater.moving.rows import DisputeLine, MilestoneLine
from headwater.moving.session import Session, refusal
from headwater.moving.times import instant, moment


def milestone(session: Session, row: MilestoneLine) -> Brought:
    tx, own = session.tx, session.own
    if conversions.milestone_by_id(tx, own, row.id) is not None:
        return THERE
    customer = customer_of(session, row.customer)
    customers.lock(tx, own, customer.external_id)
    kind = Step(row.type)
    made = Milestone(
        id=row.id,
        customer_id=customer.id,
        kind=kind,
        entity=customer.id if kind is Step.SIGNUP else row.entity or customer.id,
        plan=row.plan,
        scope=row.scope,
        administrative=row.administrative,
        source=row.source,
        metadata=words(row.metadata, customer),
        at=instant(row.occurred_at),
        created_at=session.ctx.now_us,
    )
    if conversions.milestone(tx, own, made.kind, made.entity) is not None:
        raise refusal("milestone_taken", f"The {made.kind} of {made.entity} was reported here.")
    tracking.record_milestone(tx, session.ctx, made)
    return IMPORTED


def dispute(session: Session, row: DisputeLine) -> Brought:
    """Of a sale that came along; it takes back what refunds have left of the commission."""
    tx, own = session.tx, session.own
    if conversions.dispute_by_id(tx, own, row.id) is not None:
        return THERE
    sale = conversions.sale_by_id(tx, own, row.sale_id)
    if sale is None:
        raise refusal("sale_unknown", f"Its sale {row.sale_id} is not here.")
    tx.lock(f"sale:{own}:{sale.id}")
    if conversions.dispute_by_key(tx, own, sale.id, row.key) is not None:
        raise refusal("dispute_key_taken", f"The sale has a dispute {row.key!r} already.")
    earned = commissions.by_conversion(tx, own, sale.id)
    made = Dispute(
        id=row.id,
        sale_id=sale.id,
        key=row.key,
        original_amount=row.amount,
        reversed=tracking.left_of(tx, own, sale.id, earned),
        reason=tracking.without_words(tx, session.ctx, row.reason, sale),
        at=instant(row.opened_at),
        outcome=row.outcome,
        closed_at=moment(row.closed_at),
    )
    conversions.insert_dispute(tx, own, made)
    after_dispute(tx, session.ctx, made, sale, earned)
    return IMPORTED
