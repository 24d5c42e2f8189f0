"""Customers, domains and analytics through the official TypeScript SDK, unmodified."""

import pytest

from tests.clients.typescript import NODE, Sdk, refused
from tests.examples.story import PIXEL
from tests.http.world import World

pytestmark = pytest.mark.skipif(NODE is None, reason="there is no Node.js to run the SDK with")


def test_a_customer_is_found_corrected_and_erased(world: World, sdk: Sdk) -> None:
    link = world.link()
    external_id = world.customer(link)
    world.sale(external_id, 4900)
    customer = sdk("customers.get", {"id": f"ext_{external_id}"})
    assert (customer["sales"], customer["saleAmount"]) == (1, 4900)
    named = {"name": "Kim", "avatar": PIXEL}
    changed = sdk("customers.update", {"id": customer["id"], "requestBody": named})
    assert changed["avatar"].startswith(f"{world.server.url}/avatars/")
    assert (changed["id"], changed["name"]) == (customer["id"], "Kim")
    expanded = sdk("customers.get", {"id": customer["id"], "includeExpandedFields": True})
    assert expanded["link"]["id"] == link["id"]
    assert expanded["partner"]["id"] == world.partner["id"]
    assert sdk("customers.delete", customer["id"]) == {"id": customer["id"]}
    assert refused(sdk, "customers.get", {"id": customer["id"]}) == "NotFound"


def test_pages_of_customers_follow_one_another(world: World, sdk: Sdk) -> None:
    link = world.link()
    made = {world.customer(link) for _ in range(5)}
    pages = sdk("customers.list", {"linkId": link["id"], "pageSize": 2}, pages=9)
    seen = [customer["externalId"] for page in pages for customer in page]
    assert sorted(seen) == sorted(made)


def test_a_domain_lives_and_goes(world: World, sdk: Sdk) -> None:
    slug = f"{world.name('d')}.test"
    made = sdk("domains.create", {"slug": slug, "notFoundUrl": "https://acme.test/lost"})
    assert (made["slug"], made["verified"]) == (slug, True)
    changed = sdk("domains.update", slug, {"expiredUrl": "https://acme.test/over"})
    assert changed["expiredUrl"] == "https://acme.test/over"
    found = sdk("domains.list", {"search": slug}, pages=1)
    assert [each["slug"] for page in found for each in page] == [slug]
    assert refused(sdk, "domains.create", {"slug": slug}) == "Conflict"
    assert sdk("domains.delete", slug) == {"slug": slug}
    (told,) = sdk("domains.checkStatus", {"domains": ["acme.link"]})
    assert (told["domain"], told["available"], told["prices"]) == ("acme.link", False, None)
    assert refused(sdk, "domains.register", {"domain": "acme.link"}) == "Forbidden"


def test_what_happened_is_counted(world: World, sdk: Sdk) -> None:
    link = world.link()
    world.sale(world.customer(link), 700)
    of_link = {"linkId": link["id"], "event": "composite"}
    count = sdk("analytics.retrieve", {**of_link, "groupBy": "count"})
    assert {name: count[name] for name in ("clicks", "leads", "sales", "saleAmount")} == {
        "clicks": 1,
        "leads": 1,
        "sales": 1,
        "saleAmount": 700,
    }
    series = sdk("analytics.retrieve", {**of_link, "groupBy": "timeseries", "interval": "7d"})
    assert sum(each["sales"] for each in series) == 1
    (top,) = sdk("analytics.retrieve", {**of_link, "groupBy": "top_links"})
    assert (top["id"], top["saleAmount"]) == (link["id"], 700)


def test_what_happened_is_listed(world: World, sdk: Sdk) -> None:
    link = world.link()
    external_id = world.customer(link)
    world.sale(external_id, 700)
    of_link = {"linkId": link["id"]}
    for kind in ("click", "lead", "sale"):
        (event,) = sdk("events.list", {**of_link, "event": f"{kind}s"})
        assert (event["event"], event["link"]["id"]) == (kind, link["id"])
    assert (event["sale"]["amount"], event["customer"]["externalId"]) == (700, external_id)
    assert refused(sdk, "events.list", {**of_link, "groupId": "grp_1"}) == "UnprocessableEntity"
