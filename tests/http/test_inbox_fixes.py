"""The inbox mended in bulk: found by what is wrong, corrected alike, each call for itself."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.http.test_leads import forged
from tests.http.world import World, problem
from tests.support import wait_until


def mistyped(world: World, customer: str, currency: str = "uds", **fields: Any) -> Any:
    """A sale that waits for a rate of a currency there is not."""
    given = {"invoiceId": world.name("in"), "currency": currency} | fields
    return world.item(world.sale(customer, 2900, **given)["inboxId"])


def bulk(world: World, key: str | None = None, **body: Any) -> Any:
    named = {"idempotency_key": key} if key else {}
    return world.client.post("/inbox/replay", body, **named)


def one(world: World, item: Any, **fix: Any) -> Any:
    (answer,) = bulk(world, ids=[item["id"]], fix=fix)["items"]
    return answer


def change(old: str, new: str) -> dict[str, str]:
    return {"from": old, "to": new}


def books(world: World) -> Any:
    return world.client.get("/balances"), world.client.get("/commissions")


def test_calls_are_listed_and_counted_by_kind_customer_and_time(world: World) -> None:
    customer = world.customer()
    sale = mistyped(world, customer)
    body = {"customerExternalId": customer, "type": "trial_end", "entity": world.name("t")}
    stranger = world.name("u")
    trial = world.client.post("/track/milestone", body | {"customerExternalId": stranger})
    named = f"/inbox?customerExternalId={customer}"
    assert [each["id"] for each in world.client.get(named)] == [sale["id"]]
    assert world.client.get(f"{named}&kind=lead") == []
    assert world.client.get(f"/inbox?customerExternalId={customer[:-1]}") == []
    assert world.client.get(f"/inbox?customerExternalId={customer.upper()}") == []
    assert world.client.get(f"{named}&end={sale['createdAt']}") == []
    assert len(world.client.get(f"{named}&start={sale['createdAt']}&end=2100-01-01")) == 1
    found = world.client.get(f"/inbox?kind=milestone&customerExternalId={stranger}")
    assert [each["id"] for each in found] == [trial["inboxId"]]
    counted = world.client.get(f"/inbox/count?customerExternalId={customer}")
    assert counted == [{"reason": "unknown_rate", "state": "waiting", "_count": 1}]

    def the_same() -> bool:
        """The sweep may attach something between the two."""
        every = world.client.get("/inbox/count?state=waiting")
        listed = Counter(each["reason"] for each in whole_list(world, "/inbox?state=waiting"))
        return {each["reason"]: each["_count"] for each in every} == listed

    wait_until(the_same)


def whole_list(world: World, path: str) -> list[Any]:
    found: list[Any] = []
    for page in range(1, 100):
        rows = world.client.get(f"{path}&page={page}")
        found += rows
        if len(rows) < 100:
            break
    return found


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("kind=visit", "kind"),
        ("start=soon", "start"),
        ("end=0", "end"),
        ("customerId=c", "customerId"),
    ],
)
def test_a_filter_that_means_nothing_is_told(world: World, query: str, field: str) -> None:
    for path in ("/inbox", "/inbox/count"):
        problem(world.client.call("GET", f"{path}?{query}"), 422, "unprocessable_entity", field)


def test_what_a_person_writes_into_metadata_is_no_customer(world: World) -> None:
    whose, said = world.customer(), world.name("u")
    told = {"customerExternalId": said, "text": f'"customerExternalId":"{said}"'}
    mistyped(world, whose, metadata=told)
    assert world.client.get(f"/inbox?customerExternalId={said}") == []


def test_a_customer_is_mapped_and_nothing_else_changes_p6(world: World) -> None:
    right, wrong = world.customer(), world.name("wrong")
    kept = {"metadata": {"plan": "pro"}, "occurredAt": "2026-01-31T12:00:00Z"}
    item = world.item(world.sale(wrong, 4900, invoiceId=world.name("in"), **kept)["inboxId"])
    answer = one(world, item, customerExternalId=change(wrong, right))
    assert (answer["outcome"], answer["reason"]) == ("replayed", None)
    receipt = world.receipt(answer["result"]["id"])
    assert (receipt["kind"], receipt["amount"]) == ("sale", 4900)
    again = world.sale(right, 4900, invoiceId=item["request"]["invoiceId"])["sale"]
    assert (again["id"], again["metadata"]) == (answer["result"]["id"], {"plan": "pro"})
    (event,) = sales_of(world, right)
    assert event["timestamp"] == "2026-01-31T12:00:00.000Z", "the time it happened"
    assert world.item(item["id"])["request"] == item["request"], "as it was received"


def sales_of(world: World, customer: str) -> list[Any]:
    rows = world.client.get("/events?event=sales&interval=all&limit=1000")
    return [each for each in rows if each["customer"]["externalId"] == customer]


def test_a_wrong_currency_is_corrected_for_all_and_only_for_those_p2(world: World) -> None:
    link = world.link()
    customer = world.customer(link)
    wrong = [mistyped(world, customer, "uds") for _ in range(3)]
    other = mistyped(world, customer, "xxu")
    chosen = {"reason": "unknown_rate", "customerExternalId": customer}
    fix = {"currency": change("UDS", "usd")}
    answer = bulk(world, filter=chosen, fix=fix)
    assert answer["after"] is None
    outcomes = {each["id"]: each["outcome"] for each in answer["items"]}
    assert outcomes == {each["id"]: "replayed" for each in wrong} | {other["id"]: "refused"}
    assert world.again(link)["saleAmount"] == 3 * 2900
    before = books(world)
    again = bulk(world, filter=chosen, fix=fix)["items"]
    assert [(each["id"], each["outcome"]) for each in again] == [(other["id"], "refused")]
    named = bulk(world, ids=[each["id"] for each in wrong], fix=fix)["items"]
    assert {each["outcome"] for each in named} == {"settled"}
    assert [each["result"] for each in named] == [
        world.item(each["id"])["result"] for each in wrong
    ]
    assert books(world) == before


def test_a_click_is_chosen_for_one_customer_only(world: World) -> None:
    link, customer = world.link(), world.name("u")
    click_id = world.click(link)
    lead = {"clickId": forged(click_id), "eventName": "Go", "customerExternalId": customer}
    assert world.client.call("POST", "/track/lead", lead).status == 404
    sale = world.sale(customer, 2900, invoiceId=world.name("in"))["inboxId"]
    body = {"filter": {"kind": "lead"}, "fix": {"clickId": click_id}}
    answer = world.client.call("POST", "/inbox/replay", body)
    problem(answer, 422, "unprocessable_entity", "fix.clickId")
    done = bulk(world, filter={"customerExternalId": customer}, fix={"clickId": click_id})["items"]
    assert [each["outcome"] for each in done] == ["replayed", "replayed"]
    assert done[1]["id"] == sale
    counted = world.again(link)
    assert (counted["leads"], counted["sales"]) == (1, 1)


def test_a_sale_that_waits_for_a_lead_of_the_same_run_is_told_as_what_it_became(
    world: World,
) -> None:
    link, customer = world.link(), world.name("u")
    click_id = world.click(link)
    world.sale(customer, 2900, invoiceId=world.name("in"))
    path = f"/links/{link['id']}"
    world.client.call("PATCH", path, {"disabledAt": "2020-01-01T00:00:00Z"})
    lead = {"clickId": click_id, "eventName": "Go", "customerExternalId": customer}
    assert world.client.call("POST", "/track/lead", lead).status == 404
    world.client.call("PATCH", path, {"disabledAt": None})
    done = bulk(world, filter={"customerExternalId": customer})["items"]
    assert [each["outcome"] for each in done] == ["replayed", "replayed"]
    assert [each["result"]["kind"] for each in done] == ["sale", "lead"]


def test_another_lead_is_named(world: World) -> None:
    link = world.link()
    customer = world.customer(link)
    body = {"customerExternalId": customer, "amount": 100, "leadEventName": "Demo"}
    assert world.client.call("POST", "/track/sale", body).status == 404
    (item,) = world.client.get(f"/inbox?customerExternalId={customer}")
    assert one(world, item, leadEventName="Trial")["reason"] == "no_such_lead"
    assert world.item(item["id"]) == item
    assert one(world, item, leadEventName="Sign up")["outcome"] == "replayed"


def test_what_still_fails_waits_on_with_the_reason_of_the_try_p6(world: World) -> None:
    customer, nobody = world.customer(), world.name("u")
    item = mistyped(world, customer)
    fix = {"currency": change("uds", "usd"), "customerExternalId": change(customer, nobody)}
    answer = one(world, item, **fix)
    assert (answer["outcome"], answer["reason"]) == ("stillWaiting", "unknown_customer")
    assert answer["field"] == "customerExternalId"
    assert "attaches itself" in answer["detail"]
    assert world.item(item["id"]) == item


def refund_that_waits(world: World) -> Any:
    refund = world.refund(f"ext_{world.name('in')}", 100, "r1")
    return world.item(refund["inboxId"])


@pytest.mark.parametrize(
    ("fix", "reason"),
    [
        ({"customerExternalId": change("a", "b")}, "names_no_customer"),
        ({"currency": change("usd", "eur")}, "has_no_currency"),
        ({"clickId": "c"}, "names_no_click"),
        ({"leadEventName": "Go"}, "names_no_lead"),
        ({"linkId": "link_none"}, "names_no_link"),
    ],
)
def test_a_fix_that_is_not_for_a_call_is_refused_for_that_one_alone(
    world: World, fix: dict[str, Any], reason: str
) -> None:
    refund, customer = refund_that_waits(world), world.customer()
    sale = mistyped(world, customer)
    first, second, nobody = bulk(world, ids=[refund["id"], sale["id"], "inb_nobody"], fix=fix)[
        "items"
    ]
    (field,) = fix
    assert (first["outcome"], first["reason"]) == ("refused", reason)
    assert first["field"] == f"fix.{field}"
    assert first["detail"].endswith(".")
    tried = field in ("clickId", "leadEventName")
    assert second["outcome"] == ("stillWaiting" if tried else "refused")
    assert (nobody["outcome"], nobody["reason"]) == ("refused", "no_such_call")
    assert world.item(refund["id"]) == refund
    assert world.item(sale["id"]) == sale


def test_a_call_about_somebody_else_keeps_its_customer(world: World) -> None:
    item = mistyped(world, world.customer())
    answer = one(world, item, customerExternalId=change(world.name("u"), world.customer()))
    assert (answer["outcome"], answer["reason"]) == ("refused", "another_customer")


def test_a_person_who_was_erased_comes_back_by_no_replay_p11(world: World) -> None:
    customer = world.customer()
    item = mistyped(world, customer)
    assert world.client.call("DELETE", f"/customers/ext_{customer}").status == 200
    answer = one(world, item, currency=change("uds", "usd"))
    assert (answer["outcome"], answer["reason"]) == ("refused", "body_erased")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "ids"),
        ({"fix": {"clickId": "c"}}, "ids"),
        ({"ids": ["inb_1"], "filter": {}}, "ids"),
        ({"ids": ["inb_1"], "after": "inb_0"}, "after"),
        ({"ids": []}, "ids"),
        ({"ids": ["kim@acme.test"]}, "ids[0]"),
        ({"filter": {}, "fixes": {}}, None),
        ({"ids": ["inb_1"] * 101}, "ids"),
        ({"filter": {"reason": "bad_luck"}}, "filter.reason"),
        ({"filter": {"end": "soon"}}, "filter.end"),
        ({"filter": {"customer": "u"}}, "filter"),
        ({"filter": {}, "fix": {"curency": {"from": "uds", "to": "usd"}}}, "fix"),
        ({"filter": {}, "fix": {"currency": {"from": "usd", "to": "us"}}}, "fix.currency.to"),
        ({"filter": {}, "fix": {"currency": {"from": "usd"}}}, "fix.currency.to"),
        ({"filter": {}, "fix": {"leadEventName": " "}}, "fix.leadEventName"),
        ({"filter": {}, "fix": {"customerExternalId": {"from": " ", "to": "u"}}},
         "fix.customerExternalId"),
    ],
)  # fmt: skip
def test_a_request_that_leaves_open_what_is_meant_changes_nothing(
    world: World, body: dict[str, Any], field: str | None
) -> None:
    before = books(world)
    problem(world.client.call("POST", "/inbox/replay", body), 422, "unprocessable_entity", field)
    assert books(world) == before


def test_many_are_replayed_chunk_by_chunk_and_a_key_gives_the_first_answer_again_p2(
    world: World,
) -> None:
    link = world.link()
    customer = world.customer(link)
    for _ in range(103):
        mistyped(world, customer)
    body = {"filter": {"customerExternalId": customer}, "fix": {"currency": change("uds", "usd")}}
    key = world.name("key")
    first = bulk(world, key, **body)
    assert (len(first["items"]), first["after"]) == (100, first["items"][-1]["id"])
    assert bulk(world, key, **body) == first
    assert world.again(link)["sales"] == 100
    rest = bulk(world, **body, after=first["after"])
    assert ([each["outcome"] for each in rest["items"]], rest["after"]) == (["replayed"] * 3, None)
    assert bulk(world, **body) == {"items": [], "after": None}
    assert world.again(link)["sales"] == 103
    assert bulk(world, key, **body) == first
    answer = world.client.call(
        "POST", "/inbox/replay", body | {"after": "x"}, headers={"idempotency-key": key}
    )
    problem(answer, 409, "conflict", "Idempotency-Key")


def test_two_who_mend_at_once_record_each_call_once_p2(world: World) -> None:
    link = world.link()
    customer = world.customer(link)
    for _ in range(12):
        world.sale(customer, 100, currency="uds")
    fix = {"currency": change("uds", "usd")}
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(bulk, world, filter={"customerExternalId": customer}, fix=fix)
            for _ in range(2)
        ]
        items = [each for run in runs for each in run.result()["items"]]
    assert {each["outcome"] for each in items} <= {"replayed", "settled"}
    assert len({each["id"] for each in items if each["outcome"] == "replayed"}) == 12
    assert (world.again(link)["sales"], world.again(link)["saleAmount"]) == (12, 1200)


def test_nobody_elses_calls_are_replayed_p10(world: World) -> None:
    item = mistyped(world, world.customer())
    (answer,) = world.stranger.post("/inbox/replay", {"ids": [item["id"]]})["items"]
    assert (answer["reason"], answer["result"]) == ("no_such_call", None)
    customer = item["request"]["customerExternalId"]
    chosen = {"filter": {"customerExternalId": customer}}
    assert world.stranger.post("/inbox/replay", chosen)["items"] == []
    assert world.stranger.get(f"/inbox/count?customerExternalId={customer}") == []
