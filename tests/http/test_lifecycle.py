"""Steps of a customer's life, sales without a link, and networks a backend knows of."""

import json
from typing import Any

import pytest

from tests.actions.test_concurrency import at_once
from tests.http.test_customers import everywhere
from tests.http.test_signup import attributions
from tests.http.test_tag import post, signed_up, touch
from tests.http.world import World, problem
from tests.support import run


def milestone(world: World, customer: str, kind: str, **fields: Any) -> Any:
    body = {"customerExternalId": customer, "type": kind} | fields
    return world.client.post("/track/milestone", body)


def steps(world: World, customer: str) -> list[tuple[str, str | None]]:
    found = world.client.get(f"/customers/ext_{customer}/milestones")
    return [(each["type"], each["entity"]) for each in found]


def sent_by(world: World, **ids: str) -> str:
    """Somebody whom a network sent, and who signed up."""
    name = world.name("u")
    signed_up(world, post(world, touch(ids=ids)).json["visitor"], name)
    return name


def test_a_sale_of_a_customer_whom_a_network_sent_counts_without_a_link(world: World) -> None:
    name, invoice = sent_by(world, im_ref="I1"), world.name("in")
    sale = world.sale(name, 2900, invoiceId=invoice)["sale"]
    assert world.sale(name, 2900, invoiceId=invoice)["sale"] == sale
    told = world.receipt(sale["id"])
    assert (told["linkId"], told["considered"], told["winner"]) == (None, [], None)
    assert "no link brought the customer" in told["explanation"][1]
    assert (told["credit"], told["owedReason"]) == ("no_touch_qualified", "nobody_credited")
    refund = world.refund(f"ext_{invoice}", 900, "r1")
    assert (refund["amount"], refund["reversed"]) == (900, 0)
    found = world.client.get(f"/customers/ext_{name}")
    assert (found["sales"], found["saleAmount"]) == (1, 2900)


def test_somebody_whom_nobody_sent_may_buy_too(world: World) -> None:
    name = world.name("u")
    milestone(world, name, "signup")
    assert world.sale(name, 500)["sale"]["amount"] == 500


def test_a_sale_that_comes_before_its_sign_up_attaches_with_it_p3(world: World) -> None:
    name = world.name("u")
    kept = world.sale(name, 2900, invoiceId=world.name("in"))
    assert world.item(kept["inboxId"])["reason"] == "unknown_customer"
    signed_up(world, post(world, touch(ids={"gclid": "G"})).json["visitor"], name)
    after = world.item(kept["inboxId"])
    assert (after["state"], after["result"]["kind"]) == ("resolved", "sale")
    assert world.receipt(after["result"]["id"])["linkId"] is None


def test_a_sign_up_with_a_click_credits_the_sale_that_came_first_p3(world: World) -> None:
    link, name = world.link(), world.name("u")
    kept = world.sale(name, 2900, invoiceId=world.name("in"))
    visitor = post(world, touch(clickId=world.click(link))).json["visitor"]
    signed_up(world, visitor, name)
    sale = world.item(kept["inboxId"])["result"]["id"]
    assert world.receipt(sale)["linkId"] == link["id"]


def test_a_link_that_comes_later_takes_what_is_sold_from_then_on(world: World) -> None:
    name, link = sent_by(world, gclid="G"), world.link()
    before = world.sale(name)["sale"]["id"]
    world.lead(world.click(link), name)
    after = world.sale(name)["sale"]["id"]
    assert world.receipt(before)["linkId"] is None
    assert world.receipt(after)["linkId"] == link["id"]
    now = world.again(link)
    assert (now["sales"], now["conversions"]) == (1, 1)


def test_a_named_lead_is_waited_for_all_the_same(world: World) -> None:
    name = sent_by(world, gclid="G")
    body = {"customerExternalId": name, "amount": 1, "leadEventName": "Trial"}
    answer = world.client.call("POST", "/track/sale", body)
    problem(answer, 404, "not_found", "leadEventName")


