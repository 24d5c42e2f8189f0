"""Clicks, leads and sales one by one: every fact once, in order, and only those asked for."""

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from dub import Dub
from dub.models import errors

from tests.http.world import World, problem
from tests.support import BROWSER

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0"
PHONE += " Mobile/15E148 Safari/604.1"


def events(world: World, **parameters: Any) -> Any:
    query = "&".join(f"{name}={quote(str(value))}" for name, value in parameters.items())
    return world.client.get(f"/events?{query}")


@pytest.fixture(scope="module")
def mine(world: World) -> Any:
    """A partner with four visits over two links, two leads and three sales."""
    owner = world.make_partner()
    tag = world.client.post("/tags", {"name": world.name("tag")})
    folder = world.client.post("/folders", {"name": world.name("folder")})
    plain = world.link(
        owner, url="https://acme.test/a?utm_source=mail", tagIds=[tag["id"]], tenantId=world.name()
    )
    other = world.link(owner, folderId=folder["id"])
    desktop = world.visit(plain, agent=f"{BROWSER} {world.name()}", referer="https://blog.test/x?y")
    phone = world.visit(plain, agent=f"{PHONE} {world.name()}")
    scanned = world.client.click(f"{other['key']}?qr=1", agent=f"{BROWSER} {world.name()}")
    world.visit(other)
    people = [world.name("u"), world.name("u")]
    lead = {"metadata": {"plan": "pro", "seats": 5}}
    world.lead(desktop.click_id, people[0], customerEmail="sam@customer.test", **lead)
    world.lead(phone.click_id, people[1], "Trial", metadata={"plan": "free"}, eventQuantity=3)
    sales = [
        world.sale(people[0], 2900, invoiceId=world.name("in"), metadata={"plan": "pro"}),
        world.sale(people[0], 3100, paymentProcessor="stripe"),
        world.sale(people[1], 100, eventName="Renewal"),
    ]
    return {
        "partnerId": owner["id"],
        "tag": tag["id"],
        "folder": folder["id"],
        "plain": plain,
        "other": other,
        "clicks": [desktop.click_id, phone.click_id, scanned.click_id],
        "people": people,
        "sales": [sale["sale"]["id"] for sale in sales],
    }


def test_a_click_says_what_was_seen_of_it(world: World, mine: Any) -> None:
    found = events(world, partnerId=mine["partnerId"])
    assert {each["event"] for each in found} == {"click"}
    by_id = {each["click"]["id"]: each for each in found}
    assert len(by_id) == 4
    desktop = by_id[mine["clicks"][0]]
    assert desktop["link"]["id"] == desktop["link_id"] == mine["plain"]["id"]
    click = desktop["click"]
    assert (click["device"], click["referer"]) == ("Desktop", "blog.test")
    assert (click["refererUrl"], click["trigger"]) == ("https://blog.test/x", "link")
    assert (click["ip"], desktop["qr"], click["qr"]) == ("", 0, False)
    assert by_id[mine["clicks"][2]]["qr"] == 1


def test_a_lead_and_a_sale_say_who_and_how_much(world: World, mine: Any) -> None:
    leads = events(world, event="leads", partnerId=mine["partnerId"])
    assert [each["eventName"] for each in leads] == ["Trial", "Sign up"]
    assert [each["eventQuantity"] for each in leads] == [3, 1]
    assert leads[1]["customer"]["externalId"] == mine["people"][0]
    assert leads[1]["metadata"] == {"plan": "pro", "seats": 5}
    assert leads[1]["click"]["id"] == mine["clicks"][0]
    sales = events(world, event="sales", partnerId=mine["partnerId"])
    assert [each["eventId"] for each in sales] == mine["sales"][::-1]
    assert [each["sale"]["amount"] for each in sales] == [100, 3100, 2900]
    assert sales[1]["payment_processor"] == "stripe"
    assert sales[2]["invoice_id"] == sales[2]["sale"]["invoiceId"] != ""
    assert {each["click"]["id"] for each in sales} == set(mine["clicks"][:2])


