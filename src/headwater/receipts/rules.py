"""Why refunds and disputes take back what they do. Who is credited was decided with the sale."""

from enum import StrEnum

# Of `commissions.reversal` and of the reasons here; no rule of attribution decides a refund.
REFUND_RULE_VERSION = "refund-1"
DISPUTE_RULE_VERSION = "dispute-1"  # of `tracking.dispute` and of the reasons here


class RefundReason(StrEnum):
    """The one credit reason of a refund, then why a part of the commission was taken back or
    not.
    """

    FOLLOWS_THE_SALE = "follows_the_sale"
    NO_COMMISSION = "refund_no_commission"
    AFTER_DISPUTE = "refund_after_dispute"
    ROUNDS_TO_ZERO = "refund_rounds_to_zero"
    IN_PROPORTION = "refund_in_proportion"


def reason_of_refund(earned: bool, taken_back: int, *, disputed: bool) -> RefundReason:
    """Whether the sale had earned a commission, and the part of it this refund takes; `disputed`:
    a dispute took what was left of it.
    """
    if not earned:
        return RefundReason.NO_COMMISSION
    if taken_back:
        return RefundReason.IN_PROPORTION
    return RefundReason.AFTER_DISPUTE if disputed else RefundReason.ROUNDS_TO_ZERO


class DisputeReason(StrEnum):
    """Why a dispute took a commission back, or did not; it says of a sale what a refund says."""

    NO_COMMISSION = "dispute_no_commission"
    NOTHING_LEFT = "dispute_nothing_left"
    IN_FULL = "dispute_in_full"


def reason_of_dispute(earned: bool, taken_back: int) -> DisputeReason:
    """A part that is contested takes back all that is left (A-88)."""
    if not earned:
        return DisputeReason.NO_COMMISSION
    return DisputeReason.IN_FULL if taken_back else DisputeReason.NOTHING_LEFT
