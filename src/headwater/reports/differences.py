"""Whether a network has of a sale what it was told, and what of it can be told again."""

from collections.abc import Sequence
from enum import StrEnum

from msgspec.structs import replace

from headwater.conversions import Sale
from headwater.delivery import Settlement, State, Told
from headwater.kit.clock import HOUR_US
from headwater.kit.value import Value
from headwater.reports.listing import PENDING, REVERSED, Action

SHOWN_AFTER_US = HOUR_US  # what was just taken may not be listed yet
NOT_TOLD = "not_told"
TWICE = "twice"
ERASED = "body_erased"


class Kind(StrEnum):
    NOT_RECEIVED = "not_received"
    NOT_SENT = "not_sent"
    DIFFERENT = "different"
    REVERSED_THERE = "reversed_there"
    NOT_REVERSED = "not_reversed"
    EXTRA = "extra"
    ABOUT_TO_LOCK = "about_to_lock"


class Own(Value, frozen=True, kw_only=True):
    """A sale and what the network was told of it, None where it was told nothing. `amount`: what it
    should have there, after corrections.
    """

    sale: Sale
    order_id: str
    amount: int
    currency: str
    report: Told | None
    correction: Told | None
    reversal: Told | None


class Difference(Value, frozen=True, kw_only=True):
    """`ours`: what should be there, in minor units of `currency`; None where there is no sale.
    `again`: the report `told` can be sent again, and nothing is paid twice; `then`: and this one
    after it, as it was about the one that is not there.
    """

    kind: Kind
    order_id: str
    sale_id: str | None = None
    ours: int | None = None
    currency: str = ""
    action: Action | None = None
    reason: str | None = None
    told: Told | None = None
    then: Told | None = None
    again: bool = False


def of_sale(own: Own, actions: Sequence[Action], now_us: int) -> list[Difference]:
    """`actions`: those under its order id. One that counts stands for the sale, a second is paid
    twice.
    """
    if not actions:
        return _absent(own, now_us)
    live = [each for each in actions if each.state != REVERSED]
    found = _present(own, (live or actions)[0])
    twice = [_difference(own, Kind.EXTRA, action=each, reason=TWICE) for each in live[1:]]
    return found + twice


def _absent(own: Own, now_us: int) -> list[Difference]:
    """What was taken back need not be there; what is under way, or was just taken, may yet be.
    Where the network gave a reason, also that it had it already, a person has to look.
    """
    report = own.report
    if report is None or report.state in (State.SKIPPED, State.WAITING) or _sent(own.reversal):
        return []
    if report.state is State.DEAD:
        return [_difference(own, Kind.NOT_SENT, told=report, reason=report.last_error)]
    fresh = (report.delivered_at or 0) > now_us - SHOWN_AFTER_US
    if fresh or report.settlement is Settlement.PENDING:
        return []
    answered = report.reason is not None and report.settlement is not Settlement.UNKNOWN
    then = own.correction if _sent(own.correction) else None
    erased = report.body is None or (then is not None and then.body is None)
    reason = ERASED if erased and not answered else report.reason
    again = not (answered or erased)
    found = _difference(own, Kind.NOT_RECEIVED, told=report, reason=reason, again=again)
    return [replace(found, then=then)]


def _present(own: Own, action: Action) -> list[Difference]:
    """What is under way is not judged: whichever state the network is in, it may be the one
    before. Corrected to nothing is taken back.
    """
    report, correction, reversal = own.report, own.correction, own.reversal
    if report is None or report.state is State.SKIPPED:
        reason = NOT_TOLD if report is None else report.last_error
        return [_difference(own, Kind.EXTRA, action=action, reason=reason)]
    if any(_under_way(each) for each in (report, correction, reversal)):
        return []
    if action.state == REVERSED:
        by_us = _sent(reversal) or own.amount == 0
        return [] if by_us else [_difference(own, Kind.REVERSED_THERE, action=action)]
    if _sent(reversal):
        return [_unheard(own, Kind.NOT_REVERSED, action, reversal)]
    if (own.amount, own.currency) == (action.amount, action.currency):
        return []
    return [_unheard(own, Kind.DIFFERENT, action, correction if _sent(correction) else None)]


def _unheard(own: Own, kind: Kind, action: Action, told: Told | None) -> Difference:
    """A reversal or a correction that came to nothing; while the action is open it may be said
    again: neither adds to what is paid. Not where the sale itself was given up: it hangs on that.
    """
    if told is None:
        return _difference(own, kind, action=action)
    reason = told.reason or told.last_error
    orphan = own.report is not None and own.report.state is State.DEAD
    again = action.state == PENDING and told.body is not None and not orphan
    again = again and told.settlement is not Settlement.ACCEPTED
    return _difference(own, kind, action=action, told=told, reason=reason, again=again)


def _difference(
    own: Own, kind: Kind, *, action: Action | None = None, told: Told | None = None,
    reason: str | None = None, again: bool = False,
) -> Difference:  # fmt: skip
    return Difference(
        kind=kind,
        order_id=own.order_id,
        sale_id=own.sale.id,
        ours=own.amount,
        currency=own.currency,
        action=action,
        told=told,
        reason=reason,
        again=again,
    )


def _sent(told: Told | None) -> bool:
    return told is not None and told.state is not State.SKIPPED


def _under_way(told: Told | None) -> bool:
    """A report that died may have been taken all the same."""
    return told is not None and (
        told.state is State.WAITING or told.settlement is Settlement.PENDING
    )


def of_nothing(action: Action) -> Difference:
    """There is no sale under this order id."""
    return Difference(kind=Kind.EXTRA, order_id=action.order_id, action=action, reason=NOT_TOLD)


def locking(actions: Sequence[Action], now_us: int, before: int) -> list[Difference]:
    """Soon neither a correction nor a reversal reaches these any more."""
    return [
        Difference(kind=Kind.ABOUT_TO_LOCK, order_id=each.order_id, action=each)
        for each in sorted(actions, key=lambda own: own.locks_at or 0)
        if each.state == PENDING and each.locks_at is not None and now_us < each.locks_at <= before
    ]
