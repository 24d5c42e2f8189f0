"""Programs, rewards and partners over HTTP."""

from typing import Any

import pytest

from tests.http.world import World, problem


def rewards(world: World, program: Any) -> str:
    return f"/programs/{program['id']}/rewards"


def test_a_program_needs_only_a_name(world: World) -> None:
    made = world.client.post("/programs", {"name": " Main "})
    assert (made["name"], made["attributionModel"]) == ("Main", "last")
    assert (made["windowDays"], made["selfReferral"], made["rewards"]) == (30, "refuse", [])
    assert made["holdingPeriodDays"] == 0
    assert world.client.get(f"/programs/{made['id']}") == made
    assert made in world.client.get("/programs")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * 191}, "name"),
        ({"attributionModel": "coin_toss"}, "attributionModel"),
        ({"windowDays": 0}, "windowDays"),
        ({"windowDays": 3651}, "windowDays"),
        ({"windowDays": 1.5}, "windowDays"),
        ({"selfReferral": "maybe"}, "selfReferral"),
        ({"holdingPeriodDays": -1}, "holdingPeriodDays"),
        ({"holdingPeriodDays": 366}, "holdingPeriodDays"),
    ],
)
def test_terms_that_make_no_sense_are_refused(
    world: World, fields: dict[str, Any], field: str
) -> None:
    answer = world.client.call("POST", "/programs", {"name": "Main"} | fields)
    problem(answer, 422, "unprocessable_entity", field)


def test_rewards_are_listed_newest_first(world: World) -> None:
    program = world.make_program(lead=None, sale=None)
    path = rewards(world, program)
    made = [
        world.client.post(path, {"event": "sale", "type": "flat", "amountInCents": 100}),
        world.client.post(path, {"event": "sale", "type": "percentage", "amountInPercentage": 9.5}),
        world.client.post(path, {"event": "lead", "type": "flat", "amountInCents": 0}),
    ]
    assert world.client.get(path) == made[::-1]
    assert world.client.get(f"/programs/{program['id']}")["rewards"] == made[::-1]
    assert (made[0]["amountInCents"], made[0]["amountInPercentage"]) == (100, None)
    assert (made[1]["amountInCents"], made[1]["amountInPercentage"]) == (None, 9.5)


@pytest.mark.parametrize("percentage", [0, 100, 0.01, 99.99, 12.34, "12.34", 33.3])
def test_percentages_have_two_decimals(world: World, percentage: Any) -> None:
    program = world.make_program(lead=None, sale=percentage)
    assert program["rewards"][0]["amountInPercentage"] == float(percentage)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "percentage", "amountInPercentage": 100.01}, "amountInPercentage"),
        ({"type": "percentage", "amountInPercentage": -1}, "amountInPercentage"),
        ({"type": "percentage", "amountInPercentage": 1.234}, "amountInPercentage"),
        ({"type": "percentage", "amountInPercentage": "NaN"}, "amountInPercentage"),
        ({"type": "percentage", "amountInPercentage": "1e-400"}, "amountInPercentage"),
        ({"type": "percentage", "amountInPercentage": "ten"}, "amountInPercentage"),
        ({"type": "percentage", "amountInCents": 5}, "amountInPercentage"),
        ({"type": "flat", "amountInPercentage": 5}, "amountInCents"),
        ({"type": "flat", "amountInCents": -1}, "amountInCents"),
        ({"type": "flat", "amountInCents": 1.5}, "amountInCents"),
        ({"type": "flat", "amountInCents": 10**13}, "amountInCents"),
        ({"type": "flat", "amountInCents": 2**70}, "amountInCents"),
        ({"type": "tiered", "amountInCents": 1}, "type"),
        ({"event": "click", "type": "flat", "amountInCents": 1}, "event"),
        ({"event": "lead", "type": "percentage", "amountInPercentage": 10}, "type"),
    ],
)
def test_rewards_that_make_no_sense_are_refused(
    world: World, body: dict[str, Any], field: str
) -> None:
    answer = world.client.call("POST", rewards(world, world.program), {"event": "sale"} | body)
    problem(answer, 422, "unprocessable_entity", field)


def test_the_newest_reward_counts_from_now_on_and_no_earlier(world: World) -> None:
    program = world.make_program(lead=None, sale=10)
    customer = world.customer(world.link(world.make_partner(program)))
    before = world.sale(customer)["sale"]
    body = {"event": "sale", "type": "flat", "amountInCents": 7}
    world.client.post(rewards(world, program), body)
    after = world.sale(customer)["sale"]
    owed = [world.receipt(sale["id"])["owed"]["amount"] for sale in (before, after)]
    assert owed == [290, 7]


def test_a_partner_known_by_address_or_tenant_is_returned(world: World) -> None:
    tenant = world.name("t")
    made = world.make_partner(tenantId=tenant, name="Pat", country="DE", username="pat")
    body = {"programId": world.program["id"]}
    by_address = world.client.post("/partners", body | {"email": made["email"].upper()})
    by_tenant = world.client.post(
        "/partners", body | {"email": f"{world.name()}@b.test", "tenantId": tenant}
    )
    assert made["id"] == by_address["id"] == by_tenant["id"]
    assert by_tenant["email"] == made["email"]
    assert (made["status"], made["country"], made["username"]) == ("approved", "DE", "pat")
    assert world.client.get(f"/partners/{made['id']}") == made
    for query in (f"tenantId={tenant}", f"email={made['email'].upper()}"):
        assert world.client.get(f"/partners?{query}") == [made]


