"""Who a customer, an invoice or a sale belongs to stays so, whatever is called afterwards."""

from typing import Any

import pytest

from tests.http.test_inbox import kept, replay
from tests.http.world import World


def hand_over(world: World, link: Any, partner: Any) -> None:
    """The link is another partner's from now on."""
    body = {"programId": partner["programId"], "partnerId": partner["id"]}
    assert world.client.call("PATCH", f"/links/{link['id']}", body).status == 200


def owners(receipt: Any) -> dict[str, str]:
    """Who each click considered counted for."""
    return {each["clickId"]: each["partnerId"] for each in receipt["considered"]}


@pytest.mark.parametrize("named", [True, False])
def test_a_link_handed_over_takes_no_customer_along(world: World, named: bool) -> None:
    won, heir = world.make_partner(), world.make_partner()
    link, customer = world.link(won), world.name("u")
    click_id = world.click(link)
    world.lead(click_id, customer)
    hand_over(world, link, heir)
    renewed = world.lead(click_id if named else None, customer, "Renewal")
    receipts = [
        world.receipt(renewed["lead"]["receiptId"]),
        world.receipt(world.sale(customer)["sale"]["receiptId"]),
    ]
    for receipt in receipts:
        assert receipt["winner"]["partnerId"] == won["id"]
        assert {each["partnerId"] for each in receipt["considered"]} == {won["id"]}


def test_a_click_first_used_after_the_hand_over_counts_for_who_has_the_link_then(
    world: World,
) -> None:
    won, heir = world.make_partner(), world.make_partner()
    link, customer = world.link(won), world.name("u")
    before, unused = world.click(link), world.click(link)
    world.lead(before, customer)
    hand_over(world, link, heir)
    world.lead(unused, customer, "Demo")
    receipt = world.receipt(world.sale(customer)["sale"]["receiptId"])
    assert owners(receipt) == {before: won["id"], unused: heir["id"]}
    assert receipt["winner"]["partnerId"] == heir["id"]


def test_a_conflict_replayed_takes_no_invoice_from_the_call_that_waits_with_it(
    world: World,
) -> None:
    link, invoice = world.link(), world.name("in")
    unknown, known = world.name("u"), world.customer(link)
    first = world.sale(unknown, 1000, invoiceId=invoice)["inboxId"]
    world.sale(known, 900_000, invoiceId=invoice)
    item = kept(world, "conflict", known)
    assert replay(world, item) == item
    world.lead(world.click(link), unknown)
    sold = world.item(first)
    assert (sold["state"], sold["result"]["kind"]) == ("resolved", "sale")
    assert world.receipt(sold["result"]["id"])["amount"] == 1000
    assert replay(world, item) == item
    assert world.again(link)["saleAmount"] == 1000


def test_a_correction_takes_no_invoice_from_the_call_that_waits_with_it(world: World) -> None:
    link, invoice = world.link(), world.name("in")
    unknown, known = world.name("u"), world.customer(link)
    first = world.sale(unknown, 1000, invoiceId=invoice)["inboxId"]
    other = world.item(world.sale(known, 500, currency="uds")["inboxId"])
    right = other["request"] | {"currency": "usd", "invoiceId": invoice}
    after = replay(world, other, right)
    assert (after["state"], after["reason"], after["field"]) == (
        "waiting", "conflict", "customerExternalId",
    )  # fmt: skip
    assert world.item(other["id"]) == other
    corrected = {"customerExternalId": known, "amount": 1100, "invoiceId": invoice}
    assert replay(world, world.item(first), corrected)["state"] == "resolved", "its own invoice"


def test_a_conflict_replayed_takes_no_key_from_the_refund_that_waits_with_it(world: World) -> None:
    invoice = world.name("in")
    path = f"/sales/ext_{invoice}/refunds"
    first = world.refund(f"ext_{invoice}", 1000, "r1")["inboxId"]
    world.client.call("POST", path, {"amount": 2000, "key": "r1"})
    (item,) = [
        each
        for each in world.waiting("conflict")
        if each["request"].get("sale") == f"ext_{invoice}"
    ]
    assert replay(world, item) == item
    world.sale(world.customer(), invoiceId=invoice)
    assert world.item(first)["state"] == "resolved"
    assert world.item(item["id"]) == item


