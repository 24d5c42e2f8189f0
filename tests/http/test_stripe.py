"""Stripe's webhooks over HTTP: who is believed, what is kept, and that it is applied once."""

import time
from typing import Any

import pytest

from tests.billing import shapes
from tests.http.stripe import SECRET, header, send
from tests.http.world import World, problem
from tests.support import wait_until

EVENTS = "/billing/stripe/events"
ENDPOINTS = "/billing/stripe/endpoints"


def endpoint(world: World, **fields: Any) -> Any:
    return world.client.post(ENDPOINTS, {"mode": "live", "secret": SECRET} | fields)


@pytest.fixture(scope="module")
def till(world: World) -> str:
    return str(endpoint(world)["id"])


def paid(world: World, customer: str, total: int = 2900) -> dict[str, Any]:
    """An invoice of somebody whose subscription says what the merchant calls them."""
    name, now = world.name("x"), int(time.time())
    own = shapes.invoice(
        f"in_{name}", f"cus_{customer}", total, now, subscription=f"sub_{name}",
        of_plan={"dubCustomerExternalId": customer},
    )  # fmt: skip
    return shapes.event("invoice.paid", own, now)


def settled(world: World, event: dict[str, Any]) -> Any:
    path = f"{EVENTS}/{event['id']}"
    wait_until(lambda: world.client.get(path)["settledAt"])
    return world.client.get(path)


def test_an_event_is_applied_once_however_often_it_comes_p2(world: World, till: str) -> None:
    customer = world.customer()
    event = paid(world, customer)
    first, again = send(world, till, event), send(world, till, event)
    assert (first.status, first.json["duplicate"]) == (200, False), first.body
    assert (again.status, again.json["duplicate"]) == (200, True)
    told = settled(world, event)
    assert (told["state"], told["type"], told["reason"]) == ("applied", "invoice.paid", None)
    (result,) = told["results"]
    assert result["kind"] == "sale"
    found = world.client.get(f"/customers/ext_{customer}")
    assert (found["sales"], found["saleAmount"]) == (1, 2900)
    assert found["stripeCustomerId"] == f"cus_{customer}"
    replayed = world.client.post(f"{EVENTS}/{event['id']}/replay", None)
    assert replayed["state"] == "waiting"
    assert settled(world, event)["results"] == told["results"]
    assert world.client.get(f"/customers/ext_{customer}")["sales"] == 1


@pytest.mark.parametrize("how", ["forged", "unsigned", "late", "changed"])
def test_nobody_but_stripe_is_believed(world: World, till: str, how: str) -> None:
    event = paid(world, world.name("u"))
    if how == "forged":
        answer = send(world, till, event, secret="whsec_another")
    elif how == "late":
        answer = send(world, till, event, ago_s=301)
    else:
        body = shapes.encoded(event)
        signed = {"stripe-signature": header(body + b" ")} if how == "changed" else {}
        answer = world.client.call("POST", f"/billing/stripe/{till}", raw=body, headers=signed)
    problem(answer, 400, "bad_request", "Stripe-Signature")
    assert world.client.call("GET", f"{EVENTS}/{event['id']}").status == 404


def test_a_body_that_is_no_event_or_too_long_is_refused_though_it_is_signed(
    world: World, till: str
) -> None:
    thin = {
        "id": "evt_thin",
        "type": "x",
        "object": "v2.core.event",
        "created": "2026-06-01T00:00:00Z",
    }
    thin = send(world, till, thin)
    assert "thin" in problem(thin, 400, "bad_request")["message"]
    problem(send(world, till, {"id": 1}), 400, "bad_request")
    answer = send(world, till, {"id": "evt_1", "type": "x", "more": "x" * 300_000})
    problem(answer, 413, "bad_request")


