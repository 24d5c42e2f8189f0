"""The inbox: what was kept, why, and how it becomes a fact after all."""

from typing import Any

import pytest

from tests.http.test_leads import forged
from tests.http.world import World, problem


def kept(world: World, reason: str, customer: str) -> Any:
    """The waiting item of a customer's call."""
    (found,) = [
        item
        for item in world.waiting(reason)
        if item["request"].get("customerExternalId") == customer
    ]
    return found


def replay(world: World, item: Any, body: Any = None) -> Any:
    return world.client.post(f"/inbox/{item['id']}/replay", body)


def forged_lead(world: World) -> tuple[Any, str, str]:
    """A kept lead with a wrong click id, its customer, and the right click id."""
    customer, click_id = world.name("u"), world.click(world.link())
    body = {
        "clickId": forged(click_id),
        "eventName": "Sign up",
        "customerExternalId": customer,
        "metadata": {"plan": "pro"},
    }
    assert world.client.call("POST", "/track/lead", body).status == 404
    return kept(world, "forged_click_id", customer), customer, click_id


def test_a_kept_call_says_what_was_sent_why_it_waits_and_what_to_do(world: World) -> None:
    item, customer, _ = forged_lead(world)
    assert item["request"]["customerExternalId"] == customer
    assert item["request"]["metadata"] == {"plan": "pro"}
    assert (item["state"], item["result"], item["resolvedAt"]) == ("waiting", None, None)
    assert "replay with the right clickId" in item["detail"]
    assert world.item(item["id"]) == item


def test_replayed_as_it_was_it_waits_on_with_its_reason(world: World) -> None:
    item, _, _ = forged_lead(world)
    assert replay(world, item) == item


def test_replayed_with_a_correction_it_becomes_a_fact(world: World) -> None:
    """P6."""
    item, customer, click_id = forged_lead(world)
    after = replay(world, item, item["request"] | {"clickId": click_id})
    assert (after["state"], after["result"]["kind"]) == ("resolved", "lead")
    assert after["resolvedAt"] is not None
    again = world.lead(click_id, customer)
    assert again["lead"]["id"] == after["result"]["id"]
    problem(world.client.call("POST", f"/inbox/{item['id']}/replay"), 409, "conflict", None)


def test_a_correction_that_is_wrong_too_leaves_what_was_received_as_it_was(world: World) -> None:
    customer = world.name("u")
    waiting = world.sale(customer, invoiceId=world.name("in"))
    item = world.item(waiting["inboxId"])
    body = {"customerExternalId": customer, "amount": 2900, "clickId": "made-up"}
    after = replay(world, item, body | {"invoiceId": item["request"]["invoiceId"]})
    assert after["request"] == item["request"]
    assert world.item(item["id"]) == item


def wrong_again(world: World) -> tuple[Any, dict[str, Any]]:
    """An item that waits for its customer, and a correction of it with a click id made up."""
    customer = world.name("u")
    item = world.item(world.sale(customer, invoiceId=world.name("in"))["inboxId"])
    return item, item["request"] | {"metadata": None, "clickId": "made-up"}


def test_a_correction_that_is_wrong_too_is_told_its_own_reason(world: World) -> None:
    item, correction = wrong_again(world)
    after = replay(world, item, correction)
    assert (item["reason"], item["field"]) == ("unknown_customer", "customerExternalId")
    assert (after["reason"], after["field"]) == ("forged_click_id", "clickId")
    assert "not made by this server" in after["detail"]
    assert (after["state"], after["result"]) == ("waiting", None)
    lead, _, click_id = forged_lead(world)
    kinds = ("reason", "field")
    again = replay(world, lead, lead["request"] | {"clickId": None})
    assert [again[kind] for kind in kinds] == ["no_click", "clickId"]
    assert replay(world, lead, lead["request"] | {"clickId": click_id})["state"] == "resolved"


