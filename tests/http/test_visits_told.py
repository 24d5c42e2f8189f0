"""A landing at POST /t reaches the network through the real server, with nothing of the person."""

from typing import Any

from tests.http.test_destinations import SETTINGS, create, end, network, sent
from tests.http.test_tag import post, signed_up, touch
from tests.http.world import World
from tests.reports.conftest import TRACKERS, Running
from tests.support import wait_until

__all__ = ["network"]


def test_landings_with_the_networks_click_are_told_and_their_words_go_with_the_person_a25_a40(
    world: World, network: Running
) -> None:
    """A-9, A-45, T-102, T-103, P11."""
    network.standin.seen.clear()
    settings = SETTINGS | {"apiUrl": network.url, "trackers": TRACKERS | {"visit": 2005}}
    made = create(world, settings=settings, authToken="token-1")
    assert (made["missing"], made["settings"]["trackers"]["visit"]) == ([], 2005)
    ids = [{"im_ref": world.name("im")} for _ in range(3)]
    no = {"measurement": "granted", "sharing": "denied", "source": "banner"}

    post(world, touch(coupon="SAVE"))
    post(world, touch(ids=ids[0]), consent=no)
    post(world, touch(ids=ids[0]), header_sec_gpc="1")
    ann = post(world, touch(ids=ids[1], url="https://acme.test/p")).json["visitor"]
    post(world, touch(ids=ids[1]), visitor=ann)
    ben = post(world, touch(ids=ids[2]), touch(ids=ids[2])).json["visitor"]

    told = wait_until(lambda: both(sent(world, made, "visit", state="delivered")))
    assert [each.fields.keys() for each in network.standin.seen] == [
        {"CampaignId", "ActionTrackerId", "EventDate", "OrderId", "ClickId"}
    ] * 2
    said = {(e.fields["ClickId"], e.fields["OrderId"]) for e in network.standin.seen}
    assert said == {(each["im_ref"], "IR_AN_64_TS") for each in ids[1:]}
    assert [each["submission"] for each in told] == [None, None]

    name = world.name("u")
    known = signed_up(world, ann, name)
    assert [each["provider"] for each in known["attributions"]] == ["impact"]
    world.client.call("DELETE", f"/customers/ext_{name}")
    post(world, {"type": "withdraw"}, visitor=ben)
    assert [payload(world, each) for each in told] == [None, None]
    end(world, made)


def test_who_denies_sharing_after_signing_up_is_told_of_no_more_t103_t106(
    world: World, network: Running
) -> None:
    """The page repeats its touch with the new word; so does the grant that follows."""
    made = create(world, settings=SETTINGS | {"apiUrl": network.url}, authToken="token-1")
    name, seen = world.name("u"), touch(ids={"im_ref": "im-1"})
    visitor = post(world, seen).json["visitor"]
    world.client.post("/track/signup", {"customerExternalId": name, "visitorId": visitor})
    for word in ("denied", "granted"):
        post(world, seen, visitor=visitor, consent={"sharing": word, "source": "banner"})
        world.sale(name)
    told = sent(world, made, "sale")
    assert sorted((each["lastError"] or "") for each in told) == ["", "sharing_denied"]
    assert [each["state"] for each in told].count("skipped") == 1
    end(world, made)


def both(found: list[Any]) -> list[Any]:
    return found if len(found) == 2 else []


def payload(world: World, told: Any) -> Any:
    return world.client.get(f"/deliveries/{told['id']}")["payload"]
