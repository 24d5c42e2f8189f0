"""Receipts in words a partner understands."""

from headwater.attribution import HitClass, Reason, ruling
from headwater.commissions import OwedReason
from headwater.kit.clock import iso_ms
from headwater.kit.money import display
from headwater.programs import Model
from headwater.receipts.model import Considered, ImportReason, Owing, Receipt
from headwater.receipts.rules import DisputeReason, RefundReason

_RULINGS = [ruling(model) for model in Model]
_WON: dict[str, str] = {said.won: said.why_won for said in _RULINGS}
_LOST: dict[str, str] = {
    Reason.ANOTHER_LEAD_NAMED: "the call named another lead of this customer",
    Reason.AFTER_CONVERSION: "the click came after the conversion",
    Reason.NO_PARTNER: "its link belongs to no partner",
    Reason.OTHER_PROGRAM: "the customer belongs to the program of their first click that qualified",
    Reason.OUTSIDE_WINDOW: "the conversion came after the attribution window had closed",
    Reason.PARTNER_NOT_ENROLLED: "the partner is not enrolled in the program",
    Reason.PARTNER_STOPPED: "the partner had been stopped by then",
    Reason.SELF_REFERRAL: "the customer and the partner are the same person, which this program"
    " refuses",
    Reason.SURFACED_LATER: "it became known only after the first touch had been fixed",
    **{said.lost: said.why_lost for said in _RULINGS},
    ImportReason.DECIDED_ELSEWHERE: "it came with an import, so that was decided before",
}
_NOBODY: dict[str, str] = {
    Reason.NO_TOUCH_QUALIFIED: "Nobody is credited: no click qualified.",
    ImportReason.DECIDED_ELSEWHERE: "Who is credited was decided where this was imported from.",
}
_UNLINKED = "Nobody is credited: no link brought the customer."
_OWED: dict[str, str] = {
    OwedReason.NOBODY_CREDITED: "Nothing is owed, because nobody was credited.",
    OwedReason.DIRECT_SALE_PARITY: "Nothing is owed: this server is set to pay no lead of a direct"
    " sale.",
    OwedReason.LEAD_ALREADY_REWARDED: "Nothing more is owed: the program pays once for winning a"
    " customer, and an earlier lead of this customer was already rewarded.",
    OwedReason.NO_REWARD: "Nothing is owed: the program had no reward for this kind of conversion.",
    OwedReason.ROUNDS_TO_ZERO: "Nothing is owed: the reward comes to less than half of the smallest"
    " coin.",
    ImportReason.DECIDED_ELSEWHERE: "What is owed was decided there too: a commission that came"
    " along says how much.",
    RefundReason.NO_COMMISSION: "Nothing was taken back, because the sale had earned no"
    " commission.",
    RefundReason.ROUNDS_TO_ZERO: "Nothing was taken back: the part comes to less than half of the"
    " smallest coin. A later refund of the same sale will make up for it.",
    RefundReason.AFTER_DISPUTE: "Nothing was taken back, because a dispute had taken all that was"
    " left of the commission.",
    DisputeReason.NO_COMMISSION: "There was nothing to take back: the sale had earned no"
    " commission.",
    DisputeReason.NOTHING_LEFT: "Nothing was taken back, because refunds or an earlier dispute had"
    " taken all of the commission.",
}
_PAID: dict[str, str] = {
    OwedReason.FLAT_REWARD: "{amount} is owed as commission {id}: a flat reward{times} (terms"
    " {terms}).",
    OwedReason.PERCENTAGE_REWARD: "{amount} is owed as commission {id}: a percentage of the sale"
    " (terms {terms}).",
    RefundReason.IN_PROPORTION: "{amount} of commission {id} was taken back with this refund.",
    DisputeReason.IN_FULL: "{amount} of commission {id}, all that was left of it, was taken back"
    " with this dispute, and stays so however it ends.",
}
# A refund decides nobody anew: its first sentence names the sale whose credit it follows.
_FOLLOWS: dict[str, str] = {RefundReason.FOLLOWS_THE_SALE: " of sale {id}"}


CLICK_SHARED = "click_shared"
CLICK_ASSIGNED = f"click:{HitClass.ASSIGNED.value}"


def sentences(receipt: Receipt) -> list[str]:
    reasoning = receipt.reasoning
    said = [_opening(receipt)]
    if not receipt.takes_back:
        said += [_considered(entry) for entry in reasoning.considered]
        said.append(_credited(receipt))
    said.append(_owed(receipt))
    said += [_flag(flag) for flag in reasoning.flags]
    return said


def _opening(receipt: Receipt) -> str:
    when = iso_ms(receipt.decided_at)
    reasoning = receipt.reasoning
    if reasoning.amount is None or reasoning.currency is None:
        times = f" ({reasoning.quantity} of them, in one call)" if reasoning.quantity > 1 else ""
        return f"A {receipt.kind}{times} was recorded and decided at {when}."
    amount = display(reasoning.amount, reasoning.currency)
    follows = _FOLLOWS.get(reasoning.credit, "").format(id=reasoning.sale_id)
    return f"A {receipt.kind} of {amount}{follows} was recorded and decided at {when}."


def _considered(entry: Considered) -> str:
    whose = f"partner {entry.partner_id}" if entry.partner_id else "no partner"
    click = f"The click of {iso_ms(entry.clicked_at)} on link {entry.link_id} ({whose})"
    if entry.verdict == "won":
        return f"{click} won: {_WON[entry.reason]}."
    return f"{click} was not credited: {_LOST[entry.reason]}."


def _credited(receipt: Receipt) -> str:
    program = receipt.reasoning.program
    if receipt.partner_id is None or program is None:
        alone = receipt.link_number is None and not receipt.reasoning.considered
        return _UNLINKED if alone else _NOBODY[receipt.reasoning.credit]
    return (
        f"Partner {receipt.partner_id} is credited under program {program.id}"
        f" ({ruling(Model(program.attribution_model)).title}, {program.window_days} days)."
    )


def _owed(receipt: Receipt) -> str:
    owed: Owing | None = receipt.reasoning.owed
    quantity = receipt.reasoning.quantity
    if owed is None:
        return _OWED[receipt.reasoning.owed_reason]
    paid = _PAID[receipt.reasoning.owed_reason].format(
        amount=display(abs(owed.amount), owed.currency),
        id=owed.commission_id,
        terms=owed.reward_id,
        times=f", {quantity} times" if quantity > 1 else "",
    )
    if owed.due_at is None:
        return paid
    if owed.due_at <= receipt.decided_at:
        return f"{paid} Its hold was over by then."
    return f"{paid} It is held until {iso_ms(owed.due_at)}."


def _flag(flag: str) -> str:
    if flag == CLICK_SHARED:
        return (
            "Note: the same click brought another customer too ('click_shared'). People who share a"
            " device do that, and so does who invents customers; the program manager may want to"
            " look at it."
        )
    if flag == CLICK_ASSIGNED:
        return (
            "Note: nobody was seen to click; the link was chosen by hand, in the inbox"
            f" ({CLICK_ASSIGNED!r})."
        )
    return (
        f"Note: the winning click is marked {flag!r}; the program manager may want to look at it."
    )