def test_a_secret_may_follow_and_the_one_before_counts_for_a_day(world: World) -> None:
    bare = world.client.post(ENDPOINTS, {"mode": "live"})
    assert (bare["hasSecret"], bare["url"].rpartition("/")[2]) == (False, bare["id"])
    event = paid(world, world.name("u"))
    problem(send(world, bare["id"], event), 403, "forbidden")
    rotate = f"{ENDPOINTS}/{bare['id']}/secret"
    problem(
        world.client.call("POST", rotate, {"secret": "sk_live_1"}),
        422, "unprocessable_entity", "secret",
    )  # fmt: skip
    assert world.client.post(rotate, {"secret": SECRET})["hasSecret"]
    newer = world.client.post(rotate, {"secret": "whsec_newer"})
    assert newer["oldSecretUntil"] is not None
    assert SECRET not in str(newer), "never shown again"
    assert send(world, bare["id"], event).status == 200
    assert send(world, bare["id"], event, secret="whsec_newer").status == 200
    world.client.call("DELETE", f"{ENDPOINTS}/{bare['id']}")
    problem(send(world, bare["id"], event), 404, "not_found", "id")
    problem(world.client.call("POST", rotate, {"secret": SECRET}), 404, "not_found", "id")
    assert settled(world, event)["state"] in ("applied", "ignored"), "what came is applied"


def test_live_and_test_are_kept_apart(world: World, till: str) -> None:
    answer = world.client.call("POST", ENDPOINTS, {"mode": "test"})
    assert "workspace of its own" in problem(answer, 409, "conflict", "mode")["message"]
    answer = world.client.call("POST", ENDPOINTS, {"mode": "live", "amount": "paid"})
    problem(answer, 409, "conflict", "amount")
    event = paid(world, world.customer()) | {"livemode": False}
    assert send(world, till, event).status == 200
    told = world.client.get(f"{EVENTS}/{event['id']}")
    assert (told["state"], told["reason"]) == ("ignored", "other_mode")
    problem(world.client.call("POST", f"{EVENTS}/{event['id']}/replay"), 409, "conflict", "id")


def test_what_comes_before_its_customer_waits_and_attaches_itself(world: World, till: str) -> None:
    name = world.name("u")
    stripe_id, link, address = f"cus_{name}", world.link(), f"{name}@customer.test"
    own = shapes.invoice(f"in_{name}", stripe_id, 1900, 1_780_000_000, customer_email=address)
    event = shapes.event("invoice.paid", own, 1_780_000_000)
    send(world, till, event)
    refund = shapes.event(
        "charge.refunded", shapes.charge(f"ch_{name}", f"pi_{name}", 1900, 900), 1_780_000_100,
        before={"amount_refunded": 0},
    )  # fmt: skip
    send(world, till, refund)
    path = f"{EVENTS}/{event['id']}"
    wait_until(lambda: world.client.get(path)["reason"] == "unknown_customer")
    assert event["id"] in [row["id"] for row in world.client.get(f"{EVENTS}?state=waiting")]
    world.lead(world.click(link), name, customerEmail=address)
    linked = shapes.event(
        "invoice_payment.paid", shapes.invoice_payment(f"in_{name}", f"pi_{name}"), 1_780_000_050
    )
    send(world, till, linked)
    world.client.post(f"{path}/replay", None)  # at once, not when it is due
    assert settled(world, event)["state"] == "applied"
    assert settled(world, refund)["results"][0]["kind"] == "refund"
    assert world.again(link)["sales"] == 1


def test_what_is_said_of_an_erased_person_is_forgotten(world: World, till: str) -> None:
    customer = world.customer()
    event, later = paid(world, customer), paid(world, customer)
    send(world, till, event)
    settled(world, event)
    found = world.client.get(f"/customers/ext_{customer}")
    world.client.call("DELETE", f"/customers/{found['id']}")
    answer = world.client.call("POST", f"{EVENTS}/{event['id']}/replay")
    assert "deleted" in problem(answer, 409, "conflict", "id")["message"]
    send(world, till, later)
    assert settled(world, later)["reason"] == "erased", "A-34"
    assert world.client.call("GET", f"/customers/ext_{customer}").status == 404


def test_an_event_that_cannot_be_read_says_so_and_holds_up_nobody(world: World, till: str) -> None:
    broken = shapes.event("invoice.paid", {"id": world.name("in"), "total": "29.00"}, 1_780_000_000)
    send(world, till, broken)
    told = settled(world, broken)
    assert (told["state"], told["reason"]) == ("failed", "unreadable")
    unknown = {"id": world.name("evt"), "type": "issuing_card.created"}
    send(world, till, unknown)
    assert settled(world, unknown)["reason"] == "not_handled"
