"""A sandbox over HTTP: its clock is moved, and everything in it follows."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from headwater.kit.clock import from_iso
from tests.billing import shapes
from tests.http.stripe import SECRET, send
from tests.http.world import LAB_DOMAIN, World, problem
from tests.reports.conftest import TRACKERS, Running
from tests.support import BROWSER, Client, wait_until

DAY_S = 86_400
YEAR = 12
MONTH_S = 30 * DAY_S


@pytest.fixture(scope="module")
def network() -> Iterator[Running]:
    started = Running()
    yield started
    started.stop()


@dataclass
class Lab:
    """The sandbox of the server, and the stand-in it reports to."""

    world: World
    network: Running | None = None

    @property
    def client(self) -> Client:
        return self.world.lab

    def now(self) -> str:
        return str(self.client.get("/sandbox/clock")["now"])

    def advance(self, **by: int) -> str:
        """The stand-in's clock goes along."""
        moved = self.client.post("/sandbox/clock/advance", by)
        if self.network is not None:
            self.network.standin.ahead += by.get("seconds", 0) + DAY_S * by.get("days", 0)
        return str(moved["now"])

    def click(self, key: str, agent: str = "") -> str:
        known = agent or f"{BROWSER} {self.world.name('visitor')}"
        return self.client.click(key, agent=known, domain=LAB_DOMAIN).click_id

    def link(self) -> Any:
        owner = replace(self.world, client=self.client)
        program = owner.make_program()
        return owner.link(owner.make_partner(program))

    def lead(self, click_id: str) -> str:
        name = self.world.name("u")
        body = {"clickId": click_id, "eventName": "Sign up", "customerExternalId": name}
        self.client.post("/track/lead", body)
        return name

    def sale(self, name: str, **fields: Any) -> Any:
        body = {"customerExternalId": name, "amount": 2900, "currency": "usd"} | fields
        return self.client.post("/track/sale", body)["sale"]

    def receipt(self, conversion_id: str) -> Any:
        return self.client.get(f"/receipts/{conversion_id}")


@pytest.fixture
def lab(world: World) -> Lab:
    return Lab(world)


def seconds(later: str, earlier: str) -> float:
    return (from_iso(later) - from_iso(earlier)) / 1_000_000


def test_a_live_clock_is_moved_by_nobody(world: World) -> None:
    assert world.client.get("/sandbox/clock")["sandbox"] is False
    answer = world.client.call("POST", "/sandbox/clock/advance", {"days": 1})
    assert "headwater init --sandbox" in problem(answer, 409, "conflict")["message"]
    assert abs(seconds(world.client.get("/sandbox/clock")["now"], iso(time.time()))) < 60


def iso(at_s: float) -> str:
    return datetime.fromtimestamp(at_s).astimezone().isoformat()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "seconds"),
        ({"seconds": 1, "days": 1}, "seconds"),
        ({"seconds": 0}, "seconds"),
        ({"days": -1}, "days"),
        ({"days": 7301}, "days"),
    ],
)
def test_what_is_no_way_forward_is_refused(lab: Lab, body: Any, field: str) -> None:
    before = lab.client.get("/sandbox/clock")["aheadSeconds"]
    answer = lab.client.call("POST", "/sandbox/clock/advance", body)
    problem(answer, 422, "unprocessable_entity", field)
    assert lab.client.get("/sandbox/clock")["aheadSeconds"] == before


def test_the_same_advance_twice_is_one(lab: Lab) -> None:
    key = lab.world.name("idem")
    first = lab.client.post("/sandbox/clock/advance", {"days": 1}, Idempotency_Key=key)
    again = lab.client.post("/sandbox/clock/advance", {"days": 1}, Idempotency_Key=key)
    assert again["aheadSeconds"] == first["aheadSeconds"]


def test_keys_say_what_they_open(lab: Lab) -> None:
    assert str(lab.client.key).startswith("hw_sk_sandbox_")
    assert not str(lab.world.client.key).startswith("hw_sk_sandbox_")
    assert lab.client.get("/workspaces/lab")["sandbox"] is True


