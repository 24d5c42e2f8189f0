"""Links, tags, folders and QR codes through the official TypeScript SDK, unmodified."""

import pytest

from tests.clients.typescript import NODE, Sdk, refused
from tests.http.world import World
from tests.support import DOMAIN

pytestmark = pytest.mark.skipif(NODE is None, reason="there is no Node.js to run the SDK with")


def test_a_link_with_everything_is_made_and_read(world: World, sdk: Sdk) -> None:
    tag = sdk("tags.create", {"name": world.name("t"), "color": "pink"})
    folder = sdk("folders.create", {"name": world.name("f"), "accessLevel": "read"})
    given = {
        "url": "https://acme.test/plans",
        "tagIds": [tag["id"]],
        "folderId": folder["id"],
        "expiresAt": "2040-01-31T00:00:00.000Z",
        "expiredUrl": "https://acme.test/over",
        "password": "p",
        "proxy": True,
        "title": "Plans",
        "image": "https://acme.test/i.png",
        "geo": {"DE": "https://acme.test/de"},
        "ios": "https://acme.test/ios",
        "android": "https://acme.test/android",
        "utmSource": "news",
        "trackConversion": True,
        "testVariants": [
            {"url": "https://acme.test/a", "percentage": 40},
            {"url": "https://acme.test/b", "percentage": 60},
        ],
    }
    link = sdk("links.create", given)
    kept = {name: link[name] for name in given if name not in {"url", "tagIds"}}
    assert kept == {name: value for name, value in given.items() if name in kept}
    assert link["url"] == "https://acme.test/plans?utm_source=news"
    assert [each["id"] for each in link["tags"]] == [tag["id"]]
    assert sdk("links.get", {"linkId": link["id"]}) == link


def test_links_are_upserted_counted_and_deleted(world: World, sdk: Sdk) -> None:
    url, tenant = f"https://acme.test/{world.name()}", world.name("t")
    made = sdk("links.upsert", {"url": url, "tenantId": tenant, "title": "One"})
    again = sdk("links.upsert", {"url": url, "title": "Two"})
    assert (again["id"], again["title"]) == (made["id"], "Two")
    assert sdk("links.count", {"tenantId": tenant}) == 1
    assert sdk("links.delete", made["id"]) == {"id": made["id"]}
    assert sdk("links.count", {"tenantId": tenant}) == 0
    assert refused(sdk, "links.delete", made["id"]) == "NotFound"


def test_many_links_at_once(world: World, sdk: Sdk) -> None:
    urls = [f"https://acme.test/{world.name()}" for _ in range(3)]
    made = sdk("links.createMany", [{"url": url} for url in urls])
    assert [each["url"] for each in made] == urls
    ids = [each["id"] for each in made]
    changed = sdk("links.updateMany", {"linkIds": ids, "data": {"comments": "c"}})
    assert [each["comments"] for each in changed] == ["c"] * 3
    assert sdk("links.deleteMany", {"linkIds": ids}) == {"deletedCount": 3}


def test_tags_and_folders_live_and_go(world: World, sdk: Sdk) -> None:
    name = world.name("t")
    tag = sdk("tags.create", {"name": name, "color": "red"})
    assert sdk("tags.update", tag["id"], {"color": "blue"})["color"] == "blue"
    assert [each["id"] for each in sdk("tags.list", {"search": name})] == [tag["id"]]
    assert refused(sdk, "tags.create", {"name": name}) == "Conflict"
    assert sdk("tags.delete", tag["id"]) == {"id": tag["id"]}
    folder = sdk("folders.create", {"name": name})
    assert sdk("folders.update", folder["id"], {"description": "d"})["description"] == "d"
    assert [each["id"] for each in sdk("folders.list", {"search": name})] == [folder["id"]]
    assert refused(sdk, "folders.create", {"name": name}) == "Conflict"
    assert sdk("folders.delete", folder["id"]) == {"id": folder["id"]}
    assert refused(sdk, "folders.delete", folder["id"]) == "NotFound"


def test_a_code_is_a_picture(sdk: Sdk) -> None:
    """This SDK reads it as text, which loses most of its bytes."""
    assert sdk("qrCodes.get", {"url": f"https://{DOMAIN}/a", "size": 200})[1:4] == "PNG"


def test_a_link_names_the_webhooks_that_hear_of_it(world: World, sdk: Sdk) -> None:
    body = {"name": "clicks", "url": "http://127.0.0.1:9/", "triggers": ["link.clicked"]}
    hook = world.client.post("/webhooks", body | {"linkScope": "links"})
    link = sdk("links.create", {"url": "https://acme.test/", "webhookIds": [hook["id"]]})
    assert link["webhookIds"] == [hook["id"]]
    given = {"url": "https://acme.test/", "webhookIds": ["wh_none"]}
    assert refused(sdk, "links.create", given) == "UnprocessableEntity"
    world.client.call("DELETE", f"/webhooks/{hook['id']}")
