"""Whom facts are about: programs, partners, customers, and the rates money was converted at."""

from decimal import Decimal

from msgspec.structs import replace

from headwater import customers, programs, rates
from headwater.customers import Customer, display_name
from headwater.kit.clock import from_iso, iso_day
from headwater.kit.money import AMOUNT_MAX, BASIS_POINTS, parse_rate
from headwater.kit.problems import Problem, invalid
from headwater.moving.model import IMPORTED, THERE, Brought, Fate
from headwater.moving.rows import CustomerLine, PartnerLine, ProgramLine, RateLine, RewardLine
from headwater.moving.session import Session, refusal
from headwater.moving.times import instant, moment
from headwater.programs import (
    Model,
    Partner,
    Program,
    Reward,
    RewardEvent,
    RewardKind,
    SelfReferral,
)
from headwater.rates import Rate

# Terms of a program whose terms nobody tells: a customer stays with the link of the last lead.
WINDOW_DAYS = 3650
HOLDING_DAYS = 365
_ENROLLED = {"approved", "archived", "invited", "deactivated", "banned"}
_STOPPED = {"deactivated", "banned"}


def program(session: Session, row: ProgramLine) -> Brought:
    made = Program(
        id=row.id,
        name=row.name,
        attribution_model=Model(row.attribution_model),
        window_days=row.window_days,
        self_referral=SelfReferral(row.self_referral),
        holding_days=row.holding_period_days,
        created_at=instant(row.created_at),
    )
    if not 1 <= made.window_days <= WINDOW_DAYS:
        raise invalid("windowDays", f"windowDays is 1..{WINDOW_DAYS}.")
    if not 0 <= made.holding_days <= HOLDING_DAYS:
        raise invalid("holdingPeriodDays", f"holdingPeriodDays is 0..{HOLDING_DAYS}.")
    rewards = [_reward(row.id, each) for each in row.rewards]
    new = programs.bring_program(session.tx, session.ctx, made, rewards)
    return IMPORTED if new else THERE


def _reward(program_id: str, row: RewardLine) -> Reward:
    kind, points = RewardKind(row.type), None
    if kind is RewardKind.PERCENTAGE:
        points = _points(row.amount_in_percentage or Decimal())
    elif row.amount_in_cents is None or not 0 <= row.amount_in_cents <= AMOUNT_MAX:
        raise invalid("amountInCents", "A flat reward has amountInCents, 0 to 10 ** 12.")
    if row.event == RewardEvent.LEAD.value and kind is not RewardKind.FLAT:
        raise invalid("type", "A lead has no amount to take a percentage of.")
    return Reward(
        id=row.id,
        program_id=program_id,
        event=RewardEvent(row.event),
        kind=kind,
        amount_minor=row.amount_in_cents if kind is RewardKind.FLAT else None,
        basis_points=points,
        created_at=instant(row.created_at),
    )


def _points(percentage: Decimal) -> int:
    if (
        not percentage.is_finite()
        or not 0 <= percentage <= 100
        or percentage != round(percentage, 2)
    ):
        raise invalid("amountInPercentage", "A percentage is 0..100 with two decimals.")
    return int(percentage * BASIS_POINTS / 100)


def partner(session: Session, row: PartnerLine) -> Brought:
    """Applicants and who declined are left out: they are owed nothing and credited nothing."""
    if row.status not in _ENROLLED:
        return Brought(Fate.LEFT_OUT, f"partner_{row.status}")
    email = (row.email or "").strip().lower()
    if not email:
        raise refusal("no_email", "A partner here has an e-mail, and this one has none.")
    enrolled_at = instant(row.created_at)
    stopped_at = moment(row.stopped_at) or moment(row.banned_at)
    wanted = Partner(
        id=row.id,
        program_id=row.program_id,
        name=row.name or email.split("@")[0],
        email=email,
        username=row.username,
        country=row.country,
        tenant_id=row.tenant_id,
        created_at=enrolled_at,
        enrolled_at=enrolled_at,
        stopped_at=stopped_at or session.ctx.now_us if row.status in _STOPPED else None,
        earned=0,
    )
    _known_program(session, row.program_id)
    return IMPORTED if programs.bring_partner(session.tx, session.ctx, wanted) else THERE


def _known_program(session: Session, program_id: str) -> None:
    """Made where the source tells no more of it than its id."""
    try:
        programs.program(session.tx, session.own, program_id)
    except Problem:
        made = Program(
            id=program_id,
            name=f"Program {program_id}",
            attribution_model=Model.LAST,
            window_days=WINDOW_DAYS,
            self_referral=SelfReferral.REFUSE,
            created_at=session.ctx.now_us,
        )
        programs.bring_program(session.tx, session.ctx, made, [])
    if not programs.rewards(session.tx, session.own, program_id):
        session.notes[
            f"The program {program_id} has no rewards here: new leads and sales earn nothing until"
            f" you add some (POST /programs/{program_id}/rewards)."
        ] = None


def customer(session: Session, row: CustomerLine) -> Brought:
    """Under another id where the external id is known here."""
    wanted = Customer(
        id=row.id,
        external_id=row.external_id,
        name=None,
        email=row.email or None,
        avatar=row.avatar,
        sales=0,
        sale_amount=0,
        first_sale_at=None,
        created_at=instant(row.created_at),
        stripe_customer_id=row.stripe_customer_id,
        country=row.country or None,
        subscription_canceled_at=moment(row.subscription_canceled_at),
        erased_at=moment(row.erased_at),
    )
    made_up = display_name(wanted)  # what is shown of who gave no name is no name
    if row.name and row.name != made_up:
        wanted = replace(wanted, name=row.name)
    known = customers.by_id(session.tx, session.own, row.id)
    if known is not None and wanted.erased_at is not None and known.erased_at is None:
        raise refusal(
            "erased", f"It was erased at the source and not here: DELETE /customers/{row.id}."
        )
    here = customers.bring(session.tx, session.ctx, wanted)
    return THERE if known or here != row.id else IMPORTED


def rate(session: Session, row: RateLine) -> Brought:
    wanted = Rate(
        id=row.id,
        currency=row.currency,
        day=row.date,
        rate=row.rate,
        source=row.source,
        created_at=instant(row.created_at),
    )
    if not _is_rate(row):
        raise refusal("invalid", "A rate is a positive decimal in a string, of a day YYYY-MM-DD.")
    if row.currency == session.workspace.currency:
        raise refusal("own_currency", f"{row.currency} is the workspace's own currency here.")
    return IMPORTED if rates.bring(session.tx, session.ctx, wanted) else THERE


def _is_rate(row: RateLine) -> bool:
    try:
        parse_rate(row.rate)
        return iso_day(from_iso(row.date)) == row.date
    except (ValueError, OverflowError):
        return False
