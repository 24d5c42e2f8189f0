"""POST /track/sale: its branches row by row, and one sale per invoice for ever."""

from typing import Any

import pytest

from tests.http.test_leads import forged
from tests.http.world import World, problem


def call(world: World, **fields: Any) -> Any:
    """The raw answer to a sale of 29.00, with these fields."""
    return world.client.call("POST", "/track/sale", {"amount": 2900} | fields)


def test_a_sale_names_customer_and_amounts(world: World) -> None:
    customer = world.customer(customerName="Sam", customerEmail="sam@c.test")
    answer = world.sale(
        customer,
        invoiceId=(invoice := world.name("in")),
        eventName="Upgrade",
        paymentProcessor="stripe",
        metadata={"plan": "pro", "items": [1, 2.5, None]},
    )
    assert answer["eventName"] == "Upgrade"
    sale, who = answer["sale"], answer["customer"]
    assert who == {
        "id": who["id"],
        "name": "Sam",
        "email": "sam@c.test",
        "avatar": None,
        "externalId": customer,
    }
    assert sale == {
        "id": sale["id"],
        "receiptId": sale["receiptId"],
        "amount": 2900,
        "currency": "usd",
        "originalAmount": 2900,
        "originalCurrency": "usd",
        "paymentProcessor": "stripe",
        "invoiceId": invoice,
        "metadata": {"plan": "pro", "items": [1, 2.5, None]},
    }


def test_what_is_left_out_has_its_documented_default(world: World) -> None:
    answer = world.sale(world.customer())
    assert answer["eventName"] == "Purchase"
    sale = answer["sale"]
    assert (sale["currency"], sale["paymentProcessor"]) == ("usd", "custom")
    assert (sale["invoiceId"], sale["metadata"]) == (None, None)


def test_the_counters_are_right_as_soon_as_it_is_answered(world: World) -> None:
    link = world.link()
    customer = world.customer(link)
    world.sale(customer, 2900)
    world.sale(customer, 100)
    now = world.again(link)
    counted = [now[name] for name in ("leads", "conversions", "sales", "saleAmount")]
    assert counted == [1, 1, 2, 3000]


# One test per row of the branch table, in its order.


def test_a_known_invoice_with_the_same_fact_is_the_first_result_a65(world: World) -> None:
    link = world.link()
    customer, invoice = world.customer(link), world.name("in")
    first = world.sale(customer, invoiceId=invoice, metadata={"a": 1})
    other_words = {"eventName": "Other", "metadata": {"b": 2}, "paymentProcessor": "paddle"}
    for fields in ({}, other_words, {"currency": "USD"}):
        assert world.sale(customer, invoiceId=invoice, **fields) == first
    assert (world.again(link)["sales"], world.again(link)["saleAmount"]) == (1, 2900)
    assert not [item for item in world.waiting("conflict") if _is(item, invoice)]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"customerExternalId": "somebody else", "amount": 1}, "customerExternalId"),
        ({"amount": 2901, "currency": "eur"}, "amount"),
        ({"currency": "eur"}, "currency"),
        ({"amount": 0}, "amount"),
    ],
    ids=["customer", "amount", "currency", "zero"],
)
def test_a_known_invoice_with_another_fact_is_the_first_result_and_a_conflict(
    world: World, fields: dict[str, Any], field: str
) -> None:
    link = world.link()
    customer, invoice = world.customer(link), world.name("in")
    first = world.sale(customer, invoiceId=invoice)
    for _ in range(2):
        answer = call(world, **({"customerExternalId": customer, "invoiceId": invoice} | fields))
        assert (answer.status, answer.json) == (200, first)
    (item,) = [each for each in world.waiting("conflict") if _is(each, invoice)]
    assert (item["kind"], item["field"], item["result"]) == ("sale", field, None)
    assert item["request"].items() >= fields.items()
    assert world.again(link)["sales"] == 1


def _is(item: dict[str, Any], invoice: str) -> bool:
    return item["request"].get("invoiceId") == invoice


def test_a_sale_of_nothing_is_kept_and_closed(world: World) -> None:
    """A-30."""
    link = world.link()
    answer = world.sale(world.customer(link), 0, invoiceId=world.name("in"))
    assert (answer["eventName"], answer["customer"], answer["sale"]) == ("Purchase", None, None)
    item = world.item(answer["inboxId"])
    assert (item["reason"], item["state"], item["field"]) == ("zero_amount", "closed", "amount")
    assert world.again(link)["sales"] == 0