@pytest.mark.parametrize("order", ["sortOrder", "order"])
@pytest.mark.parametrize("kind", ["clicks", "leads", "sales"])
def test_pages_are_the_whole_once_in_order(world: World, mine: Any, kind: str, order: str) -> None:
    asked = {"event": kind, "partnerId": mine["partnerId"]}
    whole = events(world, **asked)
    times = [each["timestamp"] for each in whole]
    assert times == sorted(times, reverse=True)
    assert events(world, **asked, **{order: "asc"}) == whole[::-1]
    pages = [events(world, **asked, limit=1, page=page) for page in range(1, len(whole) + 2)]
    assert [each for page in pages for each in page] == whole


CHOSEN: list[tuple[str, dict[str, str], int]] = [
    ("clicks", {"trigger": "qr"}, 1),
    ("clicks", {"trigger": "-qr,pageview"}, 3),
    ("clicks", {"qr": "true"}, 1),
    ("clicks", {"device": "mobile"}, 1),
    ("clicks", {"os": "-iOS"}, 3),
    ("clicks", {"referer": "blog.test"}, 1),
    ("clicks", {"utm_source": "mail"}, 2),
    ("clicks", {"root": "true"}, 0),
    ("clicks", {"root": "false"}, 4),
    ("leads", {"device": "Mobile"}, 1),
    ("leads", {"eventName": "trial"}, 1),
    ("leads", {"query": "metadata['plan']:'pro'"}, 1),
    ("leads", {"query": "metadata['plan']='pro' AND metadata['seats']>=6"}, 0),
    ("leads", {"query": "metadata['plan']:'free' OR metadata[\"seats\"]>4"}, 2),
    ("leads", {"query": "metadata['plan']!=pro"}, 1),
    ("sales", {"saleType": "new"}, 2),
    ("sales", {"saleType": "recurring"}, 1),
    ("sales", {"eventName": "-Renewal"}, 2),
    ("sales", {"query": "metadata['plan']:'pro'"}, 1),
]


@pytest.mark.parametrize(("kind", "asked", "expected"), CHOSEN)
def test_every_filter_chooses_the_same_from_the_list_and_from_the_counts(
    world: World, mine: Any, kind: str, asked: dict[str, str], expected: int
) -> None:
    found = events(world, event=kind, partnerId=mine["partnerId"], **asked)
    assert len(found) == expected
    query = "&".join(f"{name}={quote(value)}" for name, value in asked.items())
    counted = world.client.get(f"/analytics?event={kind}&partnerId={mine['partnerId']}&{query}")
    assert counted[kind] == sum(each.get("eventQuantity", 1) for each in found)


def test_links_are_chosen_by_what_they_are_and_where_they_lie(world: World, mine: Any) -> None:
    plain, other = mine["plain"], mine["other"]
    chosen: list[tuple[dict[str, str], int]] = [
        ({"linkId": plain["id"]}, 2),
        ({"linkId": f"{plain['id']},{other['id']}"}, 4),
        ({"linkId": f"-{plain['id']}", "partnerId": mine["partnerId"]}, 2),
        ({"tagId": mine["tag"]}, 2),
        ({"tagIds": mine["tag"]}, 2),
        ({"tagId": f"-{mine['tag']}", "partnerId": mine["partnerId"]}, 2),
        ({"folderId": mine["folder"]}, 2),
        ({"tenantId": plain["tenantId"]}, 2),
        ({"domain": plain["domain"], "key": plain["key"]}, 2),
        ({"linkId": plain["id"], "folderId": mine["folder"]}, 0),
    ]
    for asked, expected in chosen:
        assert len(events(world, **asked)) == expected, asked
    person = world.client.get(f"/customers/ext_{mine['people'][0]}")["id"]
    assert len(events(world, event="leads", customerId=person)) == 1
    assert len(events(world, event="sales", customerId=person)) == 2


