"""Programs and their terms: policy, rewards, partners and their enrolments."""

from headwater.programs.actions import (
    add_reward,
    create_partner,
    create_program,
    deactivate,
    find_enrolment,
    partner,
    program,
)
from headwater.programs.model import (
    Enrolment,
    Model,
    Partner,
    PartnerDraft,
    PartnerFilter,
    Program,
    ProgramDraft,
    Reward,
    RewardDraft,
    RewardEvent,
    RewardKind,
    SelfReferral,
)
from headwater.programs.sql import add_earned, partners, programs, reward_at, reward_by_id, rewards

__all__ = [
    "Enrolment",
    "Model",
    "Partner",
    "PartnerDraft",
    "PartnerFilter",
    "Program",
    "ProgramDraft",
    "Reward",
    "RewardDraft",
    "RewardEvent",
    "RewardKind",
    "SelfReferral",
    "add_earned",
    "add_reward",
    "create_partner",
    "create_program",
    "deactivate",
    "find_enrolment",
    "partner",
    "partners",
    "program",
    "programs",
    "reward_at",
    "reward_by_id",
    "rewards",
]
