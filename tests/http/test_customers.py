"""Customers are found, corrected and erased; the books never notice that a person went."""

from contextlib import closing
from typing import Any

import apsw
import psycopg
import pytest

from tests.http.world import World, problem
from tests.support import Store, run, wait_until
from tests.tidy.schema import tables


def everywhere(store: Store, text: str) -> list[str]:
    """The columns of the store in which this text stands."""
    found = []
    with closing(_opened(store)) as connection:
        for table, columns in tables().items():
            there = [
                f"max(case when cast({c} as text) like '%{text}%' then 1 end)" for c in columns
            ]
            (row,) = connection.execute(f"select {', '.join(there)} from {table}").fetchall()
            found += [f"{table}.{c}" for c, one in zip(columns, row, strict=True) if one]
    return found


def _opened(store: Store) -> Any:
    if store.url:
        return psycopg.connect(store.url)
    return apsw.Connection(str(store.data / "headwater.db"), flags=apsw.SQLITE_OPEN_READONLY)


def named(world: World, external_id: str, query: str = "") -> Any:
    return world.client.get(f"/customers/ext_{external_id}{query}")


def listed(world: World, query: str) -> list[str]:
    return [each["externalId"] for each in world.client.get(f"/customers?{query}")]


def patched(world: World, customer: Any, **changes: Any) -> Any:
    answer = world.client.call("PATCH", f"/customers/{customer['id']}", changes)
    assert answer.status == 200, answer.body
    return answer.json


def test_the_sums_are_right_as_soon_as_the_sale_is_answered(world: World) -> None:
    external_id = world.customer()
    before = named(world, external_id)
    assert (before["sales"], before["saleAmount"], before["firstSaleAt"]) == (0, 0, None)
    for count in (1, 2):
        world.sale(external_id, 2900)
        after = named(world, external_id)
        assert (after["sales"], after["saleAmount"]) == (count, count * 2900)
        assert after["firstSaleAt"] is not None


def test_email_wins_over_external_id_wins_over_search(world: World) -> None:
    mail = f"{world.name('m')}@Shop.test"
    kim = world.customer(customerEmail=mail, customerName="Kim Ängström")
    other = world.customer()
    assert listed(world, f"email={mail}&externalId={other}&search=x") == [kim]
    assert listed(world, f"email={mail.lower()}") == []
    assert listed(world, f"externalId={other}&search={kim}") == [other]
    assert listed(world, f"search={mail[:10].upper()}") == [kim]
    assert kim in listed(world, "search=%C3%84ngstr")
    assert listed(world, "search=%25") == []


def test_link_program_and_partner_are_those_of_the_first_lead(world: World) -> None:
    first, second = world.make_partner(), world.make_partner()
    link, later = world.link(first), world.link(second)
    external_id = world.customer(link)
    world.lead(world.click(later), external_id, "Demo")
    for query in (f"linkId={link['id']}", f"partnerId={first['id']}"):
        assert listed(world, query) == [external_id]
    assert listed(world, f"linkId={later['id']}") == []
    assert external_id in listed(world, f"programId={world.program['id']}&pageSize=100")
    shown = named(world, external_id, "?includeExpandedFields=true")
    assert shown["link"]["id"] == link["id"]
    assert (shown["partner"]["id"], shown["programId"]) == (first["id"], world.program["id"])
    assert shown["discount"] is None
    world.client.call("DELETE", f"/links/{link['id']}")
    assert listed(world, f"linkId={link['id']}") == [external_id]


def test_both_paginations_walk_all_rows_in_either_order(world: World) -> None:
    link = world.link()
    made = [world.customer(link) for _ in range(5)]
    here = f"linkId={link['id']}&pageSize=2"
    for order, expected in (("desc", made[::-1]), ("asc", made)):
        pages = [listed(world, f"{here}&sortOrder={order}&page={n}") for n in (1, 2, 3)]
        assert [each for page in pages for each in page] == expected
        cursor, seen = "", []
        while rows := world.client.get(f"/customers?{here}&sortOrder={order}&page=1{cursor}"):
            seen += [row["externalId"] for row in rows]
            cursor = f"&startingAfter={rows[-1]['id']}"
        assert seen == expected
        last = named(world, expected[-1])["id"]
        before = listed(world, f"{here}&sortOrder={order}&endingBefore={last}")
        assert before == expected[2:4]


