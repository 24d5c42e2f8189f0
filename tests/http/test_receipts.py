"""Receipts: every decision with its reasons, in data and in words."""

import re
from typing import Any

import pytest

from tests.http.world import World, problem

ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.fixture(autouse=True, scope="module")
def nobody_listens(world: World) -> None:
    """Without webhooks of other tests, receipts tell of no deliveries."""
    for hook in world.client.get("/webhooks"):
        world.client.call("DELETE", f"/webhooks/{hook['id']}")


def words(receipt: Any) -> str:
    """The explanation with times and ids shortened to what they stand for."""
    text = "\n".join(receipt["explanation"])
    return re.sub(r"\b[a-z]+_[0-9A-Z]{26}\b", "ID", re.sub(ISO, "TIME", text))


def test_a_receipt_of_a_credited_sale(world: World) -> None:
    link, customer = world.link(), world.name("u")
    click_id = world.click(link)
    lead = world.lead(click_id, customer)
    answer = world.sale(customer)
    sale, receipt = answer["sale"], world.receipt(answer["sale"]["receiptId"])
    commission = receipt["owed"]["commissionId"]
    reward = next(each for each in world.program["rewards"] if each["event"] == "sale")
    assert receipt["kind"] == "sale"
    assert receipt["conversionId"] == sale["id"]
    assert receipt["customerId"] == answer["customer"]["id"]
    assert receipt["linkId"] == link["id"]
    assert receipt["ruleVersion"]
    assert receipt["program"] == {
        "id": world.program["id"],
        "attributionModel": "last",
        "windowDays": 30,
    }
    considered = dict(receipt["considered"][0])
    assert re.fullmatch(ISO, considered.pop("clickedAt"))
    assert considered == {
        "clickId": click_id,
        "linkId": link["id"],
        "partnerId": world.partner["id"],
        "verdict": "won",
        "reason": "last_touch",
    }
    assert receipt["winner"] == {
        "partnerId": world.partner["id"],
        "linkId": link["id"],
        "clickId": click_id,
    }
    assert (receipt["credit"], receipt["owedReason"]) == ("last_touch", "percentage_reward")
    assert receipt["owed"] == {
        "amount": 290,
        "currency": "usd",
        "commissionId": commission,
        "rewardId": reward["id"],
        "dueAt": None,
    }
    assert (receipt["flags"], receipt["restatements"], receipt["deliveries"]) == ([], [], [])
    for reference in (sale["id"], commission, receipt["id"]):
        assert world.receipt(reference) == receipt
    assert world.receipt(lead["lead"]["id"])["id"] == lead["lead"]["receiptId"]


def test_a_won_sale_in_words(world: World) -> None:
    sale = world.sale(world.customer())["sale"]
    assert words(world.receipt(sale["id"])) == (
        "A sale of 29.00 USD was recorded and decided at TIME.\n"
        "The click of TIME on link ID (partner ID) won: it is the latest click that qualifies.\n"
        "Partner ID is credited under program ID (last touch, 30 days).\n"
        "2.90 USD is owed as commission ID: a percentage of the sale (terms ID)."
    )


def test_a_lost_click_in_words(world: World) -> None:
    customer = world.name("u")
    world.lead(world.click(world.link()), customer)
    world.lead(world.click(world.link()), customer, "Trial")
    told = words(world.receipt(world.sale(customer)["sale"]["id"]))
    assert "was not credited: a later click counts in this program." in told


def test_nobody_in_words(world: World) -> None:
    link = world.link(partnerId=None, programId=None)
    sale = world.sale(world.customer(link))["sale"]
    receipt = world.receipt(sale["id"])
    assert (receipt["winner"], receipt["program"], receipt["owed"]) == (None, None, None)
    assert (receipt["credit"], receipt["owedReason"]) == ("no_touch_qualified", "nobody_credited")
    assert words(receipt) == (
        "A sale of 29.00 USD was recorded and decided at TIME.\n"
        "The click of TIME on link ID (no partner) was not credited:"
        " its link belongs to no partner.\n"
        "Nobody is credited: no click qualified.\n"
        "Nothing is owed, because nobody was credited."
    )