def test_an_invoice_that_began_with_nothing_may_still_be_paid(world: World) -> None:
    customer, invoice = world.customer(), world.name("in")
    world.sale(customer, 0, invoiceId=invoice)
    assert world.sale(customer, 2900, invoiceId=invoice)["sale"]["amount"] == 2900


def test_a_currency_without_a_rate_waits(world: World) -> None:
    answer = world.sale(world.customer(), currency="XTS", invoiceId=world.name("in"))
    assert (answer["customer"], answer["sale"]) == (None, None)
    item = world.item(answer["inboxId"])
    assert (item["reason"], item["state"], item["field"]) == ("unknown_rate", "waiting", "currency")


def test_a_named_lead_the_customer_has_not_got_is_not_found_and_waits(world: World) -> None:
    link, customer = world.link(), world.name("u")
    click_id = world.click(link)
    world.lead(click_id, customer)
    invoice = world.name("in")
    answer = call(world, customerExternalId=customer, leadEventName="Trial", invoiceId=invoice)
    error = problem(answer, 404, "not_found", "leadEventName")
    (item,) = [each for each in world.waiting("no_such_lead") if _is(each, invoice)]
    assert item["id"] in error["message"]
    world.lead(click_id, customer, "trial")
    after = world.item(item["id"])
    assert (after["state"], after["result"]["kind"]) == ("resolved", "sale")
    again = world.sale(customer, leadEventName="Trial", invoiceId=invoice)
    assert again["sale"]["id"] == after["result"]["id"]
    assert world.again(link)["sales"] == 1


def test_a_known_customer_buys_on_the_newest_lead_or_the_one_named(world: World) -> None:
    old, new, customer = world.link(), world.link(), world.name("u")
    world.lead(world.click(old), customer, "Sign up")
    world.lead(world.click(new), customer, "Trial")
    newest = world.sale(customer)["sale"]["id"]
    named = world.sale(customer, leadEventName="sign-up")["sale"]["id"]
    assert world.receipt(newest)["linkId"] == new["id"]
    assert world.receipt(named)["linkId"] == old["id"]
    assert world.receipt(named)["winner"]["linkId"] == old["id"]


def test_a_known_customer_needs_no_click_and_ignores_another(world: World) -> None:
    link, other = world.link(), world.link()
    sale = world.sale(world.customer(link), clickId=world.click(other))
    assert world.receipt(sale["sale"]["id"])["linkId"] == link["id"]


def test_what_is_said_of_a_customer_adds_up_and_what_is_known_stays(world: World) -> None:
    customer = world.customer(customerName="Sam")
    said = {"customerName": "X", "customerEmail": "sam@c.test"}
    for fields in (said, {"customerEmail": "x@c.test", "customerAvatar": "https://c.test/s.png"}):
        who = world.sale(customer, **fields)["customer"]
    assert (who["name"], who["email"]) == ("Sam", "sam@c.test")
    assert "/avatars/avt_" in who["avatar"]


@pytest.mark.parametrize(("given", "name"), [({}, "Sign up"), ({"leadEventName": "Demo"}, "Demo")])
def test_a_direct_sale_brings_customer_and_lead_along(
    world: World, given: dict[str, Any], name: str
) -> None:
    link, customer = world.link(), world.name("u")
    answer = world.sale(
        customer,
        clickId=world.click(link),
        customerName="Sam",
        customerEmail="sam@c.test",
        **given,
    )
    assert (answer["customer"]["name"], answer["customer"]["externalId"]) == ("Sam", customer)
    now = world.again(link)
    counted = [now[each] for each in ("clicks", "leads", "conversions", "sales")]
    assert counted == [1, 1, 1, 1]
    earned = world.client.get(f"/commissions?customerId={answer['customer']['id']}")
    assert {each["type"]: each["earnings"] for each in earned} == {"lead": 500, "sale": 290}
    lead = world.lead(None, customer, name)
    assert world.again(link)["leads"] == 1, "the lead of that name is already there"
    assert lead["lead"]["eventName"] == name


@pytest.mark.parametrize("reason", ["forged_click_id", "unknown_click"])
def test_an_unknown_customer_with_a_bad_click_is_not_found_and_kept(
    world: World, reason: str
) -> None:
    click_id = forged(world.click(world.link()))
    if reason == "unknown_click":
        link = world.stranger.post("/links", {"url": "https://other.test"})
        click_id = world.stranger.click(link["key"], domain="go.other.test").click_id
    customer = world.name("u")
    answer = call(world, customerExternalId=customer, clickId=click_id)
    error = problem(answer, 404, "not_found", "clickId")
    (item,) = [
        each for each in world.waiting(reason) if each["request"]["customerExternalId"] == customer
    ]
    assert item["id"] in error["message"]


