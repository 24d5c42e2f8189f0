"""Lives of paying customers: what the naive model expects, and every way to be wrong is found."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from headwater.simulate.differences import Differences
from headwater.simulate.lives import Life, earned, lives_of, reversed_there, told_of
from headwater.simulate.stripe import paid, subscribed, taken_back
from headwater.simulate.told import TRACKERS, Held, compare_years, iso, story_of
from tests.billing.shapes import shaped

DAY_S = 86_400
MOMENTS = [1_780_000_000 + month * 30 * DAY_S for month in range(14)]
LIFE = Life(
    number=0,
    brought_by_network=True,
    trial=True,
    price=2905,
    paid=(1, 2, 3),
    taken_back={3: "dispute"},
)
OTHER = Life(number=1, brought_by_network=False, trial=False, price=1000, paid=(0, 7))


def conversion(kind: str, at: int, order: str = "IR_AN_64_TS", **more: Any) -> dict[str, Any]:
    fields = {
        "CustomerId": LIFE.name,
        "ActionTrackerId": TRACKERS[kind],
        "OrderId": order,
        "EventDate": iso(at),
    }
    sent_at = at + (0 if kind == "signup" else 301)
    return {"method": "POST", "status": 200, "at": sent_at, "fields": fields | more}


def visit(**more: Any) -> dict[str, Any]:
    fields = conversion("visit", MOMENTS[0])["fields"] | {"ClickId": "network-0"} | more
    del fields["CustomerId"]
    return {"method": "POST", "status": 200, "at": MOMENTS[0], "fields": fields}


def right() -> dict[str, Any]:
    """What comes of both lives where nothing goes wrong."""
    worth = {"ItemSubTotal1": "29.05", "CurrencyCode": "USD"}
    requests = [
        visit(),
        conversion("signup", MOMENTS[0]),
        conversion("trialStart", MOMENTS[0]),
        conversion("trialEnd", MOMENTS[0] + 30 * DAY_S),
        *(conversion("sale", MOMENTS[m], LIFE.invoice(m), **worth) for m in LIFE.paid),
        {"method": "DELETE", "status": 200, "at": 0, "fields": {"OrderId": LIFE.invoice(3)}},
    ]
    actions = [{"Oid": LIFE.invoice(3), "State": "REVERSED"}]
    attempts = {f"dlv_{n}": 1 for n in range(len(requests))}
    return {
        "requests": requests,
        "actions": actions,
        "attempts": attempts,
        "earned": 1362,
        "due": 1362,
    }


def differences(held: dict[str, Any]) -> list[str]:
    found = Differences()
    compare_years([LIFE, OTHER], MOMENTS, Held(**held), found)
    return [each["what"] for each in found.to_json()]


def test_what_lives_come_to_is_counted_by_hand() -> None:
    """Two sales of 29.05 that stand and one of 10.00 within the window, at a fifth."""
    assert [each.kind for each in told_of(LIFE)] == [
        *("visit", "signup", "trialStart", "trialEnd"),
        *["sale"] * 3,
    ]
    assert (told_of(OTHER), reversed_there(OTHER)) == ([], [])
    assert reversed_there(LIFE) == ["in_0_3"]
    assert earned(LIFE) + earned(OTHER) == 2 * 581 + 200
    assert [earned(LIFE, months) for months in ((2, 3), (1, 2), (4,))] == [581, 1162, 0]
    assert differences(right()) == []


def lost(held: dict[str, Any]) -> None:
    del held["requests"][5]


def doubled(held: dict[str, Any]) -> None:
    held["requests"].append(held["requests"][5])


def planned_twice(held: dict[str, Any]) -> None:
    held["attempts"]["dlv_more"] = 1


def of_another_worth(held: dict[str, Any]) -> None:
    held["requests"][5]["fields"]["ItemSubTotal1"] = "29.06"


def of_another_day(held: dict[str, Any]) -> None:
    held["requests"][5]["fields"]["EventDate"] = iso(MOMENTS[2] + 1)


def too_early(held: dict[str, Any]) -> None:
    held["requests"][2]["at"] -= 10


def before_its_parent(held: dict[str, Any]) -> None:
    held["requests"].insert(1, held["requests"].pop(2))


def of_nobody(held: dict[str, Any]) -> None:
    held["requests"].append(conversion("signup", MOMENTS[0], CustomerId=OTHER.name))


def a_visit_that_says_who(held: dict[str, Any]) -> None:
    """A-40."""
    held["requests"][0]["fields"]["CustomerStatus"] = "NEW"


def a_visit_of_nobody(held: dict[str, Any]) -> None:
    held["requests"].append(visit(ClickId="network-1"))


def a_visit_told_again(held: dict[str, Any]) -> None:
    held["requests"].append(visit())


def not_taken_back(held: dict[str, Any]) -> None:
    held["actions"][0]["State"] = "PENDING"


def taken_back_too(held: dict[str, Any]) -> None:
    held["actions"].append({"Oid": LIFE.invoice(1), "State": "REVERSED"})


def paid_for_what_was_given_back(held: dict[str, Any]) -> None:
    held["earned"] += 581


def held_for_ever(held: dict[str, Any]) -> None:
    held["due"] -= 581


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (lost, "report"),
        (doubled, "report"),
        (planned_twice, "deliveries"),
        (of_another_worth, "report"),
        (of_another_day, "event date"),
        (too_early, "gap"),
        (before_its_parent, "gap"),
        (of_nobody, "report"),
        (a_visit_that_says_who, "report"),
        (a_visit_of_nobody, "report"),
        (a_visit_told_again, "report"),
        (not_taken_back, "taken back"),
        (taken_back_too, "taken back"),
        (paid_for_what_was_given_back, "earned in a year"),
        (held_for_ever, "due after a year"),
    ],
)
def test_whatever_is_wrong_is_a_difference(
    wrong: Callable[[dict[str, Any]], None], what: str
) -> None:
    held = right()
    wrong(held)
    assert what in differences(held)


def test_what_is_sent_again_for_want_of_an_answer_is_no_difference() -> None:
    held = right()
    doubled(held)
    held["attempts"]["dlv_5"] = 2
    assert differences(held) == []


def test_a_seed_stays_what_it_is_and_has_lives_of_every_kind() -> None:
    lives = lives_of(1, 12)
    assert lives == lives_of(1, 12) != lives_of(2, 12)
    kinds = {(each.trial, each.brought_by_network) for each in lives[:4]}
    assert kinds == {(True, True), (False, True), (False, False)}
    assert all(set(each.taken_back) <= set(each.paid) for each in lives)
    many = lives_of(1, 40)
    assert {why for each in many for why in each.taken_back.values()} == {"refund", "dispute"}
    assert any(each.trial and not each.paid for each in many)


def test_a_life_is_told_in_order_of_its_days() -> None:
    days = [day for day, _ in story_of(LIFE, MOMENTS, Held(**right()))]
    assert days == sorted(days)


def test_events_have_no_field_that_stripe_does_not_know() -> None:
    """By the types of its official package."""
    types = {
        "invoice": stripe.Invoice,
        "invoice_payment": stripe.InvoicePayment,
        "subscription": stripe.Subscription,
        "charge": stripe.Charge,
        "dispute": stripe.Dispute,
    }
    made = [*paid(LIFE, 1, 0), subscribed(LIFE, "active", 0, 0)]
    made += [taken_back(LIFE, 1, why, 0) for why in ("refund", "dispute")]
    for each in made:
        own = each["data"]["object"]
        shaped(types[own["object"]], own)