def test_what_a_backend_says_of_a_sale_is_kept_and_a_page_cannot_say_it(world: World) -> None:
    name = sent_by(world, gclid="G")
    said = {
        "plan": "pro",
        "promoCode": "SPRING",
        "subscriptionId": "sub_1",
        "scope": "organization",
        "administrative": True,
        "occurredAt": "2025-01-31T12:00:00Z",
    }
    sale = world.sale(name, 2900, **said)["sale"]["id"]
    page = {"customerExternalId": name, "amount": 100, "clickId": "", "plan": "pro"}
    paged = world.page.post("/track/sale/client", page)["sale"]["id"]
    rows = {row["eventId"]: row for row in exported(world, "sale")}
    kept = rows[sale]
    assert {key: kept[key] for key in said if key != "occurredAt"} == {
        key: said[key] for key in said if key != "occurredAt"
    }
    assert kept["timestamp"] == "2025-01-31T12:00:00.000Z"
    assert rows[paged]["plan"] is None


def exported(world: World, kind: str) -> list[dict[str, Any]]:
    arguments = (*world.server.store.arguments, "--workspace", "acme", "--out", "-")
    lines = [json.loads(line) for line in run("export", *arguments).stdout.splitlines()]
    return [line["data"] for line in lines if line.get("kind") == kind]


@pytest.mark.parametrize("moment", ["soon", "2999-01-01", "1969-12-31T23:59:59Z"])
def test_a_time_that_cannot_be_is_refused(world: World, moment: str) -> None:
    body = {"customerExternalId": "u", "amount": 1, "occurredAt": moment}
    answer = world.client.call("POST", "/track/sale", body)
    problem(answer, 422, "unprocessable_entity", "occurredAt")


def test_one_trial_ends_once_whichever_path_says_so_a66(world: World) -> None:
    name = sent_by(world, im_ref="I1")
    first = milestone(world, name, "trial_end", entity="trial_9", plan="pro")
    again = milestone(world, name, "trial_end", entity="trial_9", source="client")
    assert again == first
    assert (first["type"], first["entity"], first["plan"]) == ("trial_end", "trial_9", "pro")
    assert first["customer"]["externalId"] == name
    assert steps(world, name) == [("signup", None), ("trial_end", "trial_9")]


def test_a64_many_sign_ups_at_once_are_one(world: World) -> None:
    name = world.name("u")
    told = at_once(lambda _: milestone(world, name, "signup")["id"], range(8))
    assert len(set(told)) == 1
    assert steps(world, name) == [("signup", None)]


def test_what_happened_first_stands_first(world: World) -> None:
    name = world.name("u")
    milestone(world, name, "signup", occurredAt="2025-02-01")
    milestone(world, name, "subscription_start", entity="s", occurredAt="2025-02-20")
    milestone(world, name, "trial_start", entity="t", occurredAt="2025-02-03")
    told = [kind for kind, _ in steps(world, name)]
    assert told == ["signup", "trial_start", "subscription_start"]


def test_a_trial_waits_for_its_customer_p6(world: World) -> None:
    name = world.name("u")
    kept = milestone(world, name, "trial_start", entity="t1", occurredAt="2025-02-03")
    assert kept["id"] is None
    assert world.item(kept["inboxId"])["reason"] == "unknown_customer"
    milestone(world, name, "signup")
    assert world.item(kept["inboxId"])["state"] == "resolved"
    assert steps(world, name) == [("trial_start", "t1"), ("signup", None)]


def test_a_trial_of_somebody_else_is_a_conflict_to_look_at(world: World) -> None:
    one, other, trial = sent_by(world, gclid="A"), sent_by(world, gclid="B"), world.name("t")
    milestone(world, one, "trial_start", entity=trial)
    body = {"customerExternalId": other, "type": "trial_start", "entity": trial}
    answer = world.client.call("POST", "/track/milestone", body)
    problem(answer, 409, "conflict", "customerExternalId")
    assert ("trial_start", trial) not in steps(world, other)