def test_customers_are_sorted_by_what_they_spent(world: World) -> None:
    link = world.link()
    small, none, big = [world.customer(link) for _ in range(3)]
    world.sale(small, 100)
    world.sale(big, 900)
    here = f"linkId={link['id']}"
    assert listed(world, f"{here}&sortBy=saleAmount") == [big, small, none]
    assert listed(world, f"{here}&sortBy=firstSaleAt&sortOrder=asc") == [none, small, big]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("startingAfter=cus_none", "startingAfter"),
        ("startingAfter=a&endingBefore=b", "endingBefore"),
        ("startingAfter=a&sortBy=saleAmount", "sortBy"),
        ("sortBy=name", "sortBy"),
    ],
)
def test_a_page_that_cannot_be_is_refused(world: World, query: str, field: str) -> None:
    answer = world.client.call("GET", f"/customers?{query}")
    problem(answer, 422, "unprocessable_entity", field)


def test_what_is_left_out_stays_and_null_clears(world: World) -> None:
    customer = named(world, world.customer(customerName="Kim", customerEmail="kim@shop.test"))
    after = patched(world, customer, country="de", subscriptionCanceledAt="2026-01-31T12:00:00Z")
    assert (after["name"], after["email"], after["country"]) == ("Kim", "kim@shop.test", "DE")
    assert after["subscriptionCanceledAt"] == "2026-01-31T12:00:00.000Z"
    cleared = patched(world, customer, name=None, subscriptionCanceledAt=None)
    assert (cleared["name"], cleared["subscriptionCanceledAt"]) == ("kim@shop.test", None)


def test_ids_of_another_customer_are_refused(world: World) -> None:
    one, two = world.customer(), world.customer()
    stripe = world.name("cus")
    patched(world, named(world, one), stripeCustomerId=stripe)
    path = f"/customers/ext_{two}"
    for field, value in (("externalId", one), ("stripeCustomerId", stripe)):
        answer = world.client.call("PATCH", path, {field: value})
        problem(answer, 409, "conflict", field)
    answer = world.client.call("PATCH", path, {"externalId": " "})
    problem(answer, 422, "unprocessable_entity", "externalId")
    for field, value in (("country", "Germany"), ("subscriptionCanceledAt", "soon")):
        answer = world.client.call("PATCH", path, {field: value})
        problem(answer, 422, "unprocessable_entity", field)


def test_calls_that_waited_for_the_new_external_id_are_recorded(world: World) -> None:
    old, new = world.customer(), world.name("u")
    kept = world.sale(new, 700, invoiceId=world.name("in"))["inboxId"]
    patched(world, named(world, old), externalId=new)
    wait_until(lambda: world.item(kept)["state"] == "resolved")
    assert named(world, new)["saleAmount"] == 700


