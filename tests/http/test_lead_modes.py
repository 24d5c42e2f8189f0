"""POST /track/lead with a mode or a quantity: branches in the order of the reference."""

import json
from typing import Any

import pytest

from tests.http.world import World, problem
from tests.support import run


def deferred(world: World, click_id: str | None, customer: str, **fields: Any) -> Any:
    return world.lead(click_id, customer, mode="deferred", **fields)


@pytest.mark.parametrize("mode", ["async", "wait", None])
def test_async_and_wait_answer_when_all_of_it_is_stored(world: World, mode: str | None) -> None:
    link, customer = world.link(), world.name("u")
    answer = world.lead(world.click(link), customer, mode=mode)
    assert world.again(link)["leads"] == 1
    assert world.receipt(answer["lead"]["id"])["owed"]["amount"] == 500
    assert world.sale(customer)["sale"]["amount"] == 2900


def test_deferred_makes_the_customer_known_and_nothing_else(world: World) -> None:
    link, customer = world.link(), world.name("u")
    click_id = world.click(link)
    answer = deferred(world, click_id, customer, customerName="Sam", customerEmail="s@c.test")
    assert answer["click"] == {"id": click_id}
    assert answer["link"]["id"] == link["id"]
    assert (answer["customer"]["name"], answer["customer"]["externalId"]) == ("Sam", customer)
    assert answer["lead"] is None
    assert world.again(link)["leads"] == 0
    assert world.client.get(f"/receipts?customerExternalId={customer}") == []


def test_a_later_call_without_a_click_completes_the_lead(world: World) -> None:
    link, customer = world.link(), world.name("u")
    click_id = world.click(link)
    deferred(world, click_id, customer, customerName="Sam")
    answer = world.lead(None, customer, "Trial")
    assert (answer["click"]["id"], answer["customer"]["name"]) == (click_id, "Sam")
    told = world.receipt(answer["lead"]["id"])
    assert (told["winner"]["clickId"], told["owed"]["amount"]) == (click_id, 500)
    assert world.again(link)["leads"] == 1


def test_deferred_runs_each_time_and_the_earliest_click_is_the_one(world: World) -> None:
    customer = world.name("u")
    first, second = world.click(world.link()), world.click(world.link())
    assert deferred(world, second, customer)["click"]["id"] == second
    assert deferred(world, first, customer)["click"]["id"] == first
    assert deferred(world, second, customer)["click"]["id"] == second
    assert deferred(world, None, customer)["click"]["id"] == first
    assert world.lead("", customer)["click"]["id"] == first


def test_deferred_under_an_idempotency_key_gives_its_first_answer(world: World) -> None:
    customer, key = world.name("u"), world.name("i")
    earlier, later = world.click(world.link()), world.click(world.link())
    body = {"clickId": later, "eventName": "Trial", "customerExternalId": customer}
    body["mode"] = "deferred"
    first = world.client.post("/track/lead", body, idempotency_key=key)
    deferred(world, earlier, customer)
    assert world.client.post("/track/lead", body, idempotency_key=key) == first


def test_deferred_never_takes_a_lead_away_and_is_no_duplicate_of_one(world: World) -> None:
    link, customer = world.link(), world.name("u")
    click_id = world.click(link)
    first = world.lead(click_id, customer)
    other = world.click(world.link())
    assert deferred(world, other, customer)["lead"] is None
    assert world.lead(None, customer, "Trial")["click"]["id"] == click_id
    assert world.lead(click_id, customer) == first
    assert world.again(link)["leads"] == 2


def test_deferred_of_nobody_known_without_a_click_waits_for_the_customer(world: World) -> None:
    customer = world.name("u")
    body = {"eventName": "Trial", "customerExternalId": customer, "mode": "deferred"}
    refused = world.client.call("POST", "/track/lead", body)
    told = problem(refused, 400, "bad_request", "clickId")
    item = world.item(told["message"].split("kept as ")[1].rstrip("."))
    assert (item["reason"], item["request"]["mode"]) == ("no_click", "deferred")
    world.lead(world.click(world.link()), customer)
    after = world.item(item["id"])
    assert (after["state"], after["result"]["kind"]) == ("resolved", "customer")


