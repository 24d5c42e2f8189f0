"""POST /track/lead: who becomes a lead, once, and what is kept when nobody does."""

from typing import Any

import pytest

from tests.http.world import World, problem


def lead(world: World, **fields: Any) -> Any:
    """The raw answer to a lead of somebody new, with these fields."""
    body = {"eventName": "Sign up", "customerExternalId": world.name("u")} | fields
    return world.client.call("POST", "/track/lead", body)


def test_a_lead_names_click_link_and_customer(world: World) -> None:
    link = world.link(tenantId=world.name("t"), externalId=world.name("e"))
    click_id, customer = world.click(link), world.name("u")
    answer = world.lead(
        click_id,
        customer,
        customerName="Sam",
        customerEmail="sam@customer.test",
        customerAvatar="https://c.test/sam.png",
        metadata={"plan": "pro", "seats": 3},
        mode="wait",
    )
    assert answer["click"] == {"id": click_id}
    names = "id domain key shortLink url partnerId programId tenantId externalId".split()
    assert answer["link"] == {name: link[name] for name in names}
    assert answer["customer"] == {
        "name": "Sam",
        "email": "sam@customer.test",
        "avatar": answer["customer"]["avatar"],  # another file tells of it
        "externalId": customer,
    }
    assert answer["lead"]["eventName"] == "Sign up"
    assert answer["lead"]["receiptId"].startswith("rcp_")


def test_the_counters_are_right_as_soon_as_it_is_answered(world: World) -> None:
    link = world.link()
    world.customer(link)
    now = world.again(link)
    assert (now["clicks"], now["leads"], now["conversions"], now["sales"]) == (1, 1, 0, 0)


@pytest.mark.parametrize("name", ["customerExternalId", "externalId", "customerId"])
def test_the_older_names_of_the_customer_are_taken(world: World, name: str) -> None:
    body = {"clickId": world.click(world.link()), "eventName": "Sign up", name: world.name("u")}
    assert world.client.post("/track/lead", body)["customer"]["externalId"] == body[name]


def test_texts_are_trimmed(world: World) -> None:
    customer = world.name("u")
    answer = world.lead(f" {world.click(world.link())} ", f" {customer} ", " Sign up ")
    assert answer["customer"]["externalId"] == customer
    assert answer["lead"]["eventName"] == "Sign up"


def test_a_nameless_customer_gets_a_friendly_name_that_stays(world: World) -> None:
    customer, click_id = world.name("u"), world.click(world.link())
    first = world.lead(click_id, customer)["customer"]["name"]
    assert len(first.split()) == 3
    assert world.lead(click_id, customer)["customer"]["name"] == first


@pytest.mark.parametrize("again", ["Sign up", "sign up", "SIGN UP", "sign-up", " Sign up "])
def test_the_same_event_of_a_customer_is_one_lead_for_ever_a65(world: World, again: str) -> None:
    link, customer = world.link(), world.name("u")
    click_id = world.click(link)
    first = world.lead(click_id, customer)
    assert world.lead(click_id, customer, again) == first
    assert world.again(link)["leads"] == 1


def test_another_event_is_another_lead_but_earns_no_second_reward(world: World) -> None:
    link, customer = world.link(), world.name("u")
    click_id = world.click(link)
    first = world.lead(click_id, customer)["lead"]
    second = world.lead(click_id, customer, "Trial")["lead"]
    assert first["id"] != second["id"]
    assert world.again(link)["leads"] == 2
    told = [world.receipt(each["id"]) for each in (first, second)]
    assert [each["owedReason"] for each in told] == ["flat_reward", "lead_already_rewarded"]
    assert [each["owed"] and each["owed"]["amount"] for each in told] == [500, None]


def test_a_known_customer_needs_no_click(world: World) -> None:
    link, customer = world.link(), world.name("u")
    first = world.lead(world.click(link), customer)
    for click_id in (None, ""):
        again = world.lead(click_id, customer, f"Trial {click_id}")
        assert again["click"] == first["click"]


def test_later_leads_change_nothing_about_the_customer(world: World) -> None:
    customer, click_id = world.name("u"), world.click(world.link())
    world.lead(click_id, customer, customerName="Sam", customerEmail="sam@c.test")
    again = world.lead(click_id, customer, "Trial", customerName="X", customerEmail="x@c.test")
    assert (again["customer"]["name"], again["customer"]["email"]) == ("Sam", "sam@c.test")


