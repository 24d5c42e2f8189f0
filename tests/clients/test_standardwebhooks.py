"""Webhooks as a receiver sees them: signatures verified by the public library, in real HTTP."""

import json
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.http.world import World
from tests.support import wait_until

TRIGGERS = ["lead.created", "sale.created", "commission.created", "link.clicked"]


@dataclass
class Receiver:
    """A real HTTP server that keeps what it gets, or never answers."""

    hang: bool = False
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    @contextmanager
    def running(self) -> Iterator["Receiver"]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        try:
            yield self
        finally:
            self.closing.set()
            server.shutdown()
            server.server_close()
            thread.join(5)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                named = {name.lower(): value for name, value in self.headers.items()}
                receiver.calls.append((named, body))
                if receiver.hang:
                    receiver.closing.wait()
                    return
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Tests read answers, not logs."""

        return Handler

    def messages(self, secret: str, event: str) -> list[dict[str, Any]]:
        """Messages of one event, each verified by the public library."""
        verified = [Webhook(secret).verify(body, headers) for headers, body in list(self.calls)]
        return [message for message in verified if message["event"] == event]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().running() as running:
        yield running


@pytest.fixture
def hook(world: World, receiver: Receiver) -> Iterator[dict[str, Any]]:
    body = {"name": "ours", "url": receiver.url, "triggers": TRIGGERS}
    made = world.client.post("/webhooks", body)
    yield made
    world.client.call("DELETE", f"/webhooks/{made['id']}")


def found(receiver: Receiver, hook: Any, event: str, **wanted: Any) -> dict[str, Any]:
    """The message of an event about a customer or link, once it has arrived."""

    def matching() -> list[dict[str, Any]]:
        messages = receiver.messages(hook["secret"], event)
        return [each for each in messages if wanted.items() <= flat(each["data"]).items()]

    messages = wait_until(matching)
    assert len(messages) == 1
    return messages[0]


def flat(data: dict[str, Any]) -> dict[str, Any]:
    """What tells messages apart: whose they are."""
    customer, link = data.get("customer") or {}, data.get("link") or {}
    return {"customer": customer.get("externalId"), "link": link.get("id")}


def test_every_event_arrives_signed_and_with_its_documented_data(
    world: World, receiver: Receiver, hook: dict[str, Any]
) -> None:
    link, customer, invoice = world.link(), world.name("u"), world.name("in")
    click_id = world.click(link)
    world.lead(click_id, customer, customerEmail="sam@c.test", metadata={"plan": "pro"})
    sale = world.sale(customer, invoiceId=invoice, metadata={"seats": 3})["sale"]
    lead = found(receiver, hook, "lead.created", customer=customer)
    envelope = {"id", "event", "createdAt", "data"}
    assert set(lead) == envelope
    assert lead["id"].startswith("evt_")
    data = lead["data"]
    assert set(data) == {"eventName", "customer", "click", "link", "partner", "metadata"}
    assert (data["click"]["id"], data["metadata"]) == (click_id, {"plan": "pro"})
    assert data["partner"]["id"] == world.partner["id"]
    assert data["customer"]["email"] == "sam@c.test"
    bought = found(receiver, hook, "sale.created", customer=customer)["data"]
    assert bought["sale"] == {
        "id": sale["id"],
        "amount": 2900,
        "currency": "usd",
        "paymentProcessor": "custom",
        "invoiceId": invoice,
    }
    assert (bought["link"]["id"], bought["metadata"]) == (link["id"], {"seats": 3})


def test_commissions_arrive_one_by_one(
    world: World, receiver: Receiver, hook: dict[str, Any]
) -> None:
    customer = world.customer()
    world.sale(customer, invoiceId=world.name("in"))

    def mine() -> list[dict[str, Any]]:
        messages = receiver.messages(hook["secret"], "commission.created")
        return [each["data"] for each in messages if flat(each["data"])["customer"] == customer]

    lead, sale = wait_until(lambda: mine() if len(mine()) == 2 else None)
    assert (lead["type"], lead["earnings"]) == ("lead", 500)
    assert (sale["type"], sale["earnings"]) == ("sale", 290)
    for commission in (lead, sale):
        listed = world.client.get(f"/commissions?customerId={commission['customer']['id']}")
        assert commission["id"] in {each["id"] for each in listed}
        assert set(commission["link"]) == {"id", "shortLink", "domain", "key"}
        assert commission["partner"]["id"] == world.partner["id"]
        assert "totalClicks" in commission["partner"]


def test_clicks_arrive_one_by_one_each_once(
    world: World, receiver: Receiver, hook: dict[str, Any]
) -> None:
    link = world.link()
    ids = {world.click(link) for _ in range(5)}
    world.visit(link, agent="Googlebot/2.1 (+http://www.google.com/bot.html)")

    def clicks() -> list[dict[str, Any]]:
        messages = receiver.messages(hook["secret"], "link.clicked")
        rows = [message["data"] for message in messages]
        return [row for row in rows if row["link"]["id"] == link["id"]]

    arrived = wait_until(lambda: clicks() if len(clicks()) >= 5 else None)
    time.sleep(0.7)  # one more round, which must not repeat any
    assert len(clicks()) == len(arrived)
    assert {row["click"]["id"] for row in arrived} == ids
    assert all(row["click"]["ip"] == "" for row in arrived)


def test_messages_of_one_customer_arrive_in_order(
    world: World, receiver: Receiver, hook: dict[str, Any]
) -> None:
    customer = world.customer()
    amounts = list(range(100, 120))
    for amount in amounts:
        world.sale(customer, amount)

    def arrived() -> list[int]:
        messages = receiver.messages(hook["secret"], "sale.created")
        mine = [each["data"] for each in messages if flat(each["data"])["customer"] == customer]
        return [data["sale"]["amount"] for data in mine]

    assert wait_until(lambda: arrived() if len(arrived()) >= 20 else None) == amounts


def test_a_changed_body_or_secret_is_not_verified(
    world: World, receiver: Receiver, hook: dict[str, Any]
) -> None:
    world.customer()
    headers, body = wait_until(lambda: receiver.calls)[0]
    assert Webhook(hook["secret"]).verify(body, headers) == json.loads(body)
    wrong = [(body + b" ", headers), (body, headers | {"webhook-id": "evt_other"})]
    for changed, sent in wrong:
        with pytest.raises(WebhookVerificationError):
            Webhook(hook["secret"]).verify(changed, sent)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 32).verify(body, headers)


def test_deliveries_are_told_on_the_receipt(
    world: World, receiver: Receiver, hook: dict[str, Any]
) -> None:
    sale = world.sale(world.customer())["sale"]

    def delivered() -> list[dict[str, Any]]:
        sent = world.receipt(sale["id"])["deliveries"]
        mine: list[dict[str, Any]] = [each for each in sent if each["webhookId"] == hook["id"]]
        return mine if mine and all(each["state"] == "delivered" for each in mine) else []

    assert {each["event"] for each in wait_until(delivered)} == {
        "sale.created",
        "commission.created",
    }
    told = " ".join(world.receipt(sale["id"])["explanation"])
    assert f"sale.created to webhook {hook['id']} was delivered (1 attempt)." in told


def timed_sales(world: World, customer: str, count: int) -> tuple[float, list[dict[str, Any]]]:
    """Median seconds of `count` sales, and their answers."""
    took, answers = [], []
    for _ in range(count):
        start = time.perf_counter()
        answers.append(world.sale(customer))
        took.append(time.perf_counter() - start)
    return statistics.median(took), answers


def test_a_receiver_that_hangs_changes_neither_result_nor_latency(world: World) -> None:
    """P7, A-74."""
    customer = world.customer()
    alone, before = timed_sales(world, customer, 30)
    with Receiver(hang=True).running() as stuck:
        body = {"name": "stuck", "url": stuck.url, "triggers": ["sale.created"]}
        hook = world.client.post("/webhooks", body)
        world.sale(customer)
        wait_until(lambda: stuck.calls)
        beside, after = timed_sales(world, customer, 30)
        waiting = world.client.get(f"/deliveries?webhookId={hook['id']}&state=waiting")
        assert waiting, "the receiver was still hanging"
        world.client.call("DELETE", f"/webhooks/{hook['id']}")
    assert beside < 5 * alone + 0.05
    for answers in (before, after):
        assert {answer["sale"]["amount"] for answer in answers} == {2900}
    assert [set(answer["sale"]) for answer in before] == [set(each["sale"]) for each in after]