def test_a_refund_in_words(world: World) -> None:
    sale = world.sale(world.customer())["sale"]
    refund = world.refund(sale["id"], 1000, "r1")
    receipt = world.receipt(refund["id"])
    assert receipt["id"] == refund["receiptId"]
    assert (receipt["kind"], receipt["saleId"], receipt["amount"]) == ("refund", sale["id"], 1000)
    assert receipt["owed"]["amount"] == -100
    assert words(receipt) == (
        "A refund of 10.00 USD of sale ID was recorded and decided at TIME.\n"
        "1.00 USD of commission ID was taken back with this refund."
    )


def test_why_nothing_is_owed(world: World) -> None:
    unpaid = world.make_program(lead=None, sale=None)
    link = world.link(world.make_partner(unpaid))
    receipt = world.receipt(world.sale(world.customer(link))["sale"]["id"])
    assert receipt["winner"] is not None
    assert (receipt["owed"], receipt["owedReason"]) == (None, "no_reward")
    tiny = world.receipt(world.sale(world.customer(), 4)["sale"]["id"])
    assert (tiny["owed"], tiny["owedReason"]) == (None, "rounds_to_zero")


def test_self_referral_is_refused_unless_the_program_allows_it_b34(world: World) -> None:
    for policy, reason in (("refuse", "self_referral"), ("allow", "last_touch")):
        program = world.make_program(selfReferral=policy)
        partner = world.make_partner(program)
        customer = world.customer(world.link(partner), customerEmail=partner["email"].upper())
        receipt = world.receipt(world.sale(customer)["sale"]["id"])
        assert receipt["considered"][0]["reason"] == reason


@pytest.mark.parametrize("email", ["{}+vip@gmail.com", "{}@GoogleMail.com", "{}.+@gmail.com"])
def test_another_spelling_of_the_same_mailbox_is_the_same_person(world: World, email: str) -> None:
    name = world.name("p")
    partner = world.make_partner(email=f"{name}@gmail.com")
    customer = world.customer(world.link(partner), customerEmail=email.format(name))
    receipt = world.receipt(world.sale(customer)["sale"]["id"])
    assert receipt["considered"][0]["reason"] == "self_referral"


def test_a_click_that_brings_several_customers_is_flagged_and_credited(world: World) -> None:
    """A device may be shared; that nobody else's money is taken, somebody has to look at."""
    click_id, alone = world.click(world.link()), world.customer()
    first, second = world.name("u"), world.name("u")
    lead = world.lead(click_id, first)["lead"]["id"]
    assert world.receipt(lead)["flags"] == []
    other = world.lead(click_id, second)["lead"]["id"]
    sale = world.sale(second)["sale"]["id"]
    for decision in (lead, other, sale):
        receipt = world.receipt(decision)
        assert receipt["flags"] == ["click_shared"], "whoever of them came first"
        assert receipt["owed"] is not None
        assert "the same click brought another customer too" in words(receipt)
    listed = world.client.get(f"/receipts?customerExternalId={second}")
    assert [each["flags"] for each in listed] == [["click_shared"]] * 2
    assert world.receipt(world.sale(alone)["sale"]["id"])["flags"] == []
    refund = world.refund(sale, 100, "r1")["id"]
    assert world.receipt(refund)["flags"] == []


def test_several_leads_of_one_customer_share_no_click(world: World) -> None:
    click_id, customer = world.click(world.link()), world.name("u")
    world.lead(click_id, customer)
    trial = world.lead(click_id, customer, "Trial")["lead"]["id"]
    assert world.receipt(trial)["flags"] == []


def test_a_lead_by_a_shared_click_is_flagged_though_it_wins_nothing(world: World) -> None:
    customer = world.customer()
    shared = world.click(world.link(partnerId=None, programId=None))
    trial = world.lead(shared, customer, "Trial")["lead"]["id"]
    world.lead(shared, world.name("u"))
    assert world.receipt(trial)["winner"] is None
    assert world.receipt(trial)["flags"] == ["click_shared"]
    sale = world.receipt(world.sale(customer)["sale"]["id"])
    assert sale["winner"]["clickId"] != shared
    assert sale["flags"] == [], "this one was won by a click of their own"


