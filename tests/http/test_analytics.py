"""Analytics count the facts themselves; every group adds up to the same."""

from typing import Any

import pytest
from dub import Dub

from tests.http.world import World, problem
from tests.support import BROWSER

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0"
PHONE += " Mobile/15E148 Safari/604.1"


def asked(world: World, **parameters: Any) -> Any:
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    return world.client.get(f"/analytics?{query}")


@pytest.fixture(scope="module")
def partner(world: World) -> Any:
    """With three visits over two links, two leads and two sales of 29.00 and 1.00."""
    owner = world.make_partner()
    plain = world.link(owner, url="https://acme.test/a?utm_source=mail")
    other = world.link(owner)
    desktop = world.visit(
        plain, agent=f"{BROWSER} {world.name()}", referer="https://blog.test/x?y=1"
    )
    phone = world.visit(plain, agent=f"{PHONE} {world.name()}")
    world.visit(other)
    for click, amount in ((desktop.click_id, 2900), (phone.click_id, 100)):
        customer = world.name("u")
        world.lead(click, customer)
        world.sale(customer, amount)
    return owner | {"plain": plain, "other": other}


def test_a_count_is_that_of_the_facts(world: World, partner: Any) -> None:
    mine = {"partnerId": partner["id"]}
    nothing = {"clicks": 0, "leads": 0, "sales": 0, "saleAmount": 0}
    assert asked(world, **mine) == nothing | {"clicks": 3}
    assert asked(world, event="leads", **mine) == nothing | {"leads": 2}
    sold = {"sales": 2, "saleAmount": 3000}
    assert asked(world, event="sales", **mine) == nothing | sold
    whole = {"clicks": 3, "leads": 2} | sold
    assert asked(world, event="composite", interval="all", **mine) == whole
    by_link = world.again(partner["plain"])["clicks"] + world.again(partner["other"])["clicks"]
    assert by_link == whole["clicks"]


@pytest.mark.parametrize(
    ("group", "field", "expected"),
    [
        ("devices", "device", {"Desktop": (2, 2900), "Mobile": (1, 100)}),
        ("referers", "referer", {"blog.test": (1, 2900), "(direct)": (2, 100)}),
        ("referer_urls", "refererUrl", {"https://blog.test/x": (1, 2900), "(direct)": (2, 100)}),
        ("top_domains", "domain", {"go.acme.test": (3, 3000)}),
        ("utm_sources", "utm_source", {"mail": (2, 3000)}),
        (
            "top_base_urls",
            "url",
            {"https://acme.test/a": (2, 3000), "https://acme.test/pricing": (1, 0)},
        ),
    ],
)
def test_rows_say_what_tells_them_apart(
    world: World, partner: Any, group: str, field: str, expected: Any
) -> None:
    rows = asked(world, event="composite", groupBy=group, partnerId=partner["id"])
    assert {row[field]: (row["clicks"], row["saleAmount"]) for row in rows} == expected
    assert [row["clicks"] for row in rows] == sorted((row["clicks"] for row in rows), reverse=True)


def test_links_and_partners_are_named(world: World, partner: Any) -> None:
    rows = asked(world, groupBy="top_links", partnerId=partner["id"])
    assert [(row["id"], row["clicks"]) for row in rows] == [
        (partner["plain"]["id"], 2),
        (partner["other"]["id"], 1),
    ]
    (row,) = asked(world, groupBy="top_partners", partnerId=partner["id"])
    assert (row["partnerId"], row["partner"]["email"]) == (partner["id"], partner["email"])


def test_a_filter_takes_several_values_and_their_negation(world: World, partner: Any) -> None:
    mine = {"partnerId": partner["id"]}
    plain, other = partner["plain"]["id"], partner["other"]["id"]
    counts = {
        given: asked(world, linkId=given, **mine)["clicks"]
        for given in (plain, f"{plain},{other}", f"-{plain}", f"-{plain},{other}")
    }
    assert list(counts.values()) == [2, 3, 1, 0]
    assert asked(world, device="-mobile", **mine)["clicks"] == 2
    assert asked(world, event="leads", eventName="sign%20up", **mine)["leads"] == 2
    key = {"domain": "go.acme.test", "key": partner["plain"]["key"]}
    assert asked(world, **key)["clicks"] == 2


@pytest.mark.parametrize("timezone", ["UTC", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("interval", ["24h", "7d", "1y", "all"])
def test_every_part_of_a_timeseries_is_there_and_they_add_up(
    world: World, partner: Any, interval: str, timezone: str
) -> None:
    rows = asked(
        world,
        event="composite",
        groupBy="timeseries",
        interval=interval,
        timezone=timezone,
        partnerId=partner["id"],
    )
    starts = [row["start"] for row in rows]
    assert starts == sorted(set(starts))
    assert (sum(row["clicks"] for row in rows), sum(row["saleAmount"] for row in rows)) == (3, 3000)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("groupBy=planets", "groupBy"),
        ("groupBy=event_names", "groupBy"),
        ("eventName=x", "eventName"),
        ("interval=2w", "interval"),
        ("timezone=Mars/Base", "timezone"),
        ("start=soon", "start"),
        ("groupId=grp_1", "groupId"),
        ("groupBy=top_groups", "groupBy"),
        ("groupBy=top_partner_tags", "groupBy"),
        ("key=x", "domain"),
        ("key=x&domain=go.acme.test&linkId=link_1", "linkId"),
        ("saleType=new", "saleType"),
        ("event=composite&query=metadata['a']:b", "query"),
        ("root=maybe", "root"),
        ("status=pending", "status"),
        ("startingAfter=link_1", "startingAfter"),
        ("continent=XX", "continent"),
    ],
)
def test_what_cannot_be_answered_is_refused(world: World, query: str, field: str) -> None:
    answer = world.client.call("GET", f"/analytics?{query}")
    problem(answer, 422, "unprocessable_entity", field)


