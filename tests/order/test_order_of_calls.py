"""The smallest inputs for which order once mattered: two orders of the same few, told by hand."""

from dataclasses import replace

from headwater.runtime import App
from tests.order.making import (
    FIRST_ANN,
    FIRST_CID,
    MAIN_ANN,
    MAIN_BOB,
    OTHER_BOB,
    day,
    lead,
    sale,
    visit,
)
from tests.order.perform import books_after
from tests.order.world import Lead


def test_a_click_has_the_time_of_its_first_hit_in_whichever_commits_they_fall(app: App) -> None:
    """The prefetch is the first hit. Counted from the visit, ann's click would be the later one."""
    early, late = visit("c", MAIN_ANN, day(1), "prefetch"), visit("c", MAIN_ANN, day(1.02))
    other = visit("c", MAIN_BOB, day(1.01))
    leads = [lead(late, "Sign up", day(2)), lead(other, "Demo", day(2))]
    rest = [other, *leads, sale("c", "i1", day(3))]
    apart = books_after(app, [[early], [late], *rest])
    together = books_after(app, [[early, late], *rest])
    assert apart.commissions == together.commissions
    assert apart.differences(together) == []


def test_a_click_has_the_time_of_its_first_hit_whichever_is_taken_first(app: App) -> None:
    early, late = visit("c", MAIN_ANN, day(1)), visit("c", MAIN_ANN, day(1.01))
    assert books_after(app, [early, late]).differences(books_after(app, [late, early])) == []


def test_a_lead_without_a_click_attaches_when_its_customer_arrives(app: App) -> None:
    touch = visit("c", MAIN_ANN, day(1))
    first = lead(touch, "Sign up", day(2))
    second = Lead("c", None, None, "Trial", day(3))
    in_turn = books_after(app, [touch, first, second])
    before = books_after(app, [touch, second, first])
    assert in_turn.waiting == []
    assert in_turn.differences(before) == []


def test_a_waiting_sale_keeps_its_lead_when_it_is_sent_again_without_one(app: App) -> None:
    """With the lead left out another partner would be paid."""
    ann, cid = visit("c", FIRST_ANN, day(1)), visit("c", FIRST_CID, day(1.5))
    once = replace(sale("c", "i1", day(3)), lead="Demo")
    again = replace(once, lead=None, at=day(3.1))
    begin, end = [ann, cid, lead(ann, "Sign up", day(2)), once], lead(cid, "Demo", day(4))
    plain, repeated = books_after(app, [*begin, end]), books_after(app, [*begin, again, end])
    assert [row[0] for row in plain.commissions] == ["cid@partners.test"]
    assert plain.differences(repeated) == []


def test_a_self_referral_is_noticed_whichever_lead_brings_the_address(app: App) -> None:
    ann, bob = visit("c", FIRST_ANN, day(1)), visit("c", OTHER_BOB, day(1.5))
    silent, named = lead(ann, "Sign up", day(2)), lead(bob, "Demo", day(2.5), "ann@partners.test")
    bought = replace(sale("c", "i1", day(4)), lead="Sign up")
    one = books_after(app, [ann, bob, silent, named, bought])
    other = books_after(app, [ann, bob, named, silent, bought])
    assert one.commissions == other.commissions


def test_a_sale_that_says_the_partners_address_is_their_own_also_when_it_waited(app: App) -> None:
    touch = visit("c", FIRST_ANN, day(1))
    came = lead(touch, "Sign up", day(2), "x@y.test")
    bought = replace(sale("c", "i1", day(3)), email="ann@partners.test")
    in_turn, before = [
        books_after(app, each) for each in ([touch, came, bought], [touch, bought, came])
    ]
    assert in_turn.commissions == []
    assert in_turn.differences(before) == []
