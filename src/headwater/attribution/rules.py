"""Who gets credit for a conversion, and why. Pure: facts in, a verdict on every touch out.

Checks in order; the first that fails is the reason a touch lost:

    another_lead_named   the call names one lead, and this touch is behind another, or behind none
    after_conversion     the click came after the conversion
    no_partner           the link belongs to nobody who could be paid
    outside_window       conversion at or after click + window (B-17: exactly at its end is out)
    partner_not_enrolled
    partner_stopped      the partner was stopped at or before the conversion
    self_referral        the customer is the partner, and the program refuses that
    other_program        the customer belongs to the program of the first touch that passed so far

Of those that pass, that program's model takes the first or the last (`_pick`), and says so in its
own reasons and words (`ruling`). Both are closed: a new model stops there until somebody decides.

RULE_VERSION stands on every receipt decided here and in commissions/rules.py. When a decision
changes, `tests/rules/test_rule_version.py` asks for a new one.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import assert_never

from headwater.kit.clock import DAY_US
from headwater.kit.mailbox import same_mailbox
from headwater.kit.value import Value
from headwater.programs import Model, SelfReferral

RULE_VERSION = "attribution-1"


class Reason(StrEnum):
    """Why a touch lost, or why it won."""

    ANOTHER_LEAD_NAMED = "another_lead_named"
    AFTER_CONVERSION = "after_conversion"
    NO_PARTNER = "no_partner"
    OUTSIDE_WINDOW = "outside_window"
    PARTNER_NOT_ENROLLED = "partner_not_enrolled"
    PARTNER_STOPPED = "partner_stopped"
    SELF_REFERRAL = "self_referral"
    OTHER_PROGRAM = "other_program"
    EARLIER_TOUCH_WON = "earlier_touch_won"
    LATER_TOUCH_WON = "later_touch_won"
    SURFACED_LATER = "surfaced_later"
    FIRST_TOUCH = "first_touch"
    LAST_TOUCH = "last_touch"
    NO_TOUCH_QUALIFIED = "no_touch_qualified"


class Terms(Value, frozen=True, kw_only=True):
    """What a program says about credit."""

    program_id: str
    model: Model
    window_days: int
    self_referral: SelfReferral
    holding_days: int = 0


class Touch(Value, frozen=True, kw_only=True):
    """One click a customer is known by, with the state of its link and partner: behind a lead, or
    claimed when they signed up and behind none.
    """

    click_id: str
    clicked_at: int
    hit_class: str
    link_number: int
    link_id: str
    link_disabled_at: int | None
    lead_id: str | None
    lead_key: str | None
    lead_position: int | None  # in the order of arrival, which need not be that of time
    partner_id: str | None
    terms: Terms | None
    enrolled: bool
    stopped_at: int | None
    partner_email: str | None

    @property
    def name(self) -> tuple[str, str | None]:
        """A click may stand behind several leads."""
        return self.click_id, self.lead_id

    def link_disabled_by(self, at: int) -> bool:
        """A call that came before its link was disabled still counts afterwards."""
        return self.link_disabled_at is not None and self.link_disabled_at <= at


def came_by(touches: Sequence[Touch]) -> Touch | None:
    """The touch a customer came by: that of the lead that arrived first; None without a lead."""
    arrived = [(each.lead_position, each) for each in touches if each.lead_position is not None]
    return min(arrived, key=lambda pair: pair[0])[1] if arrived else None


class Facts(Value, frozen=True, kw_only=True):
    """Everything the decision may depend on."""

    conversion_at: int
    touches: Sequence[Touch]
    named_lead: str | None
    frozen_click_id: str | None  # the first touch known at the first lead; see tracking/touch.py
    customer_addresses: tuple[str | None, ...]  # as stored, as called, and the id: it may be one


class Verdict(Value, frozen=True, kw_only=True):
    touch: Touch
    won: bool
    reason: Reason


class Credit(Value, frozen=True, kw_only=True):
    """The winner, if any, and a verdict on everyone considered."""

    winner: Touch | None
    reason: Reason
    terms: Terms | None
    verdicts: Sequence[Verdict]
    restatable: bool  # an earlier touch that surfaces is noted on the receipt


class Ruling(Value, frozen=True, kw_only=True):
    """What a model says of the touches that qualify, for data and for people."""

    won: Reason
    lost: Reason
    title: str
    why_won: str
    why_lost: str
    frozen_wins: bool  # as long as it qualifies; then an earlier one restates what it decided


def ruling(model: Model) -> Ruling:
    """The one place where a model gets its reasons, its words and its say on what is frozen."""
    match model:
        case Model.FIRST:
            return Ruling(
                won=Reason.FIRST_TOUCH,
                lost=Reason.EARLIER_TOUCH_WON,
                title="first touch",
                why_won="it is the earliest click that qualifies",
                why_lost="an earlier click counts in this program",
                frozen_wins=True,
            )
        case Model.LAST:
            return Ruling(
                won=Reason.LAST_TOUCH,
                lost=Reason.LATER_TOUCH_WON,
                title="last touch",
                why_won="it is the latest click that qualifies",
                why_lost="a later click counts in this program",
                frozen_wins=False,
            )
        case _:
            assert_never(model)


def credit(facts: Facts) -> Credit:
    touches = sorted(facts.touches, key=lambda touch: (touch.clicked_at, touch.click_id))
    lost = {touch.name: _why_not(facts, touch) for touch in touches}
    passed = [touch for touch in touches if lost[touch.name] is None]
    terms = _program(passed or touches)
    for touch in passed:
        if terms is not None and touch.terms is not None:
            other = touch.terms.program_id != terms.program_id
            lost[touch.name] = Reason.OTHER_PROGRAM if other else None
    qualified = [touch for touch in passed if lost[touch.name] is None]
    winner = _pick(facts, qualified, terms)
    said = None if terms is None else ruling(terms.model)
    verdicts = [_verdict(facts, touch, lost[touch.name], winner, said) for touch in touches]
    won = None if winner is None else said
    return Credit(
        winner=winner,
        reason=Reason.NO_TOUCH_QUALIFIED if won is None else won.won,
        terms=terms,
        verdicts=verdicts,
        restatable=won is not None and won.frozen_wins,
    )


def _program(touches: Sequence[Touch]) -> Terms | None:
    """The program a customer belongs to: a dead click of another one takes nobody's income."""
    return next((touch.terms for touch in touches if touch.terms is not None), None)