def test_what_plan_was_bought_changes_the_amount_and_nothing_else(world: World) -> None:
    """A-8: neither who is credited, nor why, nor what happened in which order."""
    link, told = world.link(), []
    for plan, amount in (("pro-2024", 900), ("pro-2026", 2900)):
        name = world.customer(link)
        for kind in ("trial_start", "trial_end", "subscription_start"):
            milestone(world, name, kind, entity=world.name("e"), plan=plan)
        receipt = world.receipt(world.sale(name, amount, plan=plan)["sale"]["id"])
        assert receipt["owed"]["amount"] * 10 == amount
        reasons = [each["reason"] for each in receipt["considered"]]
        kinds = [kind for kind, _ in steps(world, name)]
        told.append((kinds, receipt["credit"], receipt["owedReason"], reasons, receipt["program"]))
    assert told[0] == told[1]
    assert told[0][:2] == (["trial_start", "trial_end", "subscription_start"], "last_touch")


def test_a_trial_needs_a_name(world: World) -> None:
    body = {"customerExternalId": "u", "type": "trial_start"}
    answer = world.client.call("POST", "/track/milestone", body)
    problem(answer, 422, "unprocessable_entity", "entity")


def test_a3_a_backend_may_say_which_network_and_the_first_stays(world: World) -> None:
    name = world.name("u")
    milestone(world, name, "signup")
    path = f"/customers/ext_{name}/attributions"
    first = world.client.post(path, {"provider": "impact", "identifier": " A%3A+ü "})
    assert first["identifier"] == "A%3A+ü", "opaque, byte for byte but for its ends (A-5)"
    assert world.client.post(path, {"provider": "impact", "identifier": "B"}) == first
    assert attributions(world, name) == {"impact": "A%3A+ü"}


def test_a71_a_network_may_be_known_without_its_id(world: World) -> None:
    name = world.name("u")
    milestone(world, name, "signup")
    world.client.post(
        f"/customers/ext_{name}/attributions", {"provider": "impact", "identifier": ""}
    )
    assert attributions(world, name) == {"impact": ""}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"provider": "nobody", "identifier": "X"}, "provider"),
        ({"provider": "headwater", "identifier": "X"}, "provider"),
        ({"provider": "impact", "identifier": "X", "parameter": "gclid"}, "parameter"),
        ({"provider": "impact", "identifier": "x" * 513}, "identifier"),
        ({"provider": "impact", "identifier": "X", "touchedAt": "later"}, "touchedAt"),
    ],
)
def test_a1_a6_what_no_network_gave_is_refused(world: World, given: Any, field: str) -> None:
    name = sent_by(world, gclid="G")
    answer = world.client.call("POST", f"/customers/ext_{name}/attributions", given)
    problem(answer, 422, "unprocessable_entity", field)
    assert attributions(world, name) == {"google": "G"}


def test_p11_the_words_of_a_step_go_with_the_person(world: World) -> None:
    name, words = world.name("u"), world.name("secret")
    milestone(world, name, "signup", metadata={"said": words}, customerName=words)
    waiting = milestone(world, world.name("v"), "trial_end", entity="t", metadata={"said": words})
    assert waiting["id"] is None
    world.client.call("DELETE", f"/customers/ext_{name}")
    left = everywhere(world.server.store, words)
    assert left == ["inbox_bodies.body"], "that call is about somebody else"


def test_p10_nobody_else_sees_it(world: World) -> None:
    name = sent_by(world, gclid="G")
    for path in (f"/customers/ext_{name}/milestones", f"/customers/ext_{name}/attributions"):
        assert world.stranger.call("GET", path).status == 404
    given = {"provider": "impact", "identifier": "X"}
    answer = world.stranger.call("POST", f"/customers/ext_{name}/attributions", given)
    problem(answer, 404, "not_found", "id")