@pytest.mark.parametrize("path", ["/analytics/planets", "/analytics/clicks/planets"])
def test_an_older_address_that_means_nothing_is_refused(world: World, path: str) -> None:
    answer = world.client.call("GET", path)
    problem(answer, 422, "unprocessable_entity", "groupBy")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/analytics/clicks", 3),
        ("/analytics/sales", 2),
        ("/analytics/count", 3),
        ("/analytics/leads/count", 2),
        ("/analytics/composite/count", {"clicks": 3, "leads": 2, "sales": 2, "saleAmount": 3000}),
    ],
)
def test_older_addresses_of_a_count_are_bare_numbers(
    world: World, partner: Any, path: str, expected: Any
) -> None:
    assert world.client.get(f"{path}?partnerId={partner['id']}") == expected


def test_older_addresses_group_as_well(world: World, partner: Any) -> None:
    mine = f"partnerId={partner['id']}"
    for older in ("device?event=sales&", "devices?event=sales&"):
        rows = world.client.get(f"/analytics/{older}{mine}")
        assert rows == asked(world, event="sales", groupBy="devices", partnerId=partner["id"])
    assert world.client.get(f"/analytics/sales/device?{mine}") == rows


def test_ids_of_the_caller_are_taken_too(world: World) -> None:
    external_id, person = world.name("e"), world.name("u")
    link = world.link(externalId=external_id)
    world.lead(world.click(link), person)
    for given in (f"linkId=ext_{external_id}", f"externalId=ext_{external_id}"):
        assert world.client.get(f"/analytics/clicks?{given}") == 1
    assert world.client.get(f"/analytics/leads?customerId=ext_{person}") == 1
    assert world.client.get(f"/analytics/leads?customerId=-ext_{person}&linkId={link['id']}") == 0
    assert world.client.get("/analytics/leads?customerId=ext_nobody") == 0


def test_tags_and_folders_are_named(world: World) -> None:
    tags = [world.client.post("/tags", {"name": world.name("tag")}) for _ in range(2)]
    folder = world.client.post("/folders", {"name": world.name("folder")})
    both = world.link(tagIds=[tag["id"] for tag in tags], folderId=folder["id"])
    one = world.link(tagIds=[tags[0]["id"]], folderId=folder["id"])
    world.visit(both)
    world.visit(one)
    links = f"{both['id']},{one['id']}"
    rows = asked(world, groupBy="top_link_tags", linkId=links)
    assert [(row["tag"], row["clicks"]) for row in rows] == [(tags[0], 2), (tags[1], 1)]
    (row,) = asked(world, groupBy="top_folders", linkId=links)
    assert (row["folderId"], row["folder"]["name"], row["clicks"]) == (
        folder["id"],
        folder["name"],
        2,
    )


def test_a_lead_counts_as_often_as_it_happened(world: World) -> None:
    link = world.link()
    world.lead(world.click(link), world.name("u"), eventQuantity=4)
    assert asked(world, event="leads", linkId=link["id"])["leads"] == 4
    assert world.again(link)["leads"] == 4


def test_a_link_with_destinations_by_country_is_counted_among_others(world: World) -> None:
    link = world.link(geo={"DE": "https://acme.test/de"})
    world.visit(link)
    (row,) = asked(world, groupBy="top_links", linkId=link["id"])
    assert (row["id"], row["clicks"]) == (link["id"], 1)


def test_another_workspace_counts_nothing_of_ours_p10(world: World, partner: Any) -> None:
    path = f"/analytics?event=composite&partnerId={partner['id']}"
    assert set(world.stranger.get(path).values()) == {0}
    assert set(world.quiet.get("/analytics?event=composite").values()) == {0}


@pytest.mark.parametrize(
    "group", ["timeseries", "devices", "browsers", "os", "triggers", "top_links", "top_urls"]
)
def test_the_sdk_reads_it(world: World, partner: Any, group: str) -> None:
    with Dub(token=str(world.client.key), server_url=world.server.url) as sdk:
        mine = {"event": "composite", "partner_id": partner["id"]}
        assert sdk.analytics.retrieve(request=mine).clicks == 3
        rows = sdk.analytics.retrieve(request=mine | {"group_by": group})
        assert sum(row.clicks for row in rows) == 3
        names = sdk.analytics.retrieve(
            request=mine | {"event": "leads", "group_by": "event_names", "event_name": "sign up"}
        )
        assert [(row.event_name, row.leads) for row in names] == [("Sign up", 2)]
