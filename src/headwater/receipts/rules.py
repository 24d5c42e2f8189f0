"""Why a refund takes back what it takes back. Who is credited was decided with its sale."""

from enum import StrEnum

# Of `commissions.reversal` and of the reasons here; no rule of attribution decides a refund.
REFUND_RULE_VERSION = "refund-1"


class RefundReason(StrEnum):
    """The one credit reason of a refund, then why a part of the commission was taken back or
    not.
    """

    FOLLOWS_THE_SALE = "follows_the_sale"
    NO_COMMISSION = "refund_no_commission"
    ROUNDS_TO_ZERO = "refund_rounds_to_zero"
    IN_PROPORTION = "refund_in_proportion"


def reason_of_refund(earned: bool, taken_back: int) -> RefundReason:
    """Whether the sale had earned a commission, and the part of it this refund takes."""
    if not earned:
        return RefundReason.NO_COMMISSION
    return RefundReason.IN_PROPORTION if taken_back else RefundReason.ROUNDS_TO_ZERO