def _why_not(facts: Facts, touch: Touch) -> Reason | None:
    """Judged by the terms of the touch's own program."""
    if facts.named_lead is not None and touch.lead_id != facts.named_lead:
        return Reason.ANOTHER_LEAD_NAMED
    if touch.clicked_at > facts.conversion_at:
        return Reason.AFTER_CONVERSION
    terms = touch.terms
    if touch.partner_id is None or terms is None:
        return Reason.NO_PARTNER
    if facts.conversion_at >= touch.clicked_at + terms.window_days * DAY_US:
        return Reason.OUTSIDE_WINDOW
    return _partner_reason(facts, touch, terms)


def _partner_reason(facts: Facts, touch: Touch, terms: Terms) -> Reason | None:
    if not touch.enrolled:
        return Reason.PARTNER_NOT_ENROLLED
    if touch.stopped_at is not None and touch.stopped_at <= facts.conversion_at:
        return Reason.PARTNER_STOPPED
    if terms.self_referral is SelfReferral.REFUSE and _same_person(facts, touch):
        return Reason.SELF_REFERRAL
    return None


def _same_person(facts: Facts, touch: Touch) -> bool:
    return any(same_mailbox(said, touch.partner_email) for said in facts.customer_addresses)


def _pick(facts: Facts, qualified: Sequence[Touch], program: Terms | None) -> Touch | None:
    if not qualified or program is None:
        return None
    match program.model:
        case Model.LAST:
            return qualified[-1]
        case Model.FIRST:
            frozen = [touch for touch in qualified if touch.click_id == facts.frozen_click_id]
            return frozen[0] if frozen else qualified[0]
        case _:
            assert_never(program.model)


def _verdict(
    facts: Facts, touch: Touch, lost: Reason | None, winner: Touch | None, said: Ruling | None
) -> Verdict:
    if lost is not None:
        return Verdict(touch=touch, won=False, reason=lost)
    assert winner is not None
    assert said is not None
    if touch.name == winner.name:
        return Verdict(touch=touch, won=True, reason=said.won)
    frozen_won = said.frozen_wins and winner.click_id == facts.frozen_click_id
    late = frozen_won and touch.clicked_at < winner.clicked_at
    return Verdict(touch=touch, won=False, reason=Reason.SURFACED_LATER if late else said.lost)
