"""Who is credited and why: cases in the order of the checks, then properties over all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from headwater.attribution import Facts, Reason, Terms, Touch, credit
from headwater.kit.clock import DAY_US
from headwater.programs import Model, SelfReferral

NOW = 1_700_000_000_000_000
CUSTOMER = "sam@customer.test"

LAST = Terms(
    program_id="prog_a", model=Model.LAST, window_days=30, self_referral=SelfReferral.REFUSE
)
FIRST = replace(LAST, model=Model.FIRST)
LENIENT = replace(LAST, self_referral=SelfReferral.ALLOW)
OTHER = replace(LAST, program_id="prog_b")


def touch(name="a", *, ago_days=1, **changes):
    """A click of a partner `ago_days` before the conversion, good enough to win."""
    base = Touch(
        click_id=f"click_{name}",
        clicked_at=NOW - int(ago_days * DAY_US),
        hit_class="human",
        link_number=1,
        link_id=f"link_{name}",
        link_disabled_at=None,
        lead_id=f"lead_{name}",
        lead_key=name,
        lead_position=0,
        partner_id=f"pn_{name}",
        terms=LAST,
        enrolled=True,
        stopped_at=None,
        partner_email=f"{name}@partner.test",
    )
    return replace(base, **changes)


def decide(*touches, at=NOW, named=None, frozen=None, email=CUSTOMER):
    facts = Facts(
        conversion_at=at,
        touches=touches,
        named_lead=named,
        frozen_click_id=frozen,
        customer_addresses=email if isinstance(email, tuple) else (email,),
    )
    return credit(facts)


def reasons(credited):
    return {verdict.touch.lead_key: verdict.reason.value for verdict in credited.verdicts}


def winner(credited):
    return credited.winner.lead_key if credited.winner else None


# In the order of the checks: each touch fails its check and every later one as well.
LOSERS = [
    ("another_lead_named", {"clicked_at": NOW + 1, "partner_id": None, "terms": None}),
    ("after_conversion", {"clicked_at": NOW + 1, "partner_id": None, "terms": None}),
    ("no_partner", {"partner_id": None, "terms": None}),
    ("outside_window", {"clicked_at": NOW - 30 * DAY_US, "enrolled": False, "stopped_at": NOW}),
    ("partner_not_enrolled", {"enrolled": False, "stopped_at": NOW, "partner_email": CUSTOMER}),
    ("partner_stopped", {"stopped_at": NOW, "partner_email": CUSTOMER}),
    ("self_referral", {"partner_email": CUSTOMER}),
]


@pytest.mark.parametrize(("reason", "changes"), LOSERS, ids=[case[0] for case in LOSERS])
def test_the_first_check_that_fails_is_the_reason(reason, changes):
    loser = touch("loser", **changes)
    # An older click that is out of its window, so that nobody wins.
    owner = touch("owner", ago_days=40)
    named = "lead_owner" if reason == "another_lead_named" else None
    decided = decide(owner, loser, named=named)
    assert reasons(decided)["loser"] == reason
    assert winner(decided) is None


def test_each_touch_of_a_crowd_has_its_own_reason_b43():
    owner = touch("outside_window", ago_days=41)
    others = [case for case in LOSERS[1:] if case[0] != "outside_window"]
    losers = [touch(reason, **changes) for reason, changes in others]
    decided = decide(owner, *losers, touch("last_touch", ago_days=1))
    assert winner(decided) == "last_touch"
    told = reasons(decided)
    assert told == {name: name for name in told}
    assert len(told) == len(LOSERS)


def test_nobody_without_any_touch():
    decided = decide()
    assert (decided.winner, decided.terms, decided.reason) == (None, None, "no_touch_qualified")
    assert decided.verdicts == []


def test_nobody_where_every_touch_expired_b27():
    decided = decide(touch("a", ago_days=31), touch("b", ago_days=35))
    assert decided.winner is None
    assert set(reasons(decided).values()) == {"outside_window"}


@pytest.mark.parametrize(
    ("after_click_us", "credited"),
    [
        (0, True),
        (30 * DAY_US - 1000, True),
        (30 * DAY_US - 1, True),
        (30 * DAY_US, False),
        (30 * DAY_US + 1, False),
    ],
)
def test_the_window_ends_exactly_at_its_end_b17(after_click_us, credited):
    decided = decide(touch(clicked_at=NOW), at=NOW + after_click_us)
    assert (decided.winner is not None) is credited


@pytest.mark.parametrize("days", [1, 7, 3650])
def test_the_window_is_as_long_as_the_program_says_b17(days):
    terms = replace(LAST, window_days=days)
    inside = touch(clicked_at=NOW - days * DAY_US + 1, terms=terms)
    outside = touch(clicked_at=NOW - days * DAY_US, terms=terms)
    assert winner(decide(inside)) == "a"
    assert winner(decide(outside)) is None


def test_last_touch_takes_the_newest_and_names_the_losers():
    decided = decide(touch("new", ago_days=1), touch("old", ago_days=9), touch("mid", ago_days=5))
    assert winner(decided) == "new"
    assert decided.reason == "last_touch"
    assert reasons(decided) == {
        "old": "later_touch_won",
        "mid": "later_touch_won",
        "new": "last_touch",
    }


def test_first_touch_takes_the_oldest_b26():
    old, new = touch("old", ago_days=9, terms=FIRST), touch("new", ago_days=1, terms=FIRST)
    decided = decide(new, old)
    assert winner(decided) == "old"
    assert decided.reason == "first_touch"
    assert reasons(decided) == {"old": "first_touch", "new": "earlier_touch_won"}


def test_a_frozen_first_touch_is_never_overwritten_a3():
    frozen = touch("frozen", ago_days=5, terms=FIRST)
    surfaced = touch("surfaced", ago_days=9, terms=FIRST)
    later = touch("later", ago_days=1, terms=FIRST)
    decided = decide(surfaced, frozen, later, frozen="click_frozen")
    assert winner(decided) == "frozen"
    assert reasons(decided) == {
        "surfaced": "surfaced_later",
        "frozen": "first_touch",
        "later": "earlier_touch_won",
    }


def test_a_frozen_first_touch_that_no_longer_qualifies_gives_way():
    expired = touch("expired", ago_days=31, terms=FIRST)
    old, new = touch("old", ago_days=9, terms=FIRST), touch("new", ago_days=1, terms=FIRST)
    decided = decide(expired, old, new, frozen="click_expired")
    assert winner(decided) == "old"
    assert reasons(decided)["expired"] == "outside_window"


def test_a_frozen_first_touch_decides_nothing_in_a_last_touch_program():
    decided = decide(touch("old", ago_days=9), touch("new", ago_days=1), frozen="click_old")
    assert winner(decided) == "new"


@pytest.mark.parametrize(
    ("stopped_at", "credited"), [(NOW - 1, False), (NOW, False), (NOW + 1, True), (None, True)]
)
def test_a_partner_stopped_by_the_conversion_earns_nothing(stopped_at, credited):
    decided = decide(touch(stopped_at=stopped_at))
    assert (decided.winner is not None) is credited


def test_when_the_newest_partner_was_stopped_the_one_before_wins():
    decided = decide(touch("old", ago_days=9), touch("new", stopped_at=NOW - DAY_US))
    assert winner(decided) == "old"
    assert reasons(decided) == {"old": "last_touch", "new": "partner_stopped"}


@pytest.mark.parametrize("email", [CUSTOMER, " SAM@Customer.Test ", "sam@CUSTOMER.test"])
def test_self_referral_is_refused_b34(email):
    assert reasons(decide(touch(partner_email=email))) == {"a": "self_referral"}


@pytest.mark.parametrize("place", [0, 1, 2])
def test_any_address_of_the_customer_may_be_the_partners(place):
    """As stored, as called, or an external id that is one."""
    known = ["x@y.test", None, "u_1"]
    assert winner(decide(touch(partner_email=CUSTOMER), email=tuple(known))) == "a"
    known[place] = CUSTOMER
    told = decide(touch(partner_email=CUSTOMER), email=tuple(known))
    assert reasons(told) == {"a": "self_referral"}


@pytest.mark.parametrize(("customer", "partner"), [(None, CUSTOMER), (CUSTOMER, None), ("", "")])
def test_an_unknown_address_is_nobodys_own(customer, partner):
    assert winner(decide(touch(partner_email=partner), email=customer)) == "a"


def test_self_referral_is_credited_where_the_program_allows_it():
    assert winner(decide(touch(partner_email=CUSTOMER, terms=LENIENT))) == "a"


def test_a_customer_belongs_to_the_program_of_their_first_partner_touch():
    decided = decide(touch("b", ago_days=9, terms=OTHER), touch("a", ago_days=1))
    assert winner(decided) == "b"
    assert decided.terms == OTHER
    assert reasons(decided) == {"b": "last_touch", "a": "other_program"}


@pytest.mark.parametrize(
    "dead",
    [
        {"ago_days": 40},
        {"enrolled": False},
        {"stopped_at": NOW - DAY_US},
        {"partner_email": CUSTOMER},
    ],
    ids=["expired", "not enrolled", "stopped", "self-referral"],
)
def test_a_dead_click_of_another_program_takes_nobodys_income(dead):
    """The customer belongs to the program of the first click that passed its own checks."""
    decided = decide(touch("b", **{"ago_days": 9, "terms": OTHER} | dead), touch("a", ago_days=1))
    assert winner(decided) == "a"


def test_a_click_on_a_link_of_nobody_does_not_choose_the_program():
    nobodys = touch("n", ago_days=20, partner_id=None, terms=None)
    decided = decide(nobodys, touch("a", ago_days=1))
    assert winner(decided) == "a"
    assert reasons(decided)["n"] == "no_partner"


def test_a_named_lead_is_the_only_one_in_question():
    decided = decide(touch("a", ago_days=9), touch("b", ago_days=1), named="lead_a")
    assert winner(decided) == "a"
    assert reasons(decided) == {"a": "last_touch", "b": "another_lead_named"}


def test_a_named_lead_also_decides_the_program():
    decided = decide(touch("b", ago_days=9, terms=OTHER), touch("a"), named="lead_a")
    assert winner(decided) == "a"
    assert decided.terms == LAST


def test_a_click_at_the_very_moment_of_the_conversion_counts():
    assert winner(decide(touch(clicked_at=NOW))) == "a"


def test_clicks_of_one_moment_are_told_apart_by_their_id():
    one, two = touch("a", ago_days=1), touch("b", ago_days=1)
    assert winner(decide(one, two)) == winner(decide(two, one)) == "b"


PARTNER_STATES = st.sampled_from([None, NOW - DAY_US, NOW, NOW + DAY_US])


@st.composite
def crowds(draw):
    """Up to six touches of any kind, each behind a lead of its own."""
    terms = draw(st.sampled_from([replace(LAST, model=model) for model in Model]))
    count = draw(st.integers(0, 6))
    made = []
    for index in range(count):
        nobodys = draw(st.booleans()) and draw(st.booleans())
        made.append(
            touch(
                f"t{index}",
                ago_days=draw(st.integers(-1, 40)),
                terms=None if nobodys else draw(st.sampled_from([terms, terms, OTHER])),
                partner_id=None if nobodys else f"pn_{index}",
                enrolled=draw(st.sampled_from([True, True, False])),
                stopped_at=draw(PARTNER_STATES),
                partner_email=draw(st.sampled_from([CUSTOMER, "p@partner.test", None])),
            )
        )
    return made


@given(crowds(), st.randoms(use_true_random=False))
def test_the_order_in_which_touches_are_read_changes_nothing(crowd, chance):
    shuffled = list(crowd)
    chance.shuffle(shuffled)
    assert decide(*shuffled) == decide(*crowd)


@given(crowds())
def test_everyone_gets_a_verdict_and_at_most_one_wins(crowd):
    decided = decide(*crowd)
    assert {verdict.touch.lead_id for verdict in decided.verdicts} == {t.lead_id for t in crowd}
    won = [verdict.touch for verdict in decided.verdicts if verdict.won]
    assert won == ([] if decided.winner is None else [decided.winner])
    assert (decided.reason is Reason.NO_TOUCH_QUALIFIED) is (decided.winner is None)


@given(crowds())
def test_whoever_wins_could_be_paid(crowd):
    found = decide(*crowd).winner
    if found is None:
        return
    assert found.partner_id is not None
    assert found.enrolled
    assert found.stopped_at is None or found.stopped_at > NOW
    assert found.clicked_at <= NOW < found.clicked_at + 30 * DAY_US
    assert found.partner_email != CUSTOMER


def under_first(terms):
    return FIRST if terms is not None and terms.program_id == FIRST.program_id else terms


@given(crowds(), st.integers(0, 5))
def test_freezing_the_winner_of_a_first_touch_program_keeps_it_a2_a3(crowd, index):
    """Whatever surfaces later, the touch that was frozen wins as long as it qualifies."""
    crowd = [replace(each, terms=under_first(each.terms)) for each in crowd]
    found = decide(*crowd).winner
    if found is None or found.terms != FIRST:
        return
    surfaced = touch("surfaced", ago_days=29 - index, terms=FIRST)
    again = decide(*crowd, surfaced, frozen=found.click_id)
    if again.terms == FIRST:
        assert again.winner == found