def test_a_correction_sent_again_under_its_key_is_told_the_same(world: World) -> None:
    item, correction = wrong_again(world)
    key = world.name("key")

    def send() -> Any:
        path = f"/inbox/{item['id']}/replay"
        return world.client.post(path, correction, idempotency_key=key)

    first = send()
    assert first["reason"] == "forged_click_id"
    assert send() == first
    right = correction | {"clickId": world.click(world.link())}
    done = replay(world, item, right)
    assert done["state"] == "resolved"
    assert send() == done, "by now it is a fact"


def test_a_refund_that_is_still_too_large_says_so(world: World) -> None:
    sale = world.sale(world.customer(), 2900)["sale"]
    refund = {"amount": 3000, "key": "r1"}
    assert world.client.call("POST", f"/sales/{sale['id']}/refunds", refund).status == 422
    (item,) = [
        each
        for each in world.waiting("refund_exceeds_sale")
        if each["request"].get("sale") == sale["id"]
    ]
    after = replay(world, item, refund | {"amount": 2999})
    assert (after["reason"], after["field"]) == ("refund_exceeds_sale", "amount")


def test_a_conflict_that_is_another_fact_is_replayed_under_its_own_key(world: World) -> None:
    link = world.link()
    customer, invoice = world.customer(link), world.name("in")
    world.sale(customer, 2900, invoiceId=invoice)
    world.sale(customer, 500, invoiceId=invoice)
    item = kept(world, "conflict", customer)
    assert replay(world, item)["state"] == "waiting", "as it was it is still a conflict"
    after = replay(world, item, item["request"] | {"invoiceId": world.name("in")})
    assert after["result"]["kind"] == "sale"
    assert (world.again(link)["sales"], world.again(link)["saleAmount"]) == (2, 3400)


@pytest.mark.parametrize(
    "correction", [{"currency": "usd"}, {"currency": "usd", "amount": 500}, {"customer": None}]
)
def test_a_waiting_sale_can_be_corrected_in_every_field(
    world: World, correction: dict[str, Any]
) -> None:
    customer, right = world.customer(), world.customer()
    waiting = world.sale(customer, 2900, currency="uds", invoiceId=world.name("in"))
    item = world.item(waiting["inboxId"])
    changes = dict(correction)
    if "customer" in changes:
        changes = {"customerExternalId": right, "currency": "usd"}
    after = replay(world, item, item["request"] | changes)
    assert (after["state"], after["result"]["kind"]) == ("resolved", "sale")
    receipt = world.receipt(after["result"]["id"])
    assert (receipt["amount"], receipt["currency"]) == (changes.get("amount", 2900), "usd")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"eventName": "Sign up"}, 400, "bad_request"),
        ({"customerExternalId": "u"}, 422, "unprocessable_entity"),
        ({"eventName": 5, "customerExternalId": "u"}, 422, "unprocessable_entity"),
        ([], 422, "unprocessable_entity"),
    ],
)
def test_a_correction_of_the_wrong_form_changes_nothing(
    world: World, body: Any, status: int, code: str
) -> None:
    item, _, _ = forged_lead(world)
    answer = world.client.call("POST", f"/inbox/{item['id']}/replay", body)
    problem(answer, status, code, answer.json["error"].get("field"))
    assert world.item(item["id"]) == item


def test_a_closed_item_cannot_be_replayed(world: World) -> None:
    inbox_id = world.sale(world.customer(), 0)["inboxId"]
    answer = world.client.call("POST", f"/inbox/{inbox_id}/replay")
    problem(answer, 409, "conflict", None)


def test_items_are_listed_by_state_and_reason(world: World) -> None:
    item, _, _ = forged_lead(world)
    closed = world.sale(world.customer(), 0)["inboxId"]

    def listed(query: str) -> list[str]:
        return [each["id"] for each in world.client.get(f"/inbox?{query}")]

    assert listed("pageSize=2") == [closed, item["id"]]
    assert listed("pageSize=1&page=2") == [item["id"]]
    assert listed("state=closed&pageSize=1") == [closed]
    assert item["id"] in listed("state=waiting&reason=forged_click_id")
    assert item["id"] not in listed("state=waiting&reason=unknown_click")
    for query, field in (("state=lost", "state"), ("reason=bad_luck", "reason")):
        answer = world.client.call("GET", f"/inbox?{query}")
        problem(answer, 422, "unprocessable_entity", field)
