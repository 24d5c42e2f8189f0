"""/destinations over HTTP: accounts at networks, their secrets, and a sale that reaches one."""

from collections.abc import Iterator
from typing import Any

import pytest

from headwater.kit.clock import from_iso
from tests.http.world import World, problem
from tests.reports.conftest import TRACKERS, Running
from tests.support import wait_until

SETTINGS = {"accountSid": "SID1", "programId": 1000, "trackers": TRACKERS}


@pytest.fixture(scope="module")
def network() -> Iterator[Running]:
    started = Running()
    yield started
    started.stop()


def create(world: World, **body: Any) -> Any:
    return world.client.post("/destinations", {"kind": "impact", "name": "Impact"} | body)


def end(world: World, destination: Any) -> None:
    world.client.call("DELETE", f"/destinations/{destination['id']}")


def test_a_token_is_taken_and_never_shown(world: World) -> None:
    made = create(world, settings=SETTINGS, authToken="tok-canary")
    assert (made["hasAuthToken"], made["missing"], made["pausedAt"]) == (True, [], None)
    assert made["settings"]["perHour"] == 1000
    path = f"/destinations/{made['id']}"
    shown = [
        world.client.call("GET", path).body,
        world.client.call("GET", "/destinations").body,
        world.client.call("PATCH", path, {"name": "Other"}).body,
    ]
    assert all(b"tok-canary" not in each for each in shown)
    gone = world.client.call("PATCH", path, {"authToken": None}).json
    assert (gone["hasAuthToken"], gone["missing"]) == (False, ["authToken"])
    end(world, made)


def test_what_is_missing_is_said_and_settings_change_one_by_one_a73(world: World) -> None:
    made = create(world)
    path = f"/destinations/{made['id']}"
    assert made["missing"] == [
        "accountSid",
        "authToken",
        "programId",
        "trackers.signup",
        "trackers.trialStart",
        "trackers.trialEnd",
        "trackers.sale",
    ]
    some = {"settings": {"programId": 7, "categories": {"pro": "Pro"}}}
    changed = world.client.call("PATCH", path, some).json
    changed = world.client.call("PATCH", path, {"settings": {"accountSid": "S"}}).json
    assert changed["settings"]["programId"] == 7
    assert changed["settings"]["categories"] == {"pro": "Pro"}
    changed = world.client.call("PATCH", path, {"settings": {"programId": None}}).json
    assert changed["settings"]["programId"] is None
    for trackers in ({"signup": 1, "sale": 4}, {"sale": 5}, {"signup": None}):
        changed = world.client.call("PATCH", path, {"settings": {"trackers": trackers}}).json
    assert changed["settings"]["trackers"] == {
        "visit": None,
        "signup": None,
        "trialStart": None,
        "trialEnd": None,
        "sale": 5,
    }
    end(world, made)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "webhook"}, "kind"),
        ({"kind": "nobody"}, "kind"),
        ({"name": " "}, "name"),
        ({"authToken": "with blank"}, "authToken"),
        ({"settings": {"sid": "x"}}, "settings.sid"),
        ({"settings": {"accountSid": "a:b"}}, "settings.accountSid"),
        ({"settings": {"accountSid": 7}}, "settings.accountSid"),
        ({"settings": {"programId": "x"}}, "settings.programId"),
        ({"settings": {"programId": 0}}, "settings.programId"),
        ({"settings": {"trackers": {"click": 1}}}, "settings.trackers.click"),
        ({"settings": {"trackers": {"sale": -1}}}, "settings.trackers.sale"),
        ({"settings": {"trackers": []}}, "settings.trackers"),
        ({"settings": {"perHour": 0}}, "settings.perHour"),
        ({"settings": {"disputeCode": "no code"}}, "settings.disputeCode"),
        ({"settings": {"categories": {"pro": ""}}}, "settings.categories"),
        ({"settings": {"defaultCategory": " "}}, "settings.defaultCategory"),
        ({"settings": {"apiUrl": "ftp://x.test"}}, "settings.apiUrl"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(
    world: World, body: dict[str, Any], field: str
) -> None:
    answer = world.client.call("POST", "/destinations", {"kind": "impact", "name": "I"} | body)
    problem(answer, 422, "unprocessable_entity", field)


def test_a_webhook_is_a_destination_that_can_be_paused(world: World) -> None:
    hook = {"name": "h", "url": "http://127.0.0.1:9/", "triggers": ["sale.created"]}
    made = world.client.post("/webhooks", hook)
    paused = world.client.post(f"/destinations/{made['id']}/pause", None)
    assert (paused["kind"], paused["pausedReason"], paused["settings"]) == (
        "webhook",
        "paused",
        None,
    )
    assert world.client.get(f"/webhooks/{made['id']}")["disabledAt"] == paused["pausedAt"]
    answer = world.client.call("POST", f"/webhooks/{made['id']}/test")
    problem(answer, 409, "conflict", "id")
    assert world.client.post(f"/destinations/{made['id']}/resume", None)["pausedAt"] is None
    answer = world.client.call("PATCH", f"/destinations/{made['id']}", {"name": "x"})
    problem(answer, 422, "unprocessable_entity", "id")
    world.client.call("DELETE", f"/destinations/{made['id']}")
    assert world.client.call("GET", f"/webhooks/{made['id']}").status == 404


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"plan": "x"}, "payload"),
        ({"orderId": "x"}, "payload"),
        ({"amount": 0}, "payload.amount"),
    ],
)
def test_only_what_may_be_put_right_is_taken(
    world: World, payload: dict[str, Any], field: str
) -> None:
    """Of a webhook nothing; of a report neither who nor when, nor the order."""
    hook = {"name": "h", "url": "http://127.0.0.1:9/", "triggers": ["sale.created"]}
    made = world.client.post("/webhooks", hook)
    test = world.client.post(f"/webhooks/{made['id']}/test", None)
    place = f"/deliveries/{test['id']}/replay"
    answer = world.client.call("POST", place, {"payload": payload})
    problem(answer, 422, "unprocessable_entity", field)
    assert world.client.call("POST", place, {}).status == 200
    end(world, made)


