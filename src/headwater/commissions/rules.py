"""How much is owed and why not, and what a refund undoes. Pure, in integer minor units."""

from enum import StrEnum
from typing import assert_never

from headwater.kit.clock import DAY_US
from headwater.kit.money import percentage, share
from headwater.kit.value import Value
from headwater.programs import Reward, RewardKind


class OwedReason(StrEnum):
    """Why this much is owed, or why nothing is. Checked in this order."""

    NOBODY_CREDITED = "nobody_credited"
    DIRECT_SALE_PARITY = "direct_sale_parity"
    LEAD_ALREADY_REWARDED = "lead_already_rewarded"
    NO_REWARD = "no_reward"
    ROUNDS_TO_ZERO = "rounds_to_zero"
    FLAT_REWARD = "flat_reward"
    PERCENTAGE_REWARD = "percentage_reward"


class Owed(Value, frozen=True, kw_only=True):
    amount: int
    reward: Reward
    reason: OwedReason


class NotOwed(Value, frozen=True, kw_only=True):
    reason: OwedReason


class LeadFacts(Value, frozen=True, kw_only=True):
    credited: bool
    reward: Reward | None
    already_rewarded: bool
    parity: bool  # the lead of a direct sale, where the reference pays nothing
    quantity: int = 1


def owed_for_lead(facts: LeadFacts) -> Owed | NotOwed:
    """A program pays once for winning a customer, whichever lead says so first: its flat reward, as
    often as that one lead says it happened.
    """
    if not facts.credited:
        return NotOwed(reason=OwedReason.NOBODY_CREDITED)
    if facts.parity:
        return NotOwed(reason=OwedReason.DIRECT_SALE_PARITY)
    if facts.already_rewarded:
        return NotOwed(reason=OwedReason.LEAD_ALREADY_REWARDED)
    return _owed(facts.reward, 0, facts.quantity)


def owed_for_sale(*, credited: bool, reward: Reward | None, amount: int) -> Owed | NotOwed:
    if not credited:
        return NotOwed(reason=OwedReason.NOBODY_CREDITED)
    if amount == 0 and reward is not None:  # less than the smallest coin once it was converted
        return NotOwed(reason=OwedReason.ROUNDS_TO_ZERO)
    return _owed(reward, amount)


def _owed(reward: Reward | None, amount: int, times: int = 1) -> Owed | NotOwed:
    if reward is None:
        return NotOwed(reason=OwedReason.NO_REWARD)
    match reward.kind:
        case RewardKind.FLAT:
            assert reward.amount_minor is not None
            earnings, reason = reward.amount_minor * times, OwedReason.FLAT_REWARD
        case RewardKind.PERCENTAGE:
            assert reward.basis_points is not None
            earnings = percentage(amount, reward.basis_points)
            reason = OwedReason.PERCENTAGE_REWARD
        case _:
            assert_never(reward.kind)
    if earnings == 0:
        return NotOwed(reason=OwedReason.ROUNDS_TO_ZERO)
    return Owed(amount=earnings, reward=reward, reason=reason)


def due_at(at: int, holding_days: int) -> int | None:
    """Until when a commission is held, from the time of the fact it was earned by; None: not at
    all.
    """
    return at + holding_days * DAY_US if holding_days else None


class Reversal(Value, frozen=True, kw_only=True):
    """What one refund takes off the sale (converted) and off the commission."""

    amount: int
    earnings: int


class RefundFacts(Value, frozen=True, kw_only=True):
    """The sale and its commission (0 if none), and what earlier refunds and disputes took; minor
    units.
    """

    sale_original: int
    sale_amount: int
    earnings: int
    refunded_original: int
    refunded_amount: int
    reversed_earnings: int
    refund_original: int
    disputed_earnings: int = 0


def reversal(facts: RefundFacts) -> Reversal | None:
    """Each part is what the total so far asks for less what was already taken, so parts never
    drift from the whole and a full refund takes back exactly everything. What a dispute took is
    gone already. None: more than is left.
    """
    total = facts.refunded_original + facts.refund_original
    if total > facts.sale_original:
        return None
    amount_so_far = share(facts.sale_amount, total, facts.sale_original)
    earnings_so_far = share(facts.earnings, total, facts.sale_original)
    return Reversal(
        amount=amount_so_far - facts.refunded_amount,
        earnings=max(0, earnings_so_far - facts.reversed_earnings - facts.disputed_earnings),
    )
