"""A link chosen for kept calls: their customers are credited to it, and nobody is counted."""

from typing import Any

from tests.http.test_inbox_fixes import bulk, one, refund_that_waits
from tests.http.test_leads import forged
from tests.http.world import World, problem


def lost_lead(world: World, customer: str) -> Any:
    """A lead whose click the site garbled."""
    click_id = forged(world.click(world.link()))
    lead = {"clickId": click_id, "eventName": "Go", "customerExternalId": customer}
    assert world.client.call("POST", "/track/lead", lead).status == 404
    (item,) = world.client.get(f"/inbox?customerExternalId={customer}&kind=lead")
    return item


def counted(world: World, link: Any) -> tuple[int, int, int]:
    now = world.again(link)
    return now["clicks"], now["leads"], now["sales"]


def test_leads_of_many_customers_are_credited_to_a_link_once_p2(world: World) -> None:
    link = world.link()
    items = [lost_lead(world, world.name("u")) for _ in range(3)]
    ids = [each["id"] for each in items]
    done = bulk(world, ids=ids, fix={"linkId": link["id"]})["items"]
    assert [each["outcome"] for each in done] == ["replayed"] * 3
    assert counted(world, link) == (0, 3, 0)
    again = bulk(world, ids=ids, fix={"linkId": link["id"]})["items"]
    assert [each["outcome"] for each in again] == ["settled"] * 3
    assert counted(world, link) == (0, 3, 0)


def test_the_receipt_says_that_nobody_clicked_p4(world: World) -> None:
    link, customer = world.link(), world.name("u")
    answer = one(world, lost_lead(world, customer), linkId=link["id"])
    receipt = world.receipt(answer["result"]["id"])
    assert receipt["winner"]["linkId"] == link["id"]
    assert receipt["flags"] == ["click:assigned"]
    assert any("by hand" in sentence for sentence in receipt["explanation"])


def test_the_sale_of_a_customer_nobody_announced_brings_the_lead_along(world: World) -> None:
    link, customer = world.link(), world.name("u")
    sale = world.item(world.sale(customer, 2900, invoiceId=world.name("in"))["inboxId"])
    answer = one(world, sale, linkId=link["id"])
    assert (answer["outcome"], answer["result"]["kind"]) == ("replayed", "sale")
    assert counted(world, link) == (0, 1, 1)


def test_a_sale_that_waits_for_a_lead_gets_one(world: World) -> None:
    link, customer = world.link(), world.customer()
    body = {"customerExternalId": customer, "amount": 100, "leadEventName": "Trial"}
    assert world.client.call("POST", "/track/sale", body).status == 404
    (item,) = world.client.get(f"/inbox?customerExternalId={customer}")
    assert one(world, item, linkId=link["id"])["outcome"] == "replayed"
    assert counted(world, link) == (0, 1, 1)


def test_a_sale_that_waits_for_anything_else_gets_no_lead(world: World) -> None:
    link, customer = world.link(), world.customer()
    item = world.item(world.sale(customer, 2900, currency="uds")["inboxId"])
    assert one(world, item, linkId=link["id"])["reason"] == "unknown_rate"
    assert world.item(item["id"]) == item
    assert counted(world, link) == (0, 0, 0)


def test_a_link_that_cannot_be_is_refused_for_that_call_alone_p10(world: World) -> None:
    item = lost_lead(world, world.name("u"))
    off = world.link()
    world.client.call("PATCH", f"/links/{off['id']}", {"disabledAt": "2020-01-01T00:00:00Z"})
    other = world.stranger.post("/links", {"url": "https://other.test"})
    for link_id, reason in [
        ("link_none", "no_such_link"),
        (other["id"], "no_such_link"),
        (off["id"], "link_disabled"),
    ]:
        answer = one(world, item, linkId=link_id)
        assert (answer["outcome"], answer["reason"], answer["field"]) == (
            "refused", reason, "fix.linkId",
        )  # fmt: skip
    refund = one(world, refund_that_waits(world), linkId=world.link()["id"])
    assert (refund["outcome"], refund["reason"]) == ("refused", "names_no_link")
    assert world.item(item["id"]) == item


def test_a_link_and_a_click_are_not_chosen_at_once(world: World) -> None:
    body = {"ids": ["inb_1"], "fix": {"linkId": "link_1", "clickId": "c"}}
    answer = world.client.call("POST", "/inbox/replay", body)
    problem(answer, 422, "unprocessable_entity", "fix.linkId")
