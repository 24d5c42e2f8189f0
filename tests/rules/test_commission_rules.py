"""How much is owed and why not, and what refunds take back. In minor units, to the unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.commissions import NotOwed, Owed, RefundFacts, reversal
from headwater.commissions.rules import LeadFacts, owed_for_lead, owed_for_sale
from headwater.kit.money import AMOUNT_MAX
from headwater.programs import Reward, RewardEvent, RewardKind


def flat(amount, event=RewardEvent.SALE):
    return Reward(
        id="rw_flat",
        program_id="prog_a",
        event=event,
        kind=RewardKind.FLAT,
        amount_minor=amount,
        basis_points=None,
        created_at=0,
    )


def percent(basis_points):
    return Reward(
        id="rw_percent",
        program_id="prog_a",
        event=RewardEvent.SALE,
        kind=RewardKind.PERCENTAGE,
        amount_minor=None,
        basis_points=basis_points,
        created_at=0,
    )


def sale(reward, amount=2900, *, credited=True):
    return owed_for_sale(credited=credited, reward=reward, amount=amount)


def lead(reward=None, *, credited=True, already=False, parity=False):
    facts = LeadFacts(credited=credited, reward=reward, already_rewarded=already, parity=parity)
    return owed_for_lead(facts)


FIVE = flat(500, RewardEvent.LEAD)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ({"reward": FIVE, "credited": False, "already": True, "parity": True}, "nobody_credited"),
        ({"reward": FIVE, "already": True, "parity": True}, "direct_sale_parity"),
        ({"reward": FIVE, "already": True}, "lead_already_rewarded"),
        ({"reward": None}, "no_reward"),
        ({"reward": flat(0)}, "rounds_to_zero"),
    ],
)
def test_why_a_lead_earns_nothing_in_the_order_of_the_checks(case, reason):
    assert lead(**case) == NotOwed(reason=reason)


def test_a_lead_earns_the_flat_reward():
    assert lead(FIVE) == Owed(amount=500, reward=FIVE, reason="flat_reward")


@pytest.mark.parametrize(
    ("reward", "credited", "reason"),
    [
        (percent(1000), False, "nobody_credited"),
        (None, True, "no_reward"),
        (percent(0), True, "rounds_to_zero"),
        (flat(0), True, "rounds_to_zero"),
    ],
)
def test_why_a_sale_earns_nothing_in_the_order_of_the_checks(reward, credited, reason):
    assert sale(reward, credited=credited) == NotOwed(reason=reason)


def test_a_flat_reward_does_not_depend_on_the_amount():
    assert sale(flat(700), 1) == Owed(amount=700, reward=flat(700), reason="flat_reward")


@pytest.mark.parametrize(
    ("amount", "basis_points", "earned"),
    [
        (2900, 1000, 290),
        (2900, 10_000, 2900),
        (9999, 1250, 1250),  # 12.50 % of 99.99 is 12.49875
        (10_000, 1234, 1234),  # 12.34 %
        (100, 333, 3),
        (5, 1000, 1),  # half a unit rounds away from zero
        (15, 1000, 2),
        (25, 1000, 3),  # not to the even neighbour
        (4, 1000, None),
        (1, 4999, None),
        (1, 5000, 1),
        (AMOUNT_MAX, 10_000, AMOUNT_MAX),
    ],
)
def test_a_percentage_is_rounded_half_away_from_zero(amount, basis_points, earned):
    owed = sale(percent(basis_points), amount)
    if earned is None:
        assert owed == NotOwed(reason="rounds_to_zero")
    else:
        assert (owed.amount, owed.reason) == (earned, "percentage_reward")


@given(st.integers(0, AMOUNT_MAX), st.integers(0, 10_000))
def test_a_percentage_never_exceeds_the_sale_nor_drifts_by_more_than_half_a_unit(amount, points):
    owed = sale(percent(points), amount)
    earned = owed.amount if isinstance(owed, Owed) else 0
    assert 0 <= earned <= amount
    assert abs(earned * 10_000 - amount * points) * 2 <= 10_000


def refund(part, *, original=2900, amount=2900, earnings=290, before=(0, 0, 0)):
    """What a refund of `part` takes, after earlier ones took `before`."""
    return reversal(
        RefundFacts(
            sale_original=original,
            sale_amount=amount,
            earnings=earnings,
            refunded_original=before[0],
            refunded_amount=before[1],
            reversed_earnings=before[2],
            refund_original=part,
        )
    )


def refund_in_parts(parts, *, original, amount, earnings):
    """All refunds one after the other: the totals they took."""
    taken = (0, 0, 0)
    for part in parts:
        step = refund(part, original=original, amount=amount, earnings=earnings, before=taken)
        assert step is not None
        taken = (taken[0] + part, taken[1] + step.amount, taken[2] + step.earnings)
    return taken


@pytest.mark.parametrize(
    ("part", "taken", "reversed_"),
    [(2900, 2900, 290), (1450, 1450, 145), (1000, 1000, 100), (1, 1, 0), (5, 5, 1)],
)
def test_a_refund_takes_back_its_part_of_the_commission(part, taken, reversed_):
    step = refund(part)
    assert (step.amount, step.earnings) == (taken, reversed_)


def test_a_refund_above_what_is_left_is_none():
    assert refund(2901) is None
    assert refund(1901, before=(1000, 1000, 100)) is None
    assert refund(1900, before=(1000, 1000, 100)) is not None


def test_three_thirds_take_back_the_whole_and_not_a_cent_more():
    assert refund_in_parts([967, 967, 966], original=2900, amount=2900, earnings=290) == (
        2900,
        2900,
        290,
    )


def test_a_sale_without_commission_has_nothing_to_take_back():
    assert refund(2900, earnings=0).earnings == 0


@st.composite
def split_sales(draw):
    """A sale in any currency and a way to refund part or all of it in steps."""
    original = draw(st.integers(1, AMOUNT_MAX))
    amount = draw(st.integers(0, AMOUNT_MAX))
    earnings = draw(st.integers(0, AMOUNT_MAX))
    cuts = draw(st.sets(st.integers(1, original), min_size=1, max_size=8))
    ends = sorted(cuts)
    parts = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    return original, amount, earnings, parts


@given(split_sales())
def test_any_split_of_a_refund_takes_the_same_in_the_end(case):
    original, amount, earnings, parts = case
    at_once = refund(sum(parts), original=original, amount=amount, earnings=earnings)
    taken = refund_in_parts(parts, original=original, amount=amount, earnings=earnings)
    assert taken == (sum(parts), at_once.amount, at_once.earnings)


@given(split_sales())
def test_a_full_refund_leaves_nothing_however_it_is_split(case):
    original, amount, earnings, parts = case
    rest = original - sum(parts)
    parts = [*parts, rest] if rest else parts
    taken = refund_in_parts(parts, original=original, amount=amount, earnings=earnings)
    assert taken == (original, amount, earnings)


@given(split_sales())
def test_no_refund_gives_money_back_to_the_partner(case):
    original, amount, earnings, parts = case
    taken = (0, 0, 0)
    for part in parts:
        step = refund(part, original=original, amount=amount, earnings=earnings, before=taken)
        assert step.amount >= 0
        assert step.earnings >= 0
        taken = (taken[0] + part, taken[1] + step.amount, taken[2] + step.earnings)
