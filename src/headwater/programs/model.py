from dataclasses import dataclass
from enum import StrEnum

from headwater.kit.value import Value


class Model(StrEnum):
    """Which of a customer's touches is credited."""

    FIRST = "first"
    LAST = "last"


class SelfReferral(StrEnum):
    REFUSE = "refuse"
    ALLOW = "allow"


class RewardEvent(StrEnum):
    LEAD = "lead"
    SALE = "sale"


class RewardKind(StrEnum):
    FLAT = "flat"
    PERCENTAGE = "percentage"


class Program(Value, frozen=True, kw_only=True):
    id: str
    name: str
    attribution_model: Model
    window_days: int
    self_referral: SelfReferral
    created_at: int
    holding_days: int = 0

    @property
    def terms(self) -> tuple[str | int, ...]:
        """What the journal commits to; a program that holds nothing says nothing of it."""
        held = (self.holding_days,) if self.holding_days else ()
        return (self.attribution_model, self.window_days, self.self_referral, *held)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramDraft:
    name: str
    attribution_model: Model = Model.LAST
    window_days: int = 30
    self_referral: SelfReferral = SelfReferral.REFUSE
    holding_days: int = 0


class Reward(Value, frozen=True, kw_only=True):
    """Terms for one kind of conversion. Never changed: a newer one replaces it from then on."""

    id: str
    program_id: str
    event: RewardEvent
    kind: RewardKind
    amount_minor: int | None
    basis_points: int | None
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardDraft:
    event: RewardEvent
    kind: RewardKind
    amount_minor: int | None = None
    basis_points: int | None = None


class Enrolment(Value, frozen=True, kw_only=True):
    partner_id: str
    tenant_id: str | None
    stopped_at: int | None


class Partner(Value, frozen=True, kw_only=True):
    """A partner as enrolled in one program."""

    id: str
    program_id: str
    name: str
    email: str
    username: str | None
    country: str | None
    tenant_id: str | None
    created_at: int
    enrolled_at: int
    stopped_at: int | None
    earned: int  # commissions less what refunds took back, whoever has the links by now


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerDraft:
    email: str
    name: str | None = None
    tenant_id: str | None = None
    program_id: str | None = None
    username: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerFilter:
    program_id: str | None = None
    email: str | None = None
    tenant_id: str | None = None
    limit: int = 100
    offset: int = 0
