"""POST /sales/{id}/refunds: in parts, repeated, before the sale, and to the cent."""

from typing import Any

import pytest

from tests.http.world import World, problem


def sold(world: World, amount: int = 2900, **fields: Any) -> Any:
    """A sale of a customer somebody new brought."""
    given = {"invoiceId": world.name("in")} | fields
    return world.sale(world.customer(), amount, **given)["sale"]


def commission(world: World, sale: Any) -> Any:
    (found,) = world.client.get(f"/commissions?invoiceId={sale['invoiceId']}")
    return found


def test_a_refund_takes_back_its_part_of_the_commission(world: World) -> None:
    link = world.link()
    sale = world.sale(world.customer(link), invoiceId=world.name("in"))["sale"]
    refund = world.refund(sale["id"], 1000, "r1", reason="changed their mind")
    assert refund == {
        "id": refund["id"],
        "saleId": sale["id"],
        "amount": 1000,
        "currency": "usd",
        "originalAmount": 1000,
        "originalCurrency": "usd",
        "key": "r1",
        "reason": "changed their mind",
        "reversed": 100,
        "receiptId": refund["receiptId"],
        "createdAt": refund["createdAt"],
    }
    left = commission(world, sale)
    assert (left["earnings"], left["originalEarnings"], left["reversed"]) == (190, 290, 100)
    assert left["status"] == "pending"
    now = world.again(link)
    assert (now["sales"], now["saleAmount"]) == (1, 2900), "what was sold stays counted"


def test_the_balance_is_right_as_soon_as_it_is_answered(world: World) -> None:
    partner = world.make_partner()
    sale = world.sale(world.customer(world.link(partner)))["sale"]
    path = f"/balances?partnerId={partner['id']}"
    assert [each["pending"] for each in world.client.get(path)] == [790]
    world.refund(sale["id"], 1000, "r1")
    assert [each["pending"] for each in world.client.get(path)] == [690]


@pytest.mark.parametrize(
    ("amount", "parts"),
    [
        (2900, [2900]),
        (2900, [1, 2899]),
        (999, [333, 333, 333]),
        (1005, [5, 5, 5, 990]),
        (7, [1, 1, 1, 1, 1, 1, 1]),
    ],
)
def test_parts_of_a_full_refund_take_back_exactly_everything(
    world: World, amount: int, parts: list[int]
) -> None:
    sale = sold(world, amount)
    earned = commission(world, sale)["originalEarnings"]
    refunds = [world.refund(sale["id"], part, f"r{index}") for index, part in enumerate(parts)]
    assert sum(refund["amount"] for refund in refunds) == amount
    assert sum(refund["reversed"] for refund in refunds) == earned
    left = commission(world, sale)
    assert (left["earnings"], left["status"]) == (0, "refunded")


def test_a_part_too_small_to_take_anything_back_says_so(world: World) -> None:
    refund = world.refund(sold(world)["id"], 1, "r1")
    assert refund["reversed"] == 0
    receipt = world.receipt(refund["id"])
    assert (receipt["owed"], receipt["owedReason"]) == (None, "refund_rounds_to_zero")


def test_the_same_key_is_one_refund_for_ever_a65(world: World) -> None:
    sale = sold(world)
    first = world.refund(sale["id"], 1000, "r1")
    assert world.refund(sale["id"], 1000, "r1", reason="other words") == first
    assert world.refund(f"ext_{sale['invoiceId']}", 1000, "r1") == first
    assert commission(world, sale)["reversed"] == 100
    assert world.refund(sale["id"], 1000, "r2")["id"] != first["id"]


def test_the_same_key_with_another_amount_is_refused_and_kept(world: World) -> None:
    sale = sold(world)
    world.refund(sale["id"], 1000, "r1")
    body = {"amount": 999, "key": "r1"}
    answer = world.client.call("POST", f"/sales/{sale['id']}/refunds", body)
    error = problem(answer, 409, "conflict", "amount")
    (item,) = [each for each in world.waiting("conflict") if each["id"] in error["message"]]
    assert (item["kind"], item["field"], item["request"]["amount"]) == ("refund", "amount", 999)
    assert commission(world, sale)["reversed"] == 100