def test_a_sale_is_kept_again_after_another_was_made_of_its_item(world: World) -> None:
    link, invoice = world.link(), world.name("in")
    unknown, other = world.name("u"), world.customer(link)
    first = world.sale(unknown, 4900, invoiceId=invoice)["inboxId"]
    right = {"customerExternalId": other, "amount": 4900, "invoiceId": world.name("in-b")}
    assert replay(world, world.item(first), right)["state"] == "resolved"
    second = world.sale(unknown, 4900, invoiceId=invoice)["inboxId"]
    assert second != first
    assert world.sale(unknown, 4900, invoiceId=invoice)["inboxId"] == second
    assert world.item(second)["state"] == "waiting"
    world.lead(world.click(link), unknown)
    sold = world.item(second)
    assert (sold["state"], sold["result"]["kind"]) == ("resolved", "sale")
    assert world.again(link)["saleAmount"] == 9800
    again = world.sale(unknown, 4900, invoiceId=invoice)["sale"]
    assert again["id"] == sold["result"]["id"], "by now it is known by its invoice"


def test_a_lead_is_kept_again_after_another_was_made_of_its_item(world: World) -> None:
    link, unknown = world.link(), world.name("u")
    body = {"eventName": "Trial", "customerExternalId": unknown}

    def sent() -> Any:
        world.client.call("POST", "/track/lead", body)
        return kept(world, "no_click", unknown)

    first = sent()
    right = first["request"] | {"clickId": world.click(link), "customerExternalId": world.name("u")}
    assert replay(world, first, right)["state"] == "resolved"
    second = sent()
    assert second["id"] != first["id"]
    assert sent()["id"] == second["id"]
    world.lead(world.click(link), unknown)
    assert world.item(second["id"])["state"] == "resolved"
    assert world.again(link)["leads"] == 3


def test_a_conflict_is_kept_once_also_after_it_was_solved(world: World) -> None:
    customer, invoice = world.customer(), world.name("in")
    world.sale(customer, 2900, invoiceId=invoice)
    world.sale(customer, 500, invoiceId=invoice)
    item = kept(world, "conflict", customer)
    replay(world, item, item["request"] | {"invoiceId": world.name("in")})
    world.sale(customer, 500, invoiceId=invoice)
    assert customer not in {
        each["request"]["customerExternalId"]
        for each in world.waiting("conflict")
        if each["kind"] == "sale"
    }


def mailbox(world: World) -> tuple[Any, str]:
    """A partner, and their address written otherwise."""
    name = world.name("p")
    return world.make_partner(email=f"{name}@partner.test"), f"{name.upper()}+x@partner.test"


def credit(world: World, receipt_id: str) -> tuple[Any, list[str]]:
    receipt = world.receipt(receipt_id)
    return receipt["winner"], [each["reason"] for each in receipt["considered"]]


def test_a_sale_that_names_the_partners_mailbox_is_their_own_whatever_the_lead_said(
    world: World,
) -> None:
    partner, address = mailbox(world)
    customer = world.customer(world.link(partner), customerEmail="x@y.test")
    own = world.sale(customer, customerEmail=address)["sale"]
    assert credit(world, own["receiptId"]) == (None, ["self_referral"])
    lead = world.lead(None, customer, "Renewal", customerEmail=address)["lead"]
    assert credit(world, lead["receiptId"])[0] is None
    plain = world.sale(customer)["sale"]
    assert credit(world, plain["receiptId"])[0]["partnerId"] == partner["id"]


def test_a_customer_known_by_the_partners_mailbox_is_the_partner(world: World) -> None:
    partner, address = mailbox(world)
    click_id = world.click(world.link(partner))
    lead = world.lead(click_id, address, customerEmail="x@y.test")["lead"]
    assert credit(world, lead["receiptId"]) == (None, ["self_referral"])
    sale = world.sale(address)["sale"]
    assert credit(world, sale["receiptId"]) == (None, ["self_referral"])
