"""A program with its rewards."""

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.kit.clock import iso_ms
from headwater.programs import Program, Reward


def program_object(program: Program, rewards: Sequence[Reward]) -> dict[str, Any]:
    return {
        "id": program.id,
        "name": program.name,
        "attributionModel": program.attribution_model.value,
        "windowDays": program.window_days,
        "selfReferral": program.self_referral.value,
        "holdingPeriodDays": program.holding_days,
        "createdAt": iso_ms(program.created_at),
        "rewards": [reward_object(reward) for reward in rewards],
    }


def reward_object(reward: Reward) -> dict[str, Any]:
    points = reward.basis_points
    return {
        "id": reward.id,
        "programId": reward.program_id,
        "event": reward.event.value,
        "type": reward.kind.value,
        "amountInCents": reward.amount_minor,
        "amountInPercentage": None if points is None else _percentage(points),
        "createdAt": iso_ms(reward.created_at),
    }


def _percentage(points: int) -> msgspec.Raw:
    """Basis points as a JSON number with its decimals, exact."""
    whole, rest = divmod(points, 100)
    return msgspec.Raw((f"{whole}.{rest:02d}" if rest else str(whole)).encode())