def test_a_tenant_id_of_another_partner_is_a_conflict(world: World) -> None:
    one, two = world.make_partner(tenantId=world.name("t")), world.make_partner()
    body = {
        "email": two["email"],
        "tenantId": one["tenantId"],
        "programId": world.program["id"],
    }
    problem(world.client.call("POST", "/partners", body), 409, "conflict", "tenantId")


@pytest.mark.parametrize("email", ["", "pat", "@b.test", "a@", "a b@c.test", "a@b.test\n c"])
def test_an_address_that_is_none_is_refused(world: World, email: str) -> None:
    body = {"email": email, "programId": world.program["id"]}
    problem(world.client.call("POST", "/partners", body), 422, "unprocessable_entity", "email")


def test_one_partner_may_be_in_several_programs(world: World) -> None:
    second = world.make_program()
    first = world.make_partner()
    again = world.client.post("/partners", {"email": first["email"], "programId": second["id"]})
    assert (again["id"], again["programId"]) == (first["id"], second["id"])
    listed = world.client.get(f"/partners?email={first['email']}")
    assert {each["programId"] for each in listed} == {world.program["id"], second["id"]}
    one = world.client.get(f"/partners/{first['id']}?programId={second['id']}")
    assert one["programId"] == second["id"]


def test_without_a_choice_of_programs_the_program_must_be_named(world: World) -> None:
    world.make_program()
    answer = world.client.call("POST", "/partners", {"email": "a@b.test"})
    problem(answer, 422, "unprocessable_entity", "programId")


def test_the_only_program_needs_no_name(world: World) -> None:
    made = world.stranger.post("/programs", {"name": "Only"})
    partner = world.stranger.post("/partners", {"email": "a@b.test"})
    assert partner["programId"] == made["id"]
    link = {"url": "https://other.test", "partnerId": partner["id"]}
    assert world.stranger.post("/links", link)["programId"] == made["id"]


def test_a_partners_totals_are_those_of_their_links(world: World) -> None:
    partner = world.make_partner()
    link = world.link(partner)
    world.sale(world.customer(link))
    now = world.client.get(f"/partners/{partner['id']}")
    totals = {name: value for name, value in now.items() if name.startswith("total")}
    assert totals == {
        "totalClicks": 1,
        "totalLeads": 1,
        "totalConversions": 1,
        "totalSales": 1,
        "totalSaleAmount": 2900,
        "totalCommissions": 790,
    }
    assert now["netRevenue"] == 2900 - 790
    assert [each["id"] for each in now["links"]] == [link["id"]]


def test_a_stopped_partner_keeps_what_was_earned_and_earns_no_more(world: World) -> None:
    partner = world.make_partner(tenantId=world.name("t"))
    customer = world.customer(world.link(partner))
    body = {"tenantId": partner["tenantId"], "programId": world.program["id"]}
    assert world.client.post("/partners/deactivate", body) == {"partnerId": partner["id"]}
    after = world.sale(customer)["sale"]
    receipt = world.receipt(after["id"])
    assert (receipt["winner"], receipt["credit"]) == (None, "no_touch_qualified")
    assert receipt["considered"][0]["reason"] == "partner_stopped"
    earned = world.client.get(f"/commissions?partnerId={partner['id']}")
    assert [each["earnings"] for each in earned] == [500]
    assert world.client.get(f"/partners/{partner['id']}")["status"] == "deactivated"
    assert world.client.post("/partners/deactivate", body) == {"partnerId": partner["id"]}


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 422, "unprocessable_entity", "partnerId"),
        ({"partnerId": "pn_none"}, 404, "not_found", "partnerId"),
        ({"partnerId": "", "tenantId": ""}, 422, "unprocessable_entity", "partnerId"),
    ],
)
def test_stopping_nobody_says_so(
    world: World, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    problem(world.client.call("POST", "/partners/deactivate", body), status, code, field)


def test_what_was_earned_stays_with_who_earned_it(world: World) -> None:
    """A link may be handed to another partner; the commissions of the first are not."""
    first, second = world.make_partner(), world.make_partner()
    link = world.link(first)
    sale = world.sale(world.customer(link), 10_000)["sale"]
    handed = {"partnerId": second["id"], "programId": second["programId"]}
    assert world.client.call("PATCH", f"/links/{link['id']}", handed).status == 200
    world.refund(sale["id"], 4000, "part")

    def earned(partner: Any) -> tuple[int, int]:
        said = world.client.get(f"/partners/{partner['id']}")["totalCommissions"]
        owed = world.client.get(f"/balances?partnerId={partner['id']}")
        return said, sum(each["pending"] for each in owed)

    assert earned(first) == (500 + 600, 500 + 600)
    assert earned(second) == (0, 0)