def two_partners(world: World, model: str) -> tuple[Any, Any, str]:
    """A customer who clicked two partners' links in turn; the links and the customer."""
    program = world.make_program(attributionModel=model)
    first, second = (world.link(world.make_partner(program)) for _ in range(2))
    customer = world.name("u")
    world.lead(world.click(first), customer, "Sign up")
    world.lead(world.click(second), customer, "Trial")
    return first, second, customer


def test_first_and_last_touch_end_to_end_a3(world: World) -> None:
    for model, index in (("first", 0), ("last", 1)):
        *links, customer = two_partners(world, model)
        receipt = world.receipt(world.sale(customer)["sale"]["id"])
        assert receipt["winner"]["linkId"] == links[index]["id"], model
        assert receipt["credit"] == f"{model}_touch"
        assert receipt["linkId"] == links[1]["id"], "the sale hangs on the newest lead"
        loser = next(each for each in receipt["considered"] if each["verdict"] == "lost")
        assert loser["reason"] == {"first": "earlier_touch_won", "last": "later_touch_won"}[model]
        winner = world.again(links[index])
        partner = world.client.get(f"/partners/{winner['partnerId']}")
        assert partner["totalCommissions"] == (790 if model == "first" else 290)


def test_an_earlier_click_that_surfaces_later_restates_and_changes_nothing_a3(
    world: World,
) -> None:
    program = world.make_program(attributionModel="first")
    early, late = (world.link(world.make_partner(program)) for _ in range(2))
    early_click, late_click = world.click(early), world.click(late)
    customer = world.name("u")
    world.lead(late_click, customer, "Sign up")
    sale = world.sale(customer)["sale"]
    before = world.receipt(sale["id"])
    world.lead(early_click, customer, "Trial")
    after = world.receipt(sale["id"])
    assert [each["clickId"] for each in after["restatements"]] == [early_click]
    assert "Restated at TIME: an earlier click of TIME surfaced after this decision" in words(after)
    for told in ("restatements", "explanation"):
        before.pop(told)
        after.pop(told)
    assert after == before
    again = world.receipt(world.sale(customer)["sale"]["id"])
    assert again["winner"]["linkId"] == late["id"], "the frozen first touch stays"
    reasons = {each["clickId"]: each["reason"] for each in again["considered"]}
    assert reasons[early_click] == "surfaced_later"


def test_a_customer_of_one_program_earns_nothing_in_another(world: World) -> None:
    one, two = world.make_program(), world.make_program()
    first, second = (world.link(world.make_partner(each)) for each in (one, two))
    customer = world.name("u")
    world.lead(world.click(first), customer)
    world.lead(world.click(second), customer, "Trial")
    receipt = world.receipt(world.sale(customer)["sale"]["id"])
    assert receipt["winner"]["linkId"] == first["id"]
    assert receipt["program"]["id"] == one["id"]
    reasons = {each["linkId"]: each["reason"] for each in receipt["considered"]}
    assert reasons[second["id"]] == "other_program"


def test_receipts_are_listed_by_who_and_what(world: World) -> None:
    partner = world.make_partner()
    link = world.link(partner)
    customer = world.customer(link)
    sale = world.sale(customer)["sale"]
    refund = world.refund(sale["id"], 100, "r1")

    def kinds(query: str) -> list[str]:
        return [each["kind"] for each in world.client.get(f"/receipts?{query}")]

    everything = ["refund", "sale", "lead"]
    assert kinds(f"customerExternalId={customer}") == everything
    assert kinds(f"linkId={link['id']}") == everything
    assert kinds(f"partnerId={partner['id']}") == everything
    assert kinds(f"partnerId={partner['id']}&kind=sale") == ["sale"]
    assert kinds(f"partnerId={partner['id']}&pageSize=2&page=2") == ["lead"]
    assert kinds("customerExternalId=nobody") == []
    listed = world.client.get(f"/receipts?customerExternalId={customer}&kind=refund")
    assert listed == [world.receipt(refund["id"])]


def test_a_decision_nobody_made_is_not_found(world: World) -> None:
    problem(world.client.call("GET", "/receipts/rcp_none"), 404, "not_found", "id")
    answer = world.client.call("GET", "/receipts?kind=click")
    problem(answer, 422, "unprocessable_entity", "kind")
