"""Whose clicks a webhook hears of, and in which form."""

import asyncio
from contextlib import ExitStack
from typing import Any

import pytest
from dub import Dub
from dub.models import errors

from tests.clients.test_standardwebhooks import Receiver
from tests.http.world import World, problem
from tests.support import wait_until

NOWHERE = "http://127.0.0.1:9/"
CLICKED = ["link.clicked"]


def hook(world: World, url: str = NOWHERE, **fields: Any) -> Any:
    body = {"name": "clicks", "url": url, "triggers": CLICKED} | fields
    return world.client.post("/webhooks", body)


def end(world: World, *hooks: Any) -> None:
    for each in hooks:
        assert world.client.call("DELETE", f"/webhooks/{each['id']}").status == 200


def change(world: World, made: Any, **fields: Any) -> Any:
    return world.client.call("PATCH", f"/webhooks/{made['id']}", fields)


def told(receiver: Receiver, made: Any) -> list[str]:
    """Ids of the clicks that came one to a message."""
    messages = receiver.messages(made["secret"], "link.clicked")
    return [each["data"]["click"]["id"] for each in messages]


def test_each_hears_of_its_own_links_and_folders_one_click_a_message(world: World) -> None:
    folder = world.client.post("/folders", {"name": world.name("f")})
    named, filed, other = world.link(), world.link(folderId=folder["id"]), world.link()
    scopes = (
        {"linkScope": "links", "linkIds": [named["id"]]},
        {"folderIds": [folder["id"]]},
        {},
        {"clickBatches": True},
    )
    with ExitStack() as opened:
        ears = [opened.enter_context(Receiver().running()) for _ in scopes]
        hooks = [hook(world, ear.url, **scope) for ear, scope in zip(ears, scopes, strict=True)]
        clicks = {each["id"]: world.click(each) for each in (named, filed, other)}
        every = set(clicks.values())
        of_links, of_folders, of_all, batched = zip(ears, hooks, strict=True)
        wait_until(lambda: set(told(*of_all)) >= every)
        wait_until(lambda: told(*of_links) and told(*of_folders))
        assert told(*of_links) == [clicks[named["id"]]]
        assert told(*of_folders) == [clicks[filed["id"]]]
        (message,) = of_links[0].messages(of_links[1]["secret"], "link.clicked")
        assert set(message) == {"id", "event", "createdAt", "data"}
        assert set(message["data"]) == {"click", "link"}
        assert message["data"]["link"]["id"] == named["id"]
        many = wait_until(lambda: batched[0].messages(batched[1]["secret"], "link.clicked"))
        assert every <= {row["click"]["id"] for each in many for row in each["data"]["clicks"]}
        end(world, *hooks)


def test_the_scope_is_set_changed_and_answered(world: World) -> None:
    first, second = sorted(world.link()["id"] for _ in range(2))
    folder = world.client.post("/folders", {"name": world.name("f")})["id"]
    made = hook(world, linkScope="links", linkIds=[second, first, second])
    shown = {"linkScope": "links", "linkIds": [first, second], "folderIds": []}
    assert made | shown | {"clickBatches": False} == made
    assert world.client.get(f"/webhooks/{made['id']}") == made
    assert change(world, made, name="else").json == made | {"name": "else"}
    assert change(world, made, linkIds=[first]).json["linkIds"] == [first]
    moved = change(world, made, linkScope="folders", folderIds=[folder]).json
    assert (moved["linkScope"], moved["linkIds"], moved["folderIds"]) == ("folders", [], [folder])
    whole = change(world, made, linkScope="workspace", clickBatches=True).json
    assert (whole["linkScope"], whole["folderIds"], whole["clickBatches"]) == (
        "workspace",
        [],
        True,
    )
    change(world, made, linkScope="links", linkIds=[first])
    without = change(world, made, triggers=["sale.created"]).json
    assert (without["linkScope"], without["linkIds"]) == (None, [])
    back = change(world, made, triggers=CLICKED).json
    assert (back["linkScope"], back["linkIds"]) == ("workspace", [])
    end(world, made)


