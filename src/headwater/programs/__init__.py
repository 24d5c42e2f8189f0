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
from headwater.programs.bring import bring_partner, bring_program
from headwater.programs.list_sql import enrolled_after
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
from headwater.programs.sql import (
    add_earned,
    partners,
    programs,
    reward_at,
    reward_by_id,
    rewards,
)
from headwater.programs.sql import partner_by_id as find_partner

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
    "bring_partner",
    "bring_program",
    "create_partner",
    "create_program",
    "deactivate",
    "enrolled_after",
    "find_enrolment",
    "find_partner",
    "partner",
    "partners",
    "program",
    "programs",
    "reward_at",
    "reward_by_id",
    "rewards",
]