def test_a_deleted_link_and_an_erased_person_leave_their_events(world: World) -> None:
    link = world.link()
    external_id = world.customer(link)
    world.sale(external_id, 700)
    person = world.client.get(f"/customers/ext_{external_id}")["id"]
    assert world.client.call("DELETE", f"/customers/{person}").status == 200
    assert world.client.call("DELETE", f"/links/{link['id']}").status == 200
    (sale,) = events(world, event="sales", linkId=link["id"])
    assert (sale["customer"]["id"], sale["customer"]["externalId"]) == (person, person)
    assert (sale["sale"]["amount"], sale["link"]["id"]) == (700, link["id"])
    assert sale["click"]["ua"] is None


def test_the_period_bounds_what_is_listed(world: World, mine: Any) -> None:
    asked = {"event": "sales", "partnerId": mine["partnerId"]}
    times = [each["timestamp"] for each in events(world, **asked)]
    found = events(world, **asked, start=times[1], end=times[0])
    assert [each["timestamp"] for each in found] == times[1:2]
    assert events(world, **asked, start="2024-01-01", end="2024-12-31") == []
    assert len(events(world, **asked, interval="all", timezone="Asia/Kolkata")) == 3


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("event=composite", "event"),
        ("event=clicks&eventName=x", "eventName"),
        ("event=clicks&customerId=x", "customerId"),
        ("event=leads&saleType=new", "saleType"),
        ("event=sales&saleType=old", "saleType"),
        ("trigger=mail", "trigger"),
        ("root=1", "root"),
        ("groupId=grp_1", "groupId"),
        ("partnerTagId=ptag_1", "partnerTagId"),
        ("sortBy=amount", "sortBy"),
        ("invoiceId=in_1", "invoiceId"),
        ("pageSize=10", "pageSize"),
        ("sortOrder=up", "sortOrder"),
        ("limit=1001", "limit"),
        ("page=0", "page"),
        ("page=501&limit=100", "page"),
        ("interval=2w", "interval"),
        ("key=x", "domain"),
        ("event=leads&query=plan:pro", "query"),
        ("event=leads&query=metadata['a']['b']:x", "query"),
        ("event=leads&query=metadata['a']>many", "query"),
    ],
)
def test_what_cannot_be_answered_is_refused(world: World, query: str, field: str) -> None:
    answer = world.client.call("GET", f"/events?{quote(query, safe='=&')}")
    problem(answer, 422, "unprocessable_entity", field)


@pytest.mark.parametrize("kind", ["clicks", "leads", "sales"])
def test_another_workspace_lists_nothing_of_ours_p10(world: World, mine: Any, kind: str) -> None:
    for asked in (f"partnerId={mine['partnerId']}", f"linkId={mine['plain']['id']}", ""):
        assert world.stranger.get(f"/events?event={kind}&{asked}") == []


@pytest.fixture
def sdk(world: World) -> Iterator[Dub]:
    with Dub(token=str(world.client.key), server_url=world.server.url) as client:
        yield client


@pytest.mark.parametrize(("kind", "count"), [("clicks", 4), ("leads", 2), ("sales", 3)])
def test_the_sdk_reads_them(world: World, mine: Any, sdk: Dub, kind: str, count: int) -> None:
    request: Any = {"event": kind, "partner_id": mine["partnerId"]}
    found = sdk.events.list(request=request)
    assert [each.event.value for each in found] == [kind.removesuffix("s")] * count
    assert {each.link.partner_id for each in found} == {mine["partnerId"]}

    async def later() -> Any:
        async with Dub(token=str(world.client.key), server_url=world.server.url) as client:
            return await client.events.list_async(request=request | {"order": "asc", "limit": 2})

    assert asyncio.run(later()) == found[::-1][:2]
    with pytest.raises(errors.UnprocessableEntity):
        sdk.events.list(request=request | {"group_id": "grp_1"})