def test_another_click_under_the_same_event_answers_the_first_and_is_kept(world: World) -> None:
    customer, click_id = world.name("u"), world.click(world.link())
    other = world.click(world.link())
    first = world.lead(click_id, customer)
    assert world.lead(other, customer) == first
    kept = _conflicts(world, other)
    (item,) = kept
    assert (item["kind"], item["field"], item["state"]) == ("lead", "clickId", "waiting")
    assert item["request"]["customerExternalId"] == customer
    world.lead(other, customer)
    assert _conflicts(world, other) == kept, "the same conflict is kept once"


def _conflicts(world: World, click_id: str) -> list[Any]:
    found = world.waiting("conflict")
    return [item for item in found if item["request"].get("clickId") == click_id]


def forged(click_id: str) -> str:
    """An id that looks genuine and is not."""
    last = "0" if click_id[-1] != "0" else "1"
    return click_id[:-1] + last


@pytest.mark.parametrize(
    ("case", "status", "code", "reason"),
    [
        ("forged", 404, "not_found", "forged_click_id"),
        ("nonsense", 404, "not_found", "forged_click_id"),
        ("of another workspace", 404, "not_found", "unknown_click"),
        ("none", 400, "bad_request", "no_click"),
    ],
)
def test_what_no_lead_can_be_made_of_is_answered_and_kept(
    world: World, case: str, status: int, code: str, reason: str
) -> None:
    click_id = _case(world, case)
    customer = world.name("u")
    answer = lead(world, clickId=click_id, customerExternalId=customer)
    error = problem(answer, status, code, "clickId")
    (item,) = [
        each for each in world.waiting(reason) if each["request"]["customerExternalId"] == customer
    ]
    assert item["id"] in error["message"]
    assert (item["kind"], item["field"]) == ("lead", "clickId")
    assert item["request"]["clickId"] == click_id
    again = lead(world, clickId=click_id, customerExternalId=customer)
    assert problem(again, status, code, "clickId") == error, "the same call is kept once"


def _case(world: World, case: str) -> str | None:
    if case == "none":
        return None
    if case == "nonsense":
        return world.name("dub")
    if case == "forged":
        return forged(world.click(world.link()))
    link = world.stranger.post("/links", {"url": "https://other.test"})
    return world.stranger.click(link["key"], domain="go.other.test").click_id


def test_a_lead_that_failed_does_not_block_the_next_try(world: World) -> None:
    customer, click_id = world.name("u"), world.click(world.link())
    assert lead(world, clickId=forged(click_id), customerExternalId=customer).status == 404
    assert world.lead(click_id, customer)["click"]["id"] == click_id


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"customerExternalId": ""}, 400, "bad_request", "customerExternalId"),
        ({"customerExternalId": "  "}, 400, "bad_request", "customerExternalId"),
        ({"customerExternalId": None}, 400, "bad_request", "customerExternalId"),
        ({"customerExternalId": "u" * 101}, 422, "unprocessable_entity", "customerExternalId"),
        ({"eventName": ""}, 422, "unprocessable_entity", "eventName"),
        ({"eventName": "   "}, 422, "unprocessable_entity", "eventName"),
        ({"eventName": "e" * 256}, 422, "unprocessable_entity", "eventName"),
        ({"customerEmail": "sam"}, 422, "unprocessable_entity", "customerEmail"),
        ({"customerEmail": "a@b" * 40}, 422, "unprocessable_entity", "customerEmail"),
        ({"customerName": "n" * 101}, 422, "unprocessable_entity", "customerName"),
        ({"mode": "later"}, 422, "unprocessable_entity", "mode"),
        ({"metadata": [1]}, 422, "unprocessable_entity", "metadata"),
        ({"metadata": {"a": "x" * 10_000}}, 422, "unprocessable_entity", "metadata"),
        ({"clickId": 5}, 422, "unprocessable_entity", "clickId"),
    ],
)
def test_a_lead_of_the_wrong_form_names_the_field(
    world: World, fields: dict[str, Any], status: int, code: str, field: str
) -> None:
    given = {"clickId": world.click(world.link())} | fields
    problem(lead(world, **given), status, code, field)


def test_an_event_may_be_as_long_as_documented(world: World) -> None:
    link = world.link()
    answer = world.lead(world.click(link), "u" * 88 + world.name()[2:], "e" * 255)
    assert answer["lead"]["eventName"] == "e" * 255


def test_a_lead_through_a_bots_click_is_marked(world: World) -> None:
    bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    click_id = world.visit(world.link(), agent=bot).click_id
    receipt = world.receipt(world.lead(click_id, world.name("u"))["lead"]["id"])
    assert receipt["flags"] == ["click:bot"]
    assert any("bot" in sentence for sentence in receipt["explanation"])