@pytest.mark.parametrize(("before", "amount"), [(0, 2901), (2900, 1), (2000, 901)])
def test_more_than_is_left_is_refused_and_kept(world: World, before: int, amount: int) -> None:
    sale = sold(world)
    if before:
        world.refund(sale["id"], before, "r0")
    body = {"amount": amount, "key": "r1"}
    answer = world.client.call("POST", f"/sales/{sale['id']}/refunds", body)
    error = problem(answer, 422, "unprocessable_entity", "amount")
    (item,) = [
        each for each in world.waiting("refund_exceeds_sale") if each["id"] in error["message"]
    ]
    assert item["request"]["amount"] == amount
    if before != 2900:
        left = {"amount": 2900 - before, "key": "r1"}
        done = world.client.post(f"/inbox/{item['id']}/replay", left)
        assert (done["state"], done["result"]["kind"]) == ("resolved", "refund")
        assert commission(world, sale)["earnings"] == 0


def test_a_refund_may_come_before_its_sale(world: World) -> None:
    invoice, customer, click_id = world.name("in"), world.name("u"), world.click(world.link())
    early = world.refund(f"ext_{invoice}", 1000, "r1")
    assert early == {"id": None, "inboxId": early["inboxId"]}
    assert world.refund(f"ext_{invoice}", 1000, "r1") == early
    assert world.item(early["inboxId"])["reason"] == "unknown_sale"
    world.sale(customer, invoiceId=invoice)
    assert world.item(early["inboxId"])["state"] == "waiting", "the sale itself still waits"
    world.lead(click_id, customer)
    after = world.item(early["inboxId"])
    assert (after["state"], after["result"]["kind"]) == ("resolved", "refund")
    assert commission(world, {"invoiceId": invoice})["earnings"] == 190
    assert world.refund(f"ext_{invoice}", 1000, "r1")["id"] == after["result"]["id"]


def test_a_waiting_refund_holds_its_key(world: World) -> None:
    invoice, customer = world.name("in"), world.customer()
    first = world.refund(f"ext_{invoice}", 1000, "r1")
    body = {"amount": 999, "key": "r1"}
    answer = world.client.call("POST", f"/sales/ext_{invoice}/refunds", body)
    error = problem(answer, 409, "conflict", "amount")
    (conflict,) = [each for each in world.waiting("conflict") if each["id"] in error["message"]]
    sale = world.sale(customer, invoiceId=invoice)["sale"]
    assert world.item(first["inboxId"])["state"] == "resolved"
    assert world.item(conflict["id"])["state"] == "waiting"
    assert commission(world, sale)["reversed"] == 100


def test_a_refund_of_a_sale_nobody_was_credited_for_takes_nothing_back(world: World) -> None:
    link = world.link(partnerId=None, programId=None)
    sale = world.sale(world.customer(link))["sale"]
    refund = world.refund(sale["id"], 2900, "r1")
    assert (refund["amount"], refund["reversed"]) == (2900, 0)
    assert world.receipt(refund["id"])["owedReason"] == "refund_no_commission"


def test_an_id_of_ours_that_was_never_made_is_not_found(world: World) -> None:
    answer = world.client.call("POST", "/sales/sale_none/refunds", {"amount": 1, "key": "r"})
    problem(answer, 404, "not_found", "id")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": "1"}, "amount"),
        ({"amount": 2**63}, "amount"),
        ({"key": ""}, "key"),
        ({"key": None}, "key"),
        ({"key": "k" * 256}, "key"),
        ({"reason": "r" * 2001}, "reason"),
    ],
)
def test_a_refund_of_the_wrong_form_names_the_field(
    world: World, fields: dict[str, Any], field: str
) -> None:
    body = {"amount": 1, "key": "r1"} | fields
    answer = world.client.call("POST", "/sales/ext_any/refunds", body)
    problem(answer, 422, "unprocessable_entity", field)