def test_erasing_a_person_keeps_the_money_right_p11(world: World) -> None:
    """A-104."""
    mail, link = f"{world.name('gone')}@shop.test", world.link()
    said = {"customerEmail": mail, "metadata": {"note": mail}}
    external_id = world.customer(link, **said)
    invoice = world.name("in")
    sale = world.sale(external_id, 10_000, invoiceId=invoice, **said)["sale"]
    world.refund(sale["id"], 2_500, "r1", reason=mail)
    waits = {"customerExternalId": external_id, "amount": 100, "leadEventName": "Demo"}
    assert world.client.call("POST", "/track/sale", waits | {"customerEmail": mail}).status == 404
    assert everywhere(world.server.store, external_id)
    assert everywhere(world.server.store, mail)
    customer = named(world, external_id)
    hook = world.client.post(
        "/webhooks",
        {"name": "h", "url": "http://127.0.0.1:9/", "triggers": ["sale.created", "lead.created"]},
    )
    world.sale(external_id, 500)
    world.client.call("DELETE", f"/webhooks/{hook['id']}")
    before = world.client.get(f"/balances?partnerId={world.partner['id']}")
    answer = world.client.call("DELETE", f"/customers/ext_{external_id}")
    assert (answer.status, answer.json) == (200, {"id": customer["id"]})
    for path in (f"/customers/{customer['id']}", f"/customers/ext_{external_id}"):
        problem(world.client.call("GET", path), 404, "not_found", "id")
    assert listed(world, f"linkId={link['id']}") == []
    assert world.client.get(f"/balances?partnerId={world.partner['id']}") == before
    shown = world.client.get(f"/commissions?customerId={customer['id']}")
    assert mail not in str(shown)
    assert {each["customer"]["externalId"] for each in shown} == {customer["id"]}
    assert world.receipt(sale["receiptId"])["amount"] == 10_000
    assert everywhere(world.server.store, external_id) == everywhere(world.server.store, mail) == []
    again = world.sale(external_id, 10_000, invoiceId=invoice)
    assert again["sale"]["id"] == sale["id"], "an invoice is one sale, whoever is forgotten"
    done = run("verify", *world.server.store.arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_erasing_a_person_goes_through_the_names_they_had_before_p11(world: World) -> None:
    old, new = f"{world.name('alice')}@shop.test", world.name("u")
    world.lead(world.click(world.link()), old)
    world.sale(old, 0, invoiceId=world.name("in"))
    world.sale(old, 5, invoiceId=world.name("in"), customerName=old, currency="xts")
    patched(world, named(world, old), externalId=new)
    assert world.sale(old, 7, invoiceId=world.name("in"))["sale"] is None, "still called so"
    assert everywhere(world.server.store, old)
    assert world.client.call("DELETE", f"/customers/ext_{new}").status == 200
    assert everywhere(world.server.store, old) == []


def test_who_took_over_the_name_of_an_erased_person_keeps_their_own(world: World) -> None:
    shared, new = world.name("u"), world.name("u")
    world.lead(world.click(world.link()), shared)
    earlier = world.sale(shared, 5, invoiceId=world.name("in"), currency="xts")["inboxId"]
    patched(world, named(world, shared), externalId=new)
    world.lead(world.click(world.link()), shared)
    later = world.sale(shared, 5, invoiceId=world.name("in"), currency="xts")["inboxId"]
    assert world.client.call("DELETE", f"/customers/ext_{new}").status == 200
    assert world.item(earlier)["request"] is None
    assert world.item(later)["request"]["customerExternalId"] == shared
    log = world.client.get(f"/conversion-log?customerExternalId={shared}")
    assert [each["call"] for each in log] == ["sale", "lead"]


def test_a_refund_after_the_erasure_says_nothing_of_the_person_p11(world: World) -> None:
    external_id, text = world.customer(), world.name("Bob Miller is ill")
    sale = world.sale(external_id, 1_000)["sale"]
    assert world.client.call("DELETE", f"/customers/ext_{external_id}").status == 200
    assert world.refund(sale["id"], 400, "r1", reason=text)["reason"] is None
    body = {"amount": 5_000, "key": "r2", "reason": text}
    assert world.client.call("POST", f"/sales/{sale['id']}/refunds", body).status == 422
    assert everywhere(world.server.store, text) == []


def test_messages_about_their_clicks_go_with_a_person(world: World) -> None:
    """A-104."""
    link, external_id, agent = world.link(), world.name("u"), f"Mozilla/5.0 {world.name('agent')}"
    hook = {"name": "h", "url": "http://127.0.0.1:9/", "triggers": ["link.clicked"]}
    made = world.client.post("/webhooks", hook | {"linkIds": [link["id"]]})
    world.lead(world.visit(link, agent=agent).click_id, external_id)
    wait_until(lambda: world.client.get(f"/deliveries?webhookId={made['id']}"))
    assert any("message" in place for place in everywhere(world.server.store, agent))
    assert world.client.call("DELETE", f"/customers/ext_{external_id}").status == 200
    assert everywhere(world.server.store, agent) == []
    world.client.call("DELETE", f"/webhooks/{made['id']}")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", "a@" + "b" * 99),
        ("name", "n" * 101),
        ("externalId", "u" * 101),
    ],
)
def test_a_customer_is_changed_within_the_limits_of_tracking(
    world: World, field: str, value: str
) -> None:
    answer = world.client.call("PATCH", f"/customers/ext_{world.customer()}", {field: value})
    problem(answer, 422, "unprocessable_entity", field)
