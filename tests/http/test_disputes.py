"""POST /sales/{id}/disputes: the commission goes back once, and stays away however it ends."""

from typing import Any

import pytest

from tests.actions.test_concurrency import at_once
from tests.http.test_refunds import commission, sold
from tests.http.world import World, problem


def dispute(world: World, sale: str, key: str = "dp_1", **fields: Any) -> Any:
    return world.client.post(f"/sales/{sale}/disputes", {"key": key} | fields)


def left(world: World, sale: Any) -> tuple[int, int]:
    found = commission(world, sale)
    return found["earnings"], found["reversed"]


def test_a88_a_part_that_is_contested_takes_back_the_whole(world: World) -> None:
    """A-87."""
    partner = world.make_partner()
    sale = world.sale(world.customer(world.link(partner)), 2900, invoiceId=world.name("in"))["sale"]
    told = dispute(world, sale["id"], amount=900, reason="fraudulent")
    assert told == {
        "id": told["id"],
        "saleId": sale["id"],
        "key": "dp_1",
        "originalAmount": 900,
        "reason": "fraudulent",
        "reversed": 290,
        "outcome": None,
        "receiptId": told["receiptId"],
        "openedAt": told["openedAt"],
        "closedAt": None,
    }
    assert left(world, sale) == (0, 290)
    (balance,) = world.client.get(f"/balances?partnerId={partner['id']}")
    assert balance["pending"] == 500, "what the lead earned stays"
    receipt = world.receipt(told["id"])
    assert (receipt["kind"], receipt["owed"]["amount"]) == ("dispute", -290)
    assert "stays so however it ends" in receipt["explanation"][-1]


def test_a89_winning_restores_nothing(world: World) -> None:
    sale = sold(world)
    dispute(world, sale["id"])
    won = dispute(world, sale["id"], state="won")
    assert (won["outcome"], won["closedAt"] is not None) == ("won", True)
    assert left(world, sale) == (0, 290)


@pytest.mark.parametrize(
    "order", [("opened", "lost"), ("lost", "opened"), ("lost", "lost", "opened")]
)
def test_p3_how_it_ended_may_be_heard_first(world: World, order: tuple[str, ...]) -> None:
    sale = sold(world)
    for state in order:
        when = "2025-01-01" if state == "opened" else "2025-03-01"
        told = dispute(world, sale["id"], state=state, occurredAt=when)
    assert (told["openedAt"][:10], told["closedAt"][:10]) == ("2025-01-01", "2025-03-01")
    assert (told["outcome"], told["reversed"], left(world, sale)) == ("lost", 290, (0, 290))


def test_a91_two_disputes_of_one_charge_take_back_once(world: World) -> None:
    sale = sold(world)
    told = at_once(lambda place: dispute(world, sale["id"], f"dp_{place % 2}"), range(4))
    assert len({each["id"] for each in told}) == 2
    assert sorted({each["reversed"] for each in told}) == [0, 290]
    assert left(world, sale) == (0, 290)
    (nothing,) = {each["receiptId"] for each in told if not each["reversed"]}
    assert world.receipt(nothing)["owedReason"] == "dispute_nothing_left"


@pytest.mark.parametrize("first", ["refund", "dispute"])
def test_refunds_and_a_dispute_never_take_back_more_than_was_earned(
    world: World, first: str
) -> None:
    """B-70."""
    sale = sold(world)
    if first == "dispute":
        dispute(world, sale["id"])
    refund = world.refund(sale["id"], 1450, "r1")
    if first == "refund":
        dispute(world, sale["id"])
    assert refund["reversed"] == (145 if first == "refund" else 0)
    why = "refund_in_proportion" if first == "refund" else "refund_after_dispute"
    assert world.receipt(refund["id"])["owedReason"] == why
    rest = world.refund(sale["id"], 1450, "r2")
    assert (rest["reversed"], left(world, sale)) == (0, (0, 290))


def test_a92_a_dispute_that_comes_before_its_sale_waits_for_it(world: World) -> None:
    customer, invoice = world.customer(), world.name("in")
    kept = dispute(world, f"ext_{invoice}")
    ended = dispute(world, f"ext_{invoice}", state="lost")
    assert (kept["id"], world.item(kept["inboxId"])["reason"]) == (None, "unknown_sale")
    sale = world.sale(customer, 2900, invoiceId=invoice)["sale"]
    assert {world.item(each["inboxId"])["state"] for each in (kept, ended)} == {"resolved"}
    assert left(world, sale) == (0, 290)
    assert dispute(world, sale["id"])["outcome"] == "lost"


def test_a_sale_that_earned_nothing_has_nothing_taken_back(world: World) -> None:
    sale = world.sale(world.customer(world.client.post("/links", {"url": "https://acme.test"})))
    told = dispute(world, sale["sale"]["id"])
    assert told["reversed"] == 0
    assert world.receipt(told["id"])["owedReason"] == "dispute_no_commission"


def test_another_amount_or_end_under_the_same_key_is_a_conflict(world: World) -> None:
    sale = sold(world)["id"]
    dispute(world, sale, amount=900)
    dispute(world, sale, state="won")
    for said, field in (({"amount": 901}, "amount"), ({"state": "lost"}, "state")):
        answer = world.client.call("POST", f"/sales/{sale}/disputes", {"key": "dp_1"} | said)
        problem(answer, 409, "conflict", field)


def test_a_sale_that_never_was_has_no_dispute(world: World) -> None:
    answer = world.client.call("POST", "/sales/sale_none/disputes", {"key": "d"})
    problem(answer, 404, "not_found", "id")
    answer = world.stranger.call("POST", f"/sales/{sold(world)['id']}/disputes", {"key": "d"})
    problem(answer, 404, "not_found", "id")