@pytest.mark.parametrize("click_id", ["made-up", "0" * 32])
def test_deferred_with_a_click_that_is_none_is_404_and_kept(world: World, click_id: str) -> None:
    customer = world.name("u")
    body = {"clickId": click_id, "eventName": "Trial", "customerExternalId": customer}
    refused = world.client.call("POST", "/track/lead", body | {"mode": "deferred"})
    assert "kept as inb_" in problem(refused, 404, "not_found", "clickId")["message"]


def test_a_lead_that_waited_for_the_customer_follows_the_deferred_one(world: World) -> None:
    link, customer = world.link(), world.name("u")
    body = {"eventName": "Trial", "customerExternalId": customer}
    assert world.client.call("POST", "/track/lead", body).status == 400
    deferred(world, world.click(link), customer)
    assert world.again(link)["leads"] == 1


def test_a_sale_of_a_customer_without_a_lead_is_404_and_attaches_with_the_lead(
    world: World,
) -> None:
    link, customer, invoice = world.link(), world.name("u"), world.name("in")
    deferred(world, world.click(link), customer)
    body = {"customerExternalId": customer, "amount": 2900, "invoiceId": invoice}
    problem(world.client.call("POST", "/track/sale", body), 404, "not_found", "leadEventName")
    assert world.again(link)["sales"] == 0
    world.lead(None, customer)
    assert world.again(link)["sales"] == 1
    assert world.client.post("/track/sale", body)["sale"]["invoiceId"] == invoice


def test_n_leads_by_one_call_count_and_pay_n_times(world: World) -> None:
    link, customer = world.link(), world.name("u")
    click_id = world.click(link)
    answer = world.lead(click_id, customer, eventQuantity=7)
    assert answer["lead"]["eventQuantity"] == 7
    assert world.again(link)["leads"] == 7
    told = world.receipt(answer["lead"]["id"])
    assert (told["quantity"], told["owed"]["amount"]) == (7, 3500)
    assert any("7 of them" in line for line in told["explanation"])
    assert any("a flat reward, 7 times" in line for line in told["explanation"])
    listed = world.client.get("/commissions?type=lead&pageSize=5")
    (commission,) = [each for each in listed if each["id"] == told["owed"]["commissionId"]]
    assert (commission["quantity"], commission["earnings"]) == (7, 3500)
    assert world.lead(click_id, customer, eventQuantity=7) == answer
    assert world.lead(click_id, customer) == answer
    assert world.again(link)["leads"] == 7


def test_another_quantity_under_the_same_event_answers_the_first_and_is_kept(world: World) -> None:
    customer, click_id = world.name("u"), world.click(world.link())
    first = world.lead(click_id, customer, eventQuantity=2)
    assert world.lead(click_id, customer, eventQuantity=3) == first
    found = [
        item
        for item in world.waiting("conflict")
        if item["request"].get("customerExternalId") == customer
    ]
    assert [item["field"] for item in found] == ["eventQuantity"]


@pytest.mark.parametrize("quantity", [0, 101, -1, 1.5, "2"])
def test_a_quantity_is_1_to_100(world: World, quantity: Any) -> None:
    body = {"clickId": "x", "eventName": "Sign up", "customerExternalId": world.name("u")}
    refused = world.client.call("POST", "/track/lead", body | {"eventQuantity": quantity})
    problem(refused, 422, "unprocessable_entity", "eventQuantity")


def test_an_error_never_swallows_the_retry(world: World) -> None:
    """Where the reference claims the event for 7 days before it looks at the click."""
    link, customer = world.link(), world.name("u")
    body = {"clickId": "0" * 32, "eventName": "Sign up", "customerExternalId": customer}
    assert world.client.call("POST", "/track/lead", body).status == 404
    answer = world.lead(world.click(link), customer)
    assert answer["link"]["id"] == link["id"]
    assert world.again(link)["leads"] == 1


def test_the_books_with_quantities_and_deferred_leads_are_proven(world: World) -> None:
    link, customer = world.link(), world.name("u")
    deferred(world, world.click(link), customer)
    world.lead(None, customer, eventQuantity=100)
    done = run("verify", *world.server.store.arguments, "--json")
    assert (done.returncode, json.loads(done.stdout)["differences"]) == (0, []), done.stdout
