"""Idempotency-Key: the same request under a key is one fact for ever; another one is refused."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.http.world import World, problem
from tests.support import Answer

HEADER = "Idempotency-Key"


def send(world: World, path: str, body: Any, key: str) -> Answer:
    return world.client.call("POST", path, body, headers={HEADER: key})


def requests(world: World) -> dict[str, tuple[str, Any]]:
    """A POST of every kind that makes something."""
    program = world.make_program()
    sale = world.sale(world.customer())["sale"]
    customer = world.customer()
    reward = {"event": "sale", "type": "flat", "amountInCents": 5}
    kept_call = {"customerExternalId": world.name("u"), "amount": 5}
    kept = world.client.post("/track/sale", kept_call)
    hook = {"name": "h", "url": "http://127.0.0.1:9/", "triggers": ["lead.created"]}
    lead = {
        "clickId": world.click(world.link()),
        "eventName": "Sign up",
        "customerExternalId": world.name("u"),
    }
    return {
        "link": ("/links", {"url": "https://acme.test"}),
        "program": ("/programs", {"name": "Main"}),
        "reward": (f"/programs/{program['id']}/rewards", reward),
        "partner": (
            "/partners",
            {"email": f"{world.name()}@p.test", "programId": program["id"]},
        ),
        "rate": ("/rates", {"currency": "czk", "date": "2019-01-01", "rate": "22.1"}),
        "webhook": ("/webhooks", hook),
        "lead": ("/track/lead", lead),
        "sale": ("/track/sale", {"customerExternalId": customer, "amount": 2900}),
        "refund": (f"/sales/{sale['id']}/refunds", {"amount": 5, "key": world.name("r")}),
        "stop": (
            "/partners/deactivate",
            {"partnerId": world.make_partner()["id"], "programId": world.program["id"]},
        ),
        "replay": (f"/inbox/{kept['inboxId']}/replay", kept_call | {"clickId": None}),
        "kept sale": ("/track/sale", {"customerExternalId": world.name("u"), "amount": 2900}),
    }


KINDS = [
    *"link program reward partner stop rate webhook lead sale refund replay".split(),
    "kept sale",
]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_request_under_a_key_is_one_fact_a65(world: World, kind: str) -> None:
    path, body = requests(world)[kind]
    key = world.name("key")
    first = send(world, path, body, key)
    assert first.status in (200, 201), first.body
    for _ in range(2):
        again = send(world, path, body, key)
        assert (again.status, again.json) == (first.status, first.json)


@pytest.mark.parametrize("kind", KINDS)
def test_another_request_under_a_key_is_refused(world: World, kind: str) -> None:
    path, body = requests(world)[kind]
    key = world.name("key")
    assert send(world, path, body, key).status in (200, 201)
    changed = send(world, path, body | {"more": 1}, key)
    problem(changed, 409, "conflict", HEADER)
    problem(send(world, "/links", {"url": "https://b.test"}, key), 409, "conflict", HEADER)


def test_without_a_key_equal_requests_are_different_facts(world: World) -> None:
    body = {"url": "https://acme.test"}
    ids = {world.client.post("/links", body)["id"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize("kind", ["sale", "link", "partner", "refund"])
def test_many_at_once_under_one_key_make_one_fact(world: World, kind: str) -> None:
    path, body = requests(world)[kind]
    key = world.name("key")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(world, path, body, key), range(16)))
    assert {answer.status for answer in answers} <= {200, 201}
    assert len({answer.body for answer in answers}) == 1


def test_different_requests_at_once_under_one_key_leave_one_winner(world: World) -> None:
    link, key = world.link(), world.name("key")
    customer = world.customer(link)

    def sale(amount: int) -> Answer:
        body = {"customerExternalId": customer, "amount": amount}
        return send(world, "/track/sale", body, key)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(sale, range(100, 116)))
    won = [answer for answer in answers if answer.status == 200]
    assert len(won) == 1
    for answer in answers:
        if answer.status != 200:
            problem(answer, 409, "conflict", HEADER)
    assert world.again(link)["saleAmount"] == won[0].json["sale"]["amount"]


def test_a_call_that_waited_renders_its_result_once_attached(world: World) -> None:
    link, customer, key = world.link(), world.name("u"), world.name("key")
    body = {"customerExternalId": customer, "amount": 2900}
    waiting = send(world, "/track/sale", body, key).json
    assert waiting["sale"] is None
    world.lead(world.click(link), customer)
    attached = send(world, "/track/sale", body, key).json
    assert attached["sale"]["id"] == world.item(waiting["inboxId"])["result"]["id"]
    assert send(world, "/track/sale", body, key).json == attached
    assert world.again(link)["sales"] == 1


def test_a_refund_that_waited_renders_its_result_once_attached(world: World) -> None:
    customer, invoice, key = world.customer(), world.name("in"), world.name("key")
    path, body = f"/sales/ext_{invoice}/refunds", {"amount": 100, "key": "r1"}
    assert send(world, path, body, key).json["id"] is None
    sale = world.sale(customer, invoiceId=invoice)["sale"]
    refund = send(world, path, body, key).json
    assert (refund["saleId"], refund["reversed"]) == (sale["id"], 10)


def test_a_refused_call_is_refused_again_until_it_is_attached(world: World) -> None:
    link, customer, key = world.link(), world.name("u"), world.name("key")
    body = {"clickId": "made-up", "eventName": "Sign up", "customerExternalId": customer}
    first = send(world, "/track/lead", body, key)
    error = problem(first, 404, "not_found", "clickId")
    assert problem(send(world, "/track/lead", body, key), 404, "not_found", "clickId") == error
    item = error["message"].split()[-1].rstrip(".")
    world.client.post(f"/inbox/{item}/replay", body | {"clickId": world.click(link)})
    assert send(world, "/track/lead", body, key).json["customer"]["externalId"] == customer


def test_a_request_that_made_nothing_does_not_use_up_its_key(world: World) -> None:
    key = world.name("key")
    assert send(world, "/links", {"url": "nonsense"}, key).status == 422
    assert send(world, "/links", {"url": "https://acme.test"}, key).status == 200


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_has_1_to_255_characters(world: World, key: str) -> None:
    answer = send(world, "/links", {"url": "https://acme.test"}, key)
    problem(answer, 422, "unprocessable_entity", HEADER)


def test_a_key_of_255_characters_is_taken(world: World) -> None:
    key = world.name("k").ljust(255, "k")
    assert send(world, "/links", {"url": "https://acme.test"}, key).status == 200