def test_an_unknown_customer_without_a_click_waits_and_attaches_itself(world: World) -> None:
    link, customer, invoice = world.link(), world.name("u"), world.name("in")
    answer = world.sale(customer, invoiceId=invoice)
    assert (answer["customer"], answer["sale"]) == (None, None)
    item = world.item(answer["inboxId"])
    assert (item["reason"], item["state"]) == ("unknown_customer", "waiting")
    assert world.sale(customer, invoiceId=invoice) == answer, "the same call waits once"
    world.lead(world.click(link), customer)
    after = world.item(item["id"])
    assert after["state"] == "resolved"
    sale = world.sale(customer, invoiceId=invoice)["sale"]
    assert after["result"] == {"kind": "sale", "id": sale["id"]}
    assert (world.again(link)["sales"], world.again(link)["saleAmount"]) == (1, 2900)


def test_sales_without_an_invoice_each_wait_for_their_customer(world: World) -> None:
    link, customer = world.link(), world.name("u")
    kept = {world.sale(customer, 100)["inboxId"] for _ in range(3)}
    assert len(kept) == 3, "without a key, equal calls are different facts"
    world.lead(world.click(link), customer)
    assert (world.again(link)["sales"], world.again(link)["saleAmount"]) == (3, 300)


def test_another_fact_under_a_waiting_invoice_is_filed_and_the_first_one_stands(
    world: World,
) -> None:
    link, customer, invoice = world.link(), world.name("u"), world.name("in")
    first = world.sale(customer, 2900, invoiceId=invoice)
    assert world.sale(customer, 5000, invoiceId=invoice)["inboxId"] == first["inboxId"]
    (conflict,) = [each for each in world.waiting("conflict") if _is(each, invoice)]
    assert (conflict["field"], conflict["request"]["amount"]) == ("amount", 5000)
    world.lead(world.click(link), customer)
    assert world.again(link)["saleAmount"] == 2900


def test_a_waiting_sale_can_be_completed_by_a_call_that_names_the_click(world: World) -> None:
    link, customer, invoice = world.link(), world.name("u"), world.name("in")
    waiting = world.sale(customer, invoiceId=invoice)["inboxId"]
    done = world.sale(customer, invoiceId=invoice, clickId=world.click(link))
    after = world.item(waiting)
    assert after["result"] == {"kind": "sale", "id": done["sale"]["id"]}
    assert world.again(link)["sales"] == 1


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"customerExternalId": None}, 400, "bad_request", "customerExternalId"),
        ({"customerExternalId": "u" * 101}, 422, "unprocessable_entity", "customerExternalId"),
        ({"amount": -1}, 422, "unprocessable_entity", "amount"),
        ({"amount": 1.5}, 422, "unprocessable_entity", "amount"),
        ({"amount": None}, 422, "unprocessable_entity", "amount"),
        ({"amount": 10**12 + 1}, 422, "unprocessable_entity", "amount"),
        ({"amount": 2**64}, 422, "unprocessable_entity", "amount"),
        ({"amount": True}, 422, "unprocessable_entity", "amount"),
        ({"amount": "29.00"}, 422, "unprocessable_entity", "amount"),
        ({"currency": "dollars"}, 422, "unprocessable_entity", "currency"),
        ({"currency": "us"}, 422, "unprocessable_entity", "currency"),
        ({"currency": "u$d"}, 422, "unprocessable_entity", "currency"),
        ({"paymentProcessor": "cash"}, 422, "unprocessable_entity", "paymentProcessor"),
        ({"eventName": "e" * 256}, 422, "unprocessable_entity", "eventName"),
        ({"invoiceId": "i" * 256}, 422, "unprocessable_entity", "invoiceId"),
        ({"metadata": {"a": "x" * 10_000}}, 422, "unprocessable_entity", "metadata"),
        ({"customerEmail": "sam"}, 422, "unprocessable_entity", "customerEmail"),
    ],
)
def test_a_sale_of_the_wrong_form_names_the_field(
    world: World, fields: dict[str, Any], status: int, code: str, field: str
) -> None:
    problem(call(world, **({"customerExternalId": "u"} | fields)), status, code, field)


def test_the_largest_amount_is_taken(world: World) -> None:
    assert world.sale(world.customer(), 10**12)["sale"]["amount"] == 10**12


@pytest.mark.parametrize(
    "metadata", [{}, {"deep": {"er": [{"x": []}]}}, {"n": 12345678901234567890}, {"f": 1.0}]
)
def test_metadata_comes_back_as_it_was_given(world: World, metadata: Any) -> None:
    assert world.sale(world.customer(), metadata=metadata)["sale"]["metadata"] == metadata
