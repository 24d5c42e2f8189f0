"""A disabled link earns nothing: what comes through it waits until the link is enabled again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from headwater.kit.clock import iso_ms
from tests.http.world import World, problem


def disabled(world: World, link: Any, at: str | None = "2020-01-01T00:00:00Z") -> None:
    answer = world.client.call("PATCH", f"/links/{link['id']}", {"disabledAt": at})
    assert answer.status == 200, answer.body


def replayed(world: World, item: Any) -> Any:
    return world.client.post(f"/inbox/{item['id']}/replay", None)


def kept(world: World, customer: str) -> Any:
    (item,) = [
        each
        for each in world.waiting("link_disabled")
        if each["request"]["customerExternalId"] == customer
    ]
    return item


def call(world: World, kind: str, click_id: str, customer: str) -> Any:
    body: dict[str, Any] = {"customerExternalId": customer, "clickId": click_id}
    if kind.startswith("sale"):
        return calling(world, kind, body | {"amount": 2900, "invoiceId": world.name("in")})
    mode = "deferred" if kind == "deferred" else "async"
    quantity = 3 if kind == "lead" else None
    kind = "lead" if kind == "deferred" else kind
    named = {"eventName": "Sign up", "mode": mode, "eventQuantity": quantity}
    return calling(world, kind, body | named)


def calling(world: World, kind: str, body: dict[str, Any]) -> Any:
    client = world.page if kind.endswith("/client") else world.client
    return client.call("POST", f"/track/{kind}", body)


@pytest.mark.parametrize("kind", ["lead", "deferred", "lead/client", "sale", "sale/client"])
def test_a_click_of_a_disabled_link_earns_nothing_until_it_is_enabled(
    world: World, kind: str
) -> None:
    link, customer = world.link(), world.name("u")
    click_id = world.click(link)
    disabled(world, link)
    error = problem(call(world, kind, click_id, customer), 404, "not_found", "clickId")
    item = kept(world, customer)
    assert item["id"] in error["message"]
    assert world.again(link)["leads"] == 0
    assert world.client.get(f"/customers?externalId={customer}") == []
    assert replayed(world, item)["reason"] == "link_disabled", "still disabled"
    disabled(world, link, None)
    assert replayed(world, item)["state"] == "resolved"
    expected = {"lead": 3, "deferred": 0}.get(kind, 1)
    assert world.again(link)["leads"] == expected


def test_of_a_known_customer_the_link_they_came_by_counts(world: World) -> None:
    first, second = world.link(), world.link()
    customer = world.customer(first)
    world.lead(world.click(second), customer, "Trial")
    disabled(world, first)
    body = {"customerExternalId": customer, "amount": 2900, "invoiceId": world.name("in")}
    answer = world.client.call("POST", "/track/sale", body)
    problem(answer, 404, "not_found", "customerExternalId")
    item = kept(world, customer)
    disabled(world, first, None)
    disabled(world, second)
    assert replayed(world, item)["state"] == "resolved", "the link credited may be disabled"
    assert world.client.post("/track/sale", body)["sale"]["amount"] == 2900


def test_a_lead_known_already_is_answered_again_through_a_disabled_link(world: World) -> None:
    link, customer = world.link(), world.name("u")
    click_id = world.click(link)
    first = world.lead(click_id, customer)
    disabled(world, link)
    assert world.lead(click_id, customer) == first


def test_what_came_before_the_link_was_disabled_counts_afterwards(world: World) -> None:
    link, other, invoice = world.link(), world.link(), world.name("in")
    customer = world.customer(link)
    body = {"customerExternalId": customer, "amount": 2900, "leadEventName": "Trial"}
    answer = world.client.call("POST", "/track/sale", body | {"invoiceId": invoice})
    assert answer.status == 404, "that lead is still to come"
    disabled(world, link, iso_ms(int((datetime.now(UTC).timestamp() + 0.001) * 1e6)))
    world.lead(world.click(other), customer, "Trial")
    assert world.again(other)["sales"] == 1


def test_a_link_that_is_to_be_disabled_later_still_earns(world: World) -> None:
    link = world.link()
    disabled(world, link, "2100-01-01T00:00:00Z")
    world.lead(world.click(link), world.name("u"))
    assert world.again(link)["leads"] == 1