def test_clicks_and_facts_are_dated_by_the_clock_that_was_moved(lab: Lab) -> None:
    link, agent = lab.link(), f"{BROWSER} {lab.world.name('visitor')}"
    first = lab.click(link["key"], agent)
    now = lab.advance(days=40)
    second = lab.click(link["key"], agent)
    assert first != second
    name = lab.lead(second)
    sale = lab.sale(name)
    told = [
        lab.receipt(sale["id"])["decidedAt"],
        lab.client.get(f"/customers/ext_{name}")["createdAt"],
        lab.client.get(f"/links/{link['id']}")["lastClicked"],
    ]
    assert all(0 <= seconds(each, now) < 60 for each in told)
    assert seconds(lab.world.link()["createdAt"], now) < -39 * DAY_S


def test_a_window_passes_and_a_click_before_it_wins_nothing(lab: Lab) -> None:
    link = lab.link()
    late, early = lab.click(link["key"]), lab.click(link["key"])
    in_time = lab.sale(lab.lead(early))["id"]
    lab.advance(days=90)
    too_late = lab.sale(lab.lead(late))["id"]
    assert lab.receipt(in_time)["credit"] == "last_touch"
    assert lab.receipt(too_late)["credit"] == "no_touch_qualified"


def test_a_hold_passes_and_what_was_earned_is_due(lab: Lab) -> None:
    """From the time of the sale, whenever it was told of; a refund takes it out of the hold."""
    owner = replace(lab.world, client=lab.client)
    program = owner.make_program(sale=20, holdingPeriodDays=30)
    partner = owner.make_partner(program)
    name = lab.lead(lab.click(owner.link(partner)["key"]))
    lab.advance(days=20)
    early = (from_iso(lab.now()) - 10 * DAY_S * 1_000_000) / 1_000_000
    told_late = lab.sale(name, invoiceId=f"{name}-1", occurredAt=iso(early))["id"]
    now = lab.now()
    held = lab.sale(name, invoiceId=f"{name}-2")["id"]
    back = lab.sale(name, invoiceId=f"{name}-3")["id"]

    def owing() -> tuple[int, int, int]:
        path = f"/balances?programId={program['id']}&partnerId={partner['id']}"
        (row,) = lab.client.get(path)
        return row["pending"], row["held"], row["due"]

    def listed(due: str) -> set[str]:
        found = lab.client.get(f"/commissions?partnerId={partner['id']}&type=sale&due={due}")
        return {each["conversionId"] for each in found}

    lead = owing()[0] - 3 * 580  # it is held from the beginning, like the sales
    assert owing() == (lead + 1740, lead + 1740, 0)
    lab.client.post(f"/sales/{back}/refunds", {"amount": 2900, "key": f"{name}-r"})
    assert owing() == (lead + 1160, lead + 1160, 0)
    says = lab.receipt(held)
    assert 0 <= seconds(says["owed"]["dueAt"], now) - 30 * DAY_S < 60
    assert f"It is held until {says['owed']['dueAt']}." in " ".join(says["explanation"])
    (shown,) = lab.client.get(f"/commissions?invoiceId={name}-2")
    assert (shown["dueAt"], shown["status"]) == (says["owed"]["dueAt"], "pending")
    lab.advance(days=21)
    assert owing() == (lead + 1160, 580, lead + 580)
    assert (listed("true"), listed("false")) == ({told_late}, {held, back})
    lab.advance(days=10)
    assert owing() == (lead + 1160, 0, lead + 1160)
    assert listed("false") == set()


def test_what_a_sandbox_sends_stays_here(lab: Lab) -> None:
    """P10."""
    outside = {"name": "x", "url": "https://example.com/hook", "triggers": ["lead.created"]}
    answer = lab.client.call("POST", "/webhooks", outside)
    problem(answer, 422, "unprocessable_entity", "url")
    account = {"kind": "impact", "name": "Impact"}
    answer = lab.client.call("POST", "/destinations", account)
    problem(answer, 422, "unprocessable_entity", "settings.apiUrl")
    live = {"mode": "live", "secret": "whsec_x"}
    answer = lab.client.call("POST", "/billing/stripe/endpoints", live)
    problem(answer, 422, "unprocessable_entity", "mode")
    hook = lab.client.post("/webhooks", outside | {"url": "http://localhost:9/hook"})
    path = f"/webhooks/{hook['id']}"
    answer = lab.client.call("PATCH", path, {"url": "https://example.com/hook"})
    problem(answer, 422, "unprocessable_entity", "url")
    lab.client.call("DELETE", path)


