from headwater import journal, ledger, programs
from headwater.commissions import rules, sql
from headwater.commissions.model import Commission
from headwater.commissions.rules import NotOwed, Owed
from headwater.conversions import Dispute, Lead, Refund, Sale
from headwater.db import Read, Write
from headwater.kit.context import Context
from headwater.kit.value import Value
from headwater.programs import Reward, RewardEvent


class Winner(Value, frozen=True, kw_only=True):
    """Whom the credit went to."""

    program_id: str
    partner_id: str
    link_number: int
    holding_days: int = 0


Settled = tuple[Owed | NotOwed, Commission | None]


def settle_lead(
    tx: Write, ctx: Context, lead: Lead, winner: Winner | None, currency: str, *, parity: bool
) -> Settled:
    """Decide what a lead earns and book it."""
    already = winner is not None and sql.lead_rewarded(
        tx, ctx.workspace_id, winner.program_id, lead.customer_id
    )
    facts = rules.LeadFacts(
        credited=winner is not None,
        reward=_reward(tx, ctx, winner, RewardEvent.LEAD, lead.at),
        already_rewarded=already,
        parity=parity,
        quantity=lead.quantity,
    )
    owed = rules.owed_for_lead(facts)
    if winner is None or isinstance(owed, NotOwed):
        return owed, None
    commission = Commission(
        id=ctx.new_id("cm_"),
        program_id=winner.program_id,
        partner_id=winner.partner_id,
        customer_id=lead.customer_id,
        kind="lead",
        conversion_id=lead.id,
        link_number=winner.link_number,
        reward_id=owed.reward.id,
        sale_amount=0,
        earnings=owed.amount,
        currency=currency,
        created_at=ctx.now_us,
        quantity=lead.quantity,
        due_at=rules.due_at(lead.at, winner.holding_days),
    )
    return owed, _book(tx, ctx, commission)


def settle_sale(tx: Write, ctx: Context, sale: Sale, winner: Winner | None) -> Settled:
    """Decide what a sale earns and book it."""
    reward = _reward(tx, ctx, winner, RewardEvent.SALE, sale.at)
    owed = rules.owed_for_sale(credited=winner is not None, reward=reward, amount=sale.amount)
    if winner is None or isinstance(owed, NotOwed):
        return owed, None
    commission = Commission(
        id=ctx.new_id("cm_"),
        program_id=winner.program_id,
        partner_id=winner.partner_id,
        customer_id=sale.customer_id,
        kind="sale",
        conversion_id=sale.id,
        link_number=winner.link_number,
        reward_id=owed.reward.id,
        sale_amount=sale.amount,
        earnings=owed.amount,
        currency=sale.currency,
        created_at=ctx.now_us,
        due_at=rules.due_at(sale.at, winner.holding_days),
    )
    return owed, _book(tx, ctx, commission)


def take_back(
    tx: Write, ctx: Context, source: Refund | Dispute, commission: Commission | None
) -> None:
    """Book what a refund or a dispute takes back; nothing if nothing was earned or is left, or the
    part rounds to zero.
    """
    if commission is None or source.reversed == 0:
        return
    ledger.reverse(tx, ctx, _draft(commission, source_id=source.id, amount=source.reversed))


def bring(tx: Write, ctx: Context, commission: Commission) -> None:
    """Book what was decided elsewhere, and with `paid_at` what was paid there. The journal vouches
    for it, as no receipt here decided it.
    """
    _book(tx, ctx, commission)
    if commission.paid_at is not None:
        amount = commission.earnings
        ledger.pay(tx, ctx, _draft(commission, source_id=_payment(commission), amount=amount))
    journal.write(tx, ctx, "commission", commission.id, *_vouched(commission))


def _payment(commission: Commission) -> str:
    """The commission's own id; where it was accrued under that, as no fact is known, another."""
    alone = commission.conversion_id == commission.id
    return f"paid:{commission.id}" if alone else commission.id


def _vouched(commission: Commission) -> tuple[object, ...]:
    """What the line commits to; `verify` rebuilds it from the row."""
    held = () if commission.due_at is None else (commission.due_at,)
    return (
        *(commission.program_id, commission.partner_id, commission.customer_id, commission.kind),
        *(commission.conversion_id, commission.link_number, commission.sale_amount),
        *(commission.earnings, commission.currency, commission.quantity),
        *(commission.created_at, commission.paid_at, *held),
    )


def _reward(
    tx: Read, ctx: Context, winner: Winner | None, event: RewardEvent, at: int
) -> Reward | None:
    if winner is None:
        return None
    return programs.reward_at(tx, ctx.workspace_id, winner.program_id, event, at)


def _book(tx: Write, ctx: Context, commission: Commission) -> Commission:
    sql.insert(tx, ctx.workspace_id, commission)
    draft = _draft(commission, source_id=commission.conversion_id, amount=commission.earnings)
    ledger.accrue(tx, ctx, draft)
    return commission


def _draft(commission: Commission, *, source_id: str, amount: int) -> ledger.EntryDraft:
    return ledger.EntryDraft(
        source_id=source_id,
        commission_id=commission.id,
        program_id=commission.program_id,
        partner_id=commission.partner_id,
        amount=amount,
        currency=commission.currency,
    )
