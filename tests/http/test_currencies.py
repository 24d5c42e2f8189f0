"""Sales in other currencies: rates stored and dated, both amounts kept."""

import itertools
import string
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.http.world import World, problem

_codes = ("q" + "".join(pair) for pair in itertools.product(string.ascii_lowercase, repeat=2))


def currency() -> str:
    """A currency no other test uses; two decimals."""
    return next(_codes)


def day(ago: int) -> str:
    return f"{datetime.now(UTC) - timedelta(days=ago):%Y-%m-%d}"


def rate(world: World, code: str, value: str, ago: int = 1) -> Any:
    body = {"currency": code, "date": day(ago), "rate": value, "source": "ECB"}
    return world.client.post("/rates", body)


def test_both_amounts_are_kept_and_the_commission_is_in_our_currency(world: World) -> None:
    code = currency()
    rate(world, code, "0.9213")
    sale = world.sale(world.customer(), 9213, currency=code.upper())["sale"]
    assert (sale["amount"], sale["currency"]) == (10_000, "usd")
    assert (sale["originalAmount"], sale["originalCurrency"]) == (9213, code)
    receipt = world.receipt(sale["id"])
    assert (receipt["owed"]["amount"], receipt["owed"]["currency"]) == (1000, "usd")


def test_yen_have_no_decimals_and_dinars_three(world: World) -> None:
    for code, value in (("jpy", "158"), ("kwd", "0.3075")):
        world.client.post("/rates", {"currency": code, "date": day(400), "rate": value})
    customer = world.customer()
    yen = world.sale(customer, 1580, currency="jpy")["sale"]
    dinar = world.sale(customer, 10_000, currency="KWD")["sale"]
    assert (yen["amount"], dinar["amount"]) == (1000, 3252)
    part = world.refund(dinar["id"], 5000, "r1")
    rest = world.refund(dinar["id"], 5000, "r2")
    assert part["amount"] + rest["amount"] == 3252
    assert (part["originalAmount"], part["originalCurrency"]) == (5000, "kwd")
    assert part["reversed"] + rest["reversed"] == 325


def test_krona_are_sent_in_hundredths_as_card_processors_send_them(world: World) -> None:
    world.client.post("/rates", {"currency": "isk", "date": day(400), "rate": "125"})
    sale = world.sale(world.customer(), 500_000, currency="isk", paymentProcessor="stripe")["sale"]
    assert (sale["originalAmount"], sale["amount"]) == (500_000, 4000)


def test_a_sale_worth_less_than_the_smallest_coin_owes_nothing(world: World) -> None:
    """Not even a flat reward: in the currency it would be paid in, nothing was paid."""
    program = world.make_program(lead=None, sale=None)
    reward = {"event": "sale", "type": "flat", "amountInCents": 1000}
    world.client.post(f"/programs/{program['id']}/rewards", reward)
    customer = world.customer(world.link(world.make_partner(program)))
    world.client.post("/rates", {"currency": "vnd", "date": day(400), "rate": "26000"})
    sale = world.sale(customer, 1, currency="vnd")["sale"]
    assert sale["amount"] == 0
    receipt = world.receipt(sale["id"])
    assert (receipt["owed"], receipt["owedReason"]) == (None, "rounds_to_zero")
    assert world.receipt(world.sale(customer, 26_000, currency="vnd")["sale"]["id"])["owed"]


def test_the_newest_rate_on_or_before_the_day_counts(world: World) -> None:
    code = currency()
    rate(world, code, "2", ago=10)
    rate(world, code, "4", ago=3)
    rate(world, code, "100", ago=-3)
    assert world.sale(world.customer(), 400, currency=code)["sale"]["amount"] == 100
    listed = world.client.get(f"/rates?currency={code.upper()}")
    assert [each["rate"] for each in listed] == ["100", "4", "2"]
    assert [each["date"] for each in listed] == [day(-3), day(3), day(10)]


def test_a_rate_of_a_later_day_does_not_help(world: World) -> None:
    code = currency()
    rate(world, code, "2", ago=-5)
    answer = world.sale(world.customer(), currency=code)
    assert world.item(answer["inboxId"])["reason"] == "unknown_rate"


def test_sales_that_waited_are_recorded_as_soon_as_the_rate_is_there(world: World) -> None:
    code, link = currency(), world.link()
    customer, invoices = world.customer(link), [world.name("in") for _ in range(25)]
    kept = [world.sale(customer, 200, currency=code, invoiceId=each) for each in invoices]
    early = world.refund(f"ext_{invoices[0]}", 50, "r1")
    assert all(answer["sale"] is None for answer in kept)
    rate(world, code, "2")
    assert {world.item(answer["inboxId"])["state"] for answer in kept} == {"resolved"}
    now = world.again(link)
    assert (now["sales"], now["saleAmount"]) == (25, 2500)
    assert world.item(early["inboxId"])["result"]["kind"] == "refund"
    sale = world.sale(customer, 200, currency=code, invoiceId=invoices[0])["sale"]
    assert (sale["amount"], sale["originalAmount"]) == (100, 200)


def test_a_rate_never_changes(world: World) -> None:
    code = currency()
    first = rate(world, code, "2")
    assert first["source"] == "ECB"
    assert rate(world, code, "2") == first
    body = {"currency": code, "date": day(1), "rate": "3"}
    problem(world.client.call("POST", "/rates", body), 409, "conflict", "rate")


def test_an_amount_that_outgrows_its_limit_by_conversion_waits(world: World) -> None:
    code = currency()
    rate(world, code, "0.000001")
    body = {"customerExternalId": world.customer(), "amount": 10**9, "currency": code}
    answer = world.client.call("POST", "/track/sale", body)
    error = problem(answer, 422, "unprocessable_entity", "amount")
    (item,) = [
        each for each in world.waiting("amount_out_of_range") if each["id"] in error["message"]
    ]
    assert item["request"]["amount"] == 10**9


def test_a_sale_that_converts_to_nothing_is_a_sale_of_nothing_owed(world: World) -> None:
    code = currency()
    rate(world, code, "1000000")
    sale = world.sale(world.customer(), 1, currency=code)["sale"]
    assert sale["amount"] == 0
    assert world.receipt(sale["id"])["owedReason"] == "rounds_to_zero"
    assert world.refund(sale["id"], 1, "r1")["amount"] == 0


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"currency": "usd"}, 409, "conflict", "currency"),
        ({"currency": "euro"}, 422, "unprocessable_entity", "currency"),
        ({"date": "yesterday"}, 422, "unprocessable_entity", "date"),
        ({"date": "2026-02-30"}, 422, "unprocessable_entity", "date"),
        ({"date": "2026-01-31T00:00"}, 422, "unprocessable_entity", "date"),
        ({"rate": "0"}, 422, "unprocessable_entity", "rate"),
        ({"rate": "-1"}, 422, "unprocessable_entity", "rate"),
        ({"rate": "1e3"}, 422, "unprocessable_entity", "rate"),
        ({"rate": 0.92}, 422, "unprocessable_entity", "rate"),
        ({"rate": ""}, 422, "unprocessable_entity", "rate"),
        ({"source": "s" * 256}, 422, "unprocessable_entity", "source"),
    ],
)
def test_a_rate_that_makes_no_sense_is_refused(
    world: World, fields: dict[str, Any], status: int, code: str, field: str
) -> None:
    body = {"currency": "nok", "date": "2026-01-31", "rate": "11.2"} | fields
    problem(world.client.call("POST", "/rates", body), status, code, field)
