"""Webhooks are changed, tested, switched off by their failures, and given new secrets."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import pytest
from dub.models import components
from pydantic import TypeAdapter
from standardwebhooks import Webhook, WebhookVerificationError

from tests.clients.test_standardwebhooks import Receiver
from tests.http.world import World, problem
from tests.support import wait_until

EVERY = (
    "link.created link.updated link.deleted link.clicked lead.created sale.created"
    " commission.created partner.enrolled"
).split()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().running() as running:
        yield running


def subscribed(world: World, url: str, *triggers: str) -> Any:
    body = {"name": "ours", "url": url, "triggers": list(triggers or EVERY)}
    return world.client.post("/webhooks", body)


def patch(world: World, hook: Any, **changes: Any) -> Any:
    answer = world.client.call("PATCH", f"/webhooks/{hook['id']}", changes)
    assert answer.status == 200, answer.body
    return answer.json


def test_only_what_is_given_is_changed(world: World) -> None:
    hook = subscribed(world, "http://127.0.0.1:9/", "lead.created")
    after = patch(world, hook, triggers=["link.clicked", "sale.created"])
    changed = {"triggers": ["link.clicked", "sale.created"], "linkScope": "workspace"}
    assert after == hook | changed
    assert patch(world, hook, name="Else")["url"] == hook["url"]
    for field, value in (
        ("triggers", ["sale.erased"]),
        ("url", "ftp://127.0.0.1/"),
        ("disabledAt", "2026-01-01"),
    ):
        answer = world.client.call("PATCH", f"/webhooks/{hook['id']}", {field: value})
        problem(answer, 422, "unprocessable_entity", field)
    world.client.call("DELETE", f"/webhooks/{hook['id']}")
    answer = world.client.call("PATCH", f"/webhooks/{hook['id']}", {"disabledAt": None})
    problem(answer, 404, "not_found", "id")


def test_a_deleted_webhook_is_gone_and_what_was_sent_to_it_is_not(
    world: World, receiver: Receiver
) -> None:
    hook = subscribed(world, receiver.url, "sale.created")
    path = f"/webhooks/{hook['id']}"
    sent = world.client.post(f"{path}/test", None)
    assert world.client.call("DELETE", path).json["deletedAt"]
    for method in ("GET", "DELETE"):
        problem(world.client.call(method, path), 404, "not_found", "id")
    assert hook["id"] not in [each["id"] for each in world.client.get("/webhooks")]
    assert [each["id"] for each in world.client.get(f"{path}/events")] == [sent["id"]]
    assert world.client.get(f"/deliveries/{sent['id']}")["webhookId"] == hook["id"]


def test_a_secret_brought_along_signs_so_that_receivers_stay_as_they_are(
    world: World, receiver: Receiver
) -> None:
    body = {"name": "n" * 40, "url": receiver.url, "triggers": ["sale.created"]}
    secret = "whsec_" + "aB3dE5gH7jK9mN2p"
    hook = world.client.post("/webhooks", body | {"secret": secret})
    assert hook["secret"] == secret
    world.client.post(f"/webhooks/{hook['id']}/test", None)
    wait_until(lambda: receiver.calls)
    (headers, sent) = receiver.calls[0]
    expected = hmac.new(secret.encode(), sent, hashlib.sha256).hexdigest()
    assert headers["dub-signature"] == expected
    answer = world.client.call("PATCH", f"/webhooks/{hook['id']}", {"secret": secret})
    problem(answer, 422, "unprocessable_entity", "secret")
    for field, value in (
        ("secret", "aB3dE5gH7jK9mN2p"),
        ("secret", "whsec_short"),
        ("secret", "whsec_" + "-" * 16),
        ("secret", "whsec_" + "a" * 200),
        ("name", "n" * 41),
        ("linkScope", "workspace"),
        ("clickBatches", True),
    ):
        answer = world.client.call("POST", "/webhooks", body | {field: value})
        problem(answer, 422, "unprocessable_entity", field)
    world.client.call("DELETE", f"/webhooks/{hook['id']}")


def test_bulk_calls_tell_nobody_so_that_sales_do_not_wait_for_them(world: World) -> None:
    hook = subscribed(world, "http://127.0.0.1:9/", "link.created", "link.updated", "link.deleted")
    made = world.client.call("POST", "/links/bulk", [{"url": "https://acme.test"}] * 2).json
    ids = [each["id"] for each in made]
    body = {"linkIds": ids, "data": {"title": "Else"}}
    assert world.client.call("PATCH", "/links/bulk", body).status == 200
    path = f"/links/bulk?linkIds={','.join(ids)}"
    assert world.client.call("DELETE", path).json == {"deletedCount": 2}
    assert world.client.get(f"/deliveries?webhookId={hook['id']}") == []
    link = world.link()
    (told,) = world.client.get(f"/deliveries?webhookId={hook['id']}")
    assert (told["event"], bool(link)) == ("link.created", True)
    world.client.call("DELETE", f"/webhooks/{hook['id']}")


def test_a_test_message_is_signed_in_both_forms_and_logged(
    world: World, receiver: Receiver
) -> None:
    hook = subscribed(world, receiver.url, "sale.created")
    sent = world.client.post(f"/webhooks/{hook['id']}/test", None)
    wait_until(lambda: receiver.calls)
    (headers, body) = receiver.calls[0]
    assert Webhook(hook["secret"]).verify(body, headers)["event"] == "test"
    expected = hmac.new(hook["secret"].encode(), body, hashlib.sha256).hexdigest()
    assert headers["dub-signature"] == expected
    events = f"/webhooks/{hook['id']}/events"
    (logged,) = wait_until(
        lambda: [each for each in world.client.get(events) if each["state"] == "delivered"]
    )
    assert logged["id"] == sent["id"]
    assert [attempt["status"] for attempt in logged["log"]] == [200]


def test_after_a_rotation_both_secrets_sign(world: World, receiver: Receiver) -> None:
    hook = subscribed(world, receiver.url, "sale.created")
    rotated = world.client.post(f"/webhooks/{hook['id']}/secret", None)
    assert rotated["secret"] != hook["secret"]
    assert rotated["oldSecretUntil"] is not None
    world.client.post(f"/webhooks/{hook['id']}/test", None)
    wait_until(lambda: receiver.calls)
    (headers, body) = receiver.calls[0]
    for secret in (hook["secret"], rotated["secret"]):
        assert Webhook(secret).verify(body, headers)
    twice = world.client.post(f"/webhooks/{hook['id']}/secret", None)
    receiver.calls.clear()
    world.client.post(f"/webhooks/{hook['id']}/test", None)
    wait_until(lambda: receiver.calls)
    (headers, body) = receiver.calls[0]
    assert Webhook(twice["secret"]).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(hook["secret"]).verify(body, headers)


def test_twenty_failures_in_a_row_switch_it_off_and_nothing_is_lost(world: World) -> None:
    hook = subscribed(world, "http://127.0.0.1:9/", "sale.created")
    path, customer = f"/webhooks/{hook['id']}", world.customer()

    def failing() -> bool:
        world.sale(customer, 100)
        return bool(world.client.get(path)["disabledAt"])

    wait_until(failing, timeout_s=40, pause_s=0.2)
    answer = world.client.call("POST", f"{path}/test")
    problem(answer, 409, "conflict", "id")
    (last,) = world.client.get(f"/deliveries?webhookId={hook['id']}&pageSize=1")
    answer = world.client.call("POST", f"/deliveries/{last['id']}/replay")
    problem(answer, 409, "conflict", "id")
    answer = world.client.call("POST", "/deliveries/replay", {"webhookId": hook["id"]})
    problem(answer, 409, "conflict", "webhookId")
    world.sale(customer, 700)
    with Receiver().running() as back:
        patched = patch(world, hook, url=back.url, disabledAt=None)
        assert patched["disabledAt"] is None
        wait_until(
            lambda: [
                each
                for each in back.messages(hook["secret"], "sale.created")
                if each["data"]["sale"]["amount"] == 700
            ]
        )


MODELS = {
    "link.clicked": components.LinkClickedEvent,
    "link.created": components.LinkWebhookEvent,
    "link.updated": components.LinkWebhookEvent,
    "link.deleted": components.LinkWebhookEvent,
    "lead.created": components.LeadCreatedEvent,
    "sale.created": components.SaleCreatedEvent,
    "commission.created": components.CommissionCreatedEvent,
    "partner.enrolled": components.PartnerEnrolledEvent,
}


def test_real_messages_are_valid_in_the_sdks_own_models(world: World, receiver: Receiver) -> None:
    hook = subscribed(world, receiver.url, *MODELS)
    partner = world.make_partner()
    link = world.link(partner)
    title = {"title": world.name("t")}
    for _ in range(2):  # the second changes nothing and says nothing
        assert world.client.call("PATCH", f"/links/{link['id']}", title).status == 200
    world.sale(world.customer(link, metadata={"plan": "pro"}), 2900)
    assert world.client.call("DELETE", f"/links/{link['id']}").status == 200
    for event, model in MODELS.items():
        (message, *others) = wait_until(
            lambda event=event: [
                each
                for each in receiver.messages(hook["secret"], event)
                if partner["id"] in str(each["data"])
            ]
        )
        told = TypeAdapter(model).validate_python(message)
        assert told.id == message["id"]
        assert event != "link.updated" or not others
    world.client.call("DELETE", f"/webhooks/{hook['id']}")