def test_a_scope_that_cannot_be_right_is_refused(world: World) -> None:
    link, folder = world.link()["id"], world.client.post("/folders", {"name": world.name("f")})
    strange = world.stranger.post("/links", {"url": "https://o.test", "key": world.name("k")})
    for fields, field in (
        ({"linkScope": "planet"}, "linkScope"),
        ({"linkScope": "workspace", "linkIds": [link]}, "linkIds"),
        ({"linkScope": "folders", "linkIds": [link]}, "linkIds"),
        ({"linkScope": "links", "folderIds": [folder["id"]]}, "folderIds"),
        ({"linkScope": "folders"}, "folderIds"),
        ({"linkIds": ["link_none"]}, "linkIds"),
        ({"linkIds": [strange["id"]]}, "linkIds"),
        ({"folderIds": ["fold_none"]}, "folderIds"),
        ({"linkIds": [folder["id"]]}, "linkIds"),
        ({"folderIds": [link]}, "folderIds"),
        ({"triggers": ["sale.created"], "linkScope": "workspace"}, "linkScope"),
        ({"triggers": ["sale.created"], "linkIds": [link]}, "linkIds"),
    ):
        body = {"name": "n", "url": NOWHERE, "triggers": CLICKED} | fields
        answer = world.client.call("POST", "/webhooks", body)
        problem(answer, 422, "unprocessable_entity", field)


def test_a_webhook_keeps_a_link_that_was_deleted_and_never_hears_of_more(world: World) -> None:
    link = world.link()["id"]
    made = hook(world, linkIds=[link])
    assert world.client.call("DELETE", f"/links/{link}").status == 200
    kept = world.client.get(f"/webhooks/{made['id']}")
    assert (kept["linkScope"], kept["linkIds"]) == ("links", [link])
    assert change(world, made, linkIds=[link]).json == kept
    end(world, made)


def test_a_link_names_its_webhooks_from_its_side(world: World) -> None:
    made = hook(world, linkScope="links")
    assert made["linkIds"] == []
    link = world.link(webhookIds=[made["id"]])
    assert link["webhookIds"] == [made["id"]]
    assert world.client.get(f"/webhooks/{made['id']}")["linkIds"] == [link["id"]]
    path = f"/links/{link['id']}"
    assert world.client.call("PATCH", path, {"title": "x"}).json["webhookIds"] == [made["id"]]
    assert world.client.call("PATCH", path, {"webhookIds": []}).json["webhookIds"] == []
    assert world.client.get(f"/webhooks/{made['id']}")["linkIds"] == []
    whole, sales = hook(world), hook(world, triggers=["sale.created"])
    for wrong in ("wh_none", whole["id"], sales["id"]):
        answer = world.client.call("PATCH", path, {"webhookIds": [wrong]})
        problem(answer, 422, "unprocessable_entity", "webhookIds")
    world.client.call("PATCH", path, {"webhookIds": [made["id"]]})
    end(world, made, whole, sales)
    assert world.client.get(path)["webhookIds"] == []


def test_the_sdk_is_told_of_webhooks_that_cannot_be(world: World) -> None:
    whole = hook(world)

    async def later(sdk: Dub) -> None:
        request = {"url": "https://acme.test/", "webhook_ids": [whole["id"]]}
        with pytest.raises(errors.UnprocessableEntity):
            await sdk.links.create_async(request=request)

    with Dub(token=str(world.client.key), server_url=world.server.url) as sdk:
        with pytest.raises(errors.UnprocessableEntity):
            sdk.links.create(request={"url": "https://acme.test/", "webhook_ids": ["wh_none"]})
        asyncio.run(later(sdk))
    end(world, whole)


def test_the_sdk_gives_a_link_its_webhooks(world: World) -> None:
    made = hook(world, linkScope="links")
    with Dub(token=str(world.client.key), server_url=world.server.url) as sdk:
        request = {"url": "https://acme.test/", "webhook_ids": [made["id"]]}
        link = sdk.links.create(request=request)
    with pytest.warns(DeprecationWarning, match="DEPRECATED"):
        assert link.webhook_ids == [made["id"]]
    end(world, made)
