"""Where a click came from, told in lists, counts, of customers, and forgotten with the person."""

from typing import Any
from urllib.parse import quote

import pytest
from dub import Dub

from tests.http.world import World, problem
from tests.support import BROWSER, DOMAIN

BERLIN = {"cf_ipcountry": "DE", "cf_region_code": "BE", "cf_ipcity": "Berlin"}
AUSTIN = {"cf_ipcountry": "US", "cf_region_code": "TX", "cf_ipcity": "Austin"}
FRANCE = {"cf_ipcountry": "FR"}
NOWHERE: dict[str, str] = {}


@pytest.fixture(scope="module")
def mine(world: World) -> Any:
    """A partner with clicks from Berlin, Austin, somewhere in France and nowhere known, each with a
    lead and a sale.
    """
    owner = world.make_partner()
    link = world.link(owner)
    people = [world.name("u") for _ in range(4)]
    for person, amount, place in zip(
        people, (400, 300, 200, 100), (BERLIN, AUSTIN, FRANCE, NOWHERE), strict=True
    ):
        world.lead(world.visit(link, **place).click_id, person)
        world.sale(person, amount)
    return {"partnerId": owner["id"], "link": link, "people": people}


def test_every_kind_of_click_knows_its_place(world: World) -> None:
    link = world.link()
    headers = {name.replace("_", "-"): text for name, text in BERLIN.items()}
    body = {"domain": DOMAIN, "key": link["key"]}
    url = f"https://{DOMAIN}/{link['key']}"
    world.visit(link, **BERLIN)
    world.client.click(f"{link['key']}?a=b", agent=f"{BROWSER} {world.name()}", **BERLIN)
    for path, sent in (
        ("/track/click", body),
        ("/track/visit", {"domain": DOMAIN, "url": url}),
        ("/track/open", {"deepLink": url}),
    ):
        agent = {"user-agent": f"{BROWSER} {world.name()}"}
        assert world.client.call("POST", path, sent, headers=headers | agent).status == 200
    found = world.client.get(f"/events?linkId={link['id']}")
    assert len(found) == 5
    for event in found:
        place = [event["click"][name] for name in ("continent", "country", "region", "city")]
        assert place == ["EU", "DE", "DE-BE", "Berlin"]
        assert (event["country"], event["click"]["ip"]) == ("DE", "")


def test_what_is_not_known_is_said_to_be(world: World, mine: Any) -> None:
    rows = world.client.get(f"/events?event=sales&partnerId={mine['partnerId']}")
    places = [[row["click"][name] for name in ("continent", "region", "city")] for row in rows]
    assert places[:2] == [["", "Unknown", "Unknown"], ["EU", "Unknown", "Unknown"]]
    assert [row["click"]["country"] for row in rows] == ["Unknown", "FR", "US", "DE"]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("continents", {("EU",): (2, 600), ("NA",): (1, 300)}),
        (
            "countries",
            {("DE", "*", "*"): (1, 400), ("US", "*", "*"): (1, 300), ("FR", "*", "*"): (1, 200)},
        ),
        ("regions", {("DE", "DE-BE", "*"): (1, 400), ("US", "US-TX", "*"): (1, 300)}),
        ("cities", {("DE", "DE-BE", "Berlin"): (1, 400), ("US", "US-TX", "Austin"): (1, 300)}),
    ],
)
def test_counts_by_place(world: World, mine: Any, group: str, expected: Any) -> None:
    asked = f"/analytics?event=composite&groupBy={group}&partnerId={mine['partnerId']}"
    names = ("continent",) if group == "continents" else ("country", "region", "city")
    rows = world.client.get(asked)
    found = {tuple(row[n] for n in names): (row["clicks"], row["saleAmount"]) for row in rows}
    assert found == expected
    with Dub(token=str(world.client.key), server_url=world.server.url) as sdk:
        request: Any = {"event": "composite", "group_by": group, "partner_id": mine["partnerId"]}
        assert len(sdk.analytics.retrieve(request=request)) == len(expected)


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"continent": "EU"}, 2),
        ({"continent": "-EU,NA"}, 1),
        ({"country": "us,fr"}, 2),
        ({"country": "-DE"}, 3),
        ({"region": "US-TX"}, 1),
        ({"region": "BE"}, 1),
        ({"region": "-US-TX"}, 3),
        ({"city": "Berlin,Austin"}, 2),
    ],
)
def test_filters_by_place(world: World, mine: Any, asked: dict[str, str], count: int) -> None:
    query = "&".join(f"{name}={quote(value)}" for name, value in asked.items())
    for event in ("clicks", "leads", "sales"):
        path = f"event={event}&partnerId={mine['partnerId']}&{query}"
        assert world.client.get(f"/analytics?{path}")[event] == count
        assert len(world.client.get(f"/events?{path}")) == count


def test_a_continent_that_is_none_is_refused(world: World) -> None:
    answer = world.client.call("GET", "/events?continent=EUROPE")
    problem(answer, 422, "unprocessable_entity", "continent")


def test_a_customer_lives_where_the_first_click_was(world: World, mine: Any) -> None:
    countries = [world.client.get(f"/customers/ext_{p}")["country"] for p in mine["people"]]
    assert countries == ["DE", "US", "FR", None]
    link, announced = world.link(), world.name("u")
    world.lead(world.visit(link, **BERLIN).click_id, announced, mode="deferred")
    world.lead(world.visit(link, **AUSTIN).click_id, announced)
    assert world.client.get(f"/customers/ext_{announced}")["country"] == "DE"
    direct = world.name("u")
    world.sale(direct, 500, clickId=world.visit(link, **AUSTIN).click_id)
    assert world.client.get(f"/customers/ext_{direct}")["country"] == "US"


def test_an_erased_person_was_nowhere_p11(world: World) -> None:
    link, person = world.link(), world.name("u")
    world.lead(world.visit(link, **BERLIN).click_id, person)
    (before,) = world.client.get(f"/events?event=leads&linkId={link['id']}")
    assert before["click"]["city"] == "Berlin"
    assert world.client.call("DELETE", f"/customers/ext_{person}").status == 200
    (after,) = world.client.get(f"/events?event=leads&linkId={link['id']}")
    place = [after["click"][name] for name in ("continent", "country", "region", "city")]
    assert (place, after["customer"]["country"]) == (["", "Unknown", "Unknown", "Unknown"], None)