def test_what_stripe_sends_waits_by_the_clock_of_the_workspace(lab: Lab) -> None:
    endpoint = lab.client.post("/billing/stripe/endpoints", {"mode": "test", "secret": SECRET})
    name = lab.world.name("u")
    own = shapes.invoice(f"in_{name}", f"cus_{name}", 1900, 1_780_000_000)
    event = shapes.event("invoice.paid", own, 1_780_000_000, live=False)
    there = replace(lab.world, client=lab.client)
    assert send(there, endpoint["id"], event).status == 200
    path = f"/billing/stripe/events/{event['id']}"
    wait_until(lambda: lab.client.get(path)["reason"] == "unknown_customer")
    lab.advance(days=100)
    wait_until(lambda: lab.client.get(path)["state"] == "applied")
    lab.client.call("DELETE", f"/billing/stripe/endpoints/{endpoint['id']}")


def test_a_year_of_a_customer_is_told_in_seconds(lab: Lab, network: Running) -> None:
    """A-29. Click, sign-up, a trial of 30 days, a subscription, renewals, a refund; A-54, A-55."""
    lab.network = network
    began = time.monotonic()
    place = connect(lab)
    name = lab.lead(lab.click(lab.link()["key"]))
    attribution = {"provider": "impact", "identifier": "im-1"}
    lab.client.post(f"/customers/ext_{name}/attributions", attribution)
    signed_up = step(lab, name, "signup")
    started = step(lab, name, "trial_start", "t_1")
    wait_until(lambda: reported(network) == ["signup"])
    lab.advance(seconds=299 - int(seconds(lab.now(), signed_up)))
    assert reported(network) == ["signup"]
    lab.advance(seconds=60)
    wait_until(lambda: reported(network) == ["signup", "trialStart"])
    lab.advance(days=30)
    ended = step(lab, name, "trial_end", "t_1")
    step(lab, name, "subscription_start", "sub_1")
    assert seconds(ended, started) > MONTH_S
    sales = [lab.sale(name, invoiceId=lab.world.name("in"))]
    for _ in range(YEAR):
        lab.advance(days=30)
        sales.append(lab.sale(name, invoiceId=lab.world.name("in")))
    wait_until(lambda: reported(network)[3:] == ["sale"] * (YEAR + 1), timeout_s=30)
    told = [each["fields"]["EventDate"] for each in sent(network)][3:]
    gaps = [seconds(b, a) for a, b in pairwise(told)]
    assert all(MONTH_S <= each < MONTH_S + 60 for each in gaps)
    lab.advance(seconds=60)
    lab.client.post(f"/sales/{sales[-1]['id']}/refunds", {"amount": 2900, "key": "r1"})
    wait_until(lambda: taken_back(network), timeout_s=30)
    lab.client.call("DELETE", f"/destinations/{place['id']}")
    assert time.monotonic() - began < 90


def connect(lab: Lab) -> Any:
    assert lab.network is not None
    lab.network.standin.__init__()  # type: ignore[misc]
    lab.network.standin.ahead = lab.client.get("/sandbox/clock")["aheadSeconds"]
    settings = {
        "accountSid": "SID1",
        "programId": 1000,
        "trackers": TRACKERS,
        "apiUrl": lab.network.url,
    }
    body = {"kind": "impact", "name": "Impact", "settings": settings, "authToken": "token-1"}
    return lab.client.post("/destinations", body)


def step(lab: Lab, name: str, kind: str, entity: str | None = None) -> str:
    named = entity and f"{entity}_{name}"
    body = {"customerExternalId": name, "type": kind, "entity": named}
    return str(lab.client.post("/track/milestone", body)["occurredAt"])


def sent(network: Running) -> list[Any]:
    """What was told of the customer, in that order."""
    return [
        {"fields": each.fields, "at": each.at}
        for each in network.standin.seen
        if each.method == "POST"
    ]


def reported(network: Running) -> list[str]:
    kinds = {number: kind for kind, number in TRACKERS.items()}
    return [kinds[each["fields"]["ActionTrackerId"]] for each in sent(network)]


def taken_back(network: Running) -> bool:
    network.standin.network.age(network.standin.now())
    return any(each.state == "REVERSED" for each in network.standin.network.actions)