def test_a_customer_who_denied_sharing_is_not_told_of_t103(world: World, network: Running) -> None:
    made = create(world, settings=SETTINGS | {"apiUrl": network.url}, authToken="token-1")
    customer = world.customer()
    touch = {"id": world.name("event"), "ids": {"im_ref": "im-1"}}
    consent = {"measurement": "granted", "sharing": "denied", "source": "banner"}
    signed_up = {"customerExternalId": customer, "touches": [touch], "consent": consent}
    world.client.post("/track/signup", signed_up)
    world.sale(customer)
    (skipped,) = sent(world, made, "sale")
    assert (skipped["state"], skipped["lastError"]) == ("skipped", "sharing_denied")
    end(world, made)


def sent(world: World, destination: Any, event: str, **filters: str) -> list[Any]:
    more = "".join(f"&{name}={value}" for name, value in filters.items())
    path = f"/deliveries?destinationId={destination['id']}&event=report.{event}{more}"
    return list(world.client.get(path))


def test_a_sale_of_a_customer_the_network_brought_reaches_it_after_the_sign_up_a54_a55_a59(
    world: World, network: Running
) -> None:
    """Through the real server: the sign-up at once, the sale five minutes later, its reversal after
    that; and erasing the person leaves nothing to send.
    """
    network.standin.seen.clear()
    settings = SETTINGS | {"apiUrl": network.url}
    made = create(world, settings=settings, authToken="token-1")
    customer = world.customer(customerEmail="ann@example.com")
    touch = {"id": world.name("event"), "ids": {"im_ref": "im-canary"}}
    world.client.post("/track/signup", {"customerExternalId": customer, "touches": [touch]})
    nobody = world.customer()
    world.sale(nobody)
    invoice = world.name("in")
    sold = world.sale(customer, amount=2900, invoiceId=invoice)["sale"]
    world.refund(sold["id"], 2900, "r1")

    (signup,) = wait_until(lambda: sent(world, made, "signup", state="delivered"))
    assert [each.fields["CustomerId"] for each in network.standin.seen] == [customer]
    assert network.standin.seen[0].fields["ClickId"] == "im-canary"
    assert signup["submission"]["settlement"] == "pending"
    (skipped,) = sent(world, made, "sale", state="skipped")
    assert (skipped["lastError"], skipped["attempts"]) == ("no_attribution", 0)
    (sale,) = sent(world, made, "sale", state="waiting")
    assert (sale["parentId"], sale["subjectId"]) == (signup["id"], sold["id"])

    def parked() -> bool:
        (now,) = sent(world, made, "sale", state="waiting")
        gap = from_iso(now["nextAttemptAt"]) - from_iso(signup["deliveredAt"])
        return gap == 300 * 10**6

    wait_until(parked)
    shown = world.client.get(f"/deliveries/{sale['id']}")
    assert shown["payload"]["OrderId"] == invoice
    assert shown["payload"]["ItemSubTotal1"] == "29.00"
    receipt = world.receipt(sold["receiptId"])
    assert sale["id"] in {each["id"] for each in receipt["deliveries"]}
    assert "token-1" not in str(shown)

    world.client.call("DELETE", f"/customers/ext_{customer}")
    assert world.client.get(f"/deliveries/{sale['id']}")["payload"] is None
    assert world.client.get(f"/deliveries/{signup['id']}")["payload"] is None
    end(world, made)
    assert len(network.standin.seen) == 1
