"""POST /checkout/attribution: nothing a browser says stops a purchase or is counted twice."""

from typing import Any

import pytest

from tests.actions.test_concurrency import at_once
from tests.http.test_tag import DAY_MS, post, signed_up, touch
from tests.http.world import World, problem


def begin(world: World, checkout: str | None = None, **said: Any) -> Any:
    body = {"checkoutId": checkout or world.name("cs")} | said
    return world.client.post("/checkout/attribution", body)


def kept(world: World, **said: Any) -> Any:
    checkout = world.name("cs")
    begin(world, checkout, **said)
    return world.client.get(f"/checkout/attribution/{checkout}")


def test_t78_what_the_page_collected_is_kept_and_handed_to_the_processor(world: World) -> None:
    said = {"im_ref": "I", "utm_source": "mail", "gclid": "G", "ga_client_id": "1.2"}
    checkout, name = world.name("cs"), world.name("u")
    done = begin(world, checkout, customerExternalId=name, attribution=said)
    told = said | {"hw_customer": name}
    assert (done["metadata"], done["clientReferenceId"]) == (told, None)
    found = world.client.get(f"/checkout/attribution/{checkout}")
    assert (found["id"], found["checkoutId"]) == (done["id"], checkout)
    assert (found["attribution"], found["customerExternalId"]) == (said, name)


def test_t75_each_field_is_dropped_by_itself(world: World) -> None:
    bad = {
        "gclid": 7, "wbraid": None, "gbraid": ["x"], "im_ref": {"a": 1}, "utm_term": "x" * 513,
        "utm_source": "", "mc_eid": "who@customer.test", "user_id": "u1", "gad_source": "1",
    }  # fmt: skip
    found = kept(world, attribution=bad | {"utm_campaign": "spring"})
    assert found["attribution"] == {"utm_campaign": "spring"}


def test_t76_numbers_are_text_where_clients_write_them_as_numbers(world: World) -> None:
    said = {"ga_session_id": 17, "ga_session_number": "3", "ga_client_id": True}
    found = kept(world, attribution=said)
    assert found["attribution"] == {"ga_session_id": "17", "ga_session_number": "3"}


@pytest.mark.parametrize("attribution", [None, {}, "text", [1], 7])
def test_t74_a_checkout_goes_on_without_any_attribution(world: World, attribution: Any) -> None:
    done = begin(world, attribution=attribution)
    assert (done["metadata"], done["clientReferenceId"]) == ({}, None)


def test_t79_the_metadata_keeps_within_the_limits_of_the_processor(world: World) -> None:
    found = kept(world, attribution={"im_ref": "x" * 512, "gclid": "y" * 500})
    assert set(found["attribution"]) == {"im_ref", "gclid"}
    assert found["metadata"] == {"gclid": "y" * 500}


def test_t80_one_program_has_the_slot_and_it_is_never_empty(world: World) -> None:
    click_id = world.click(world.link())
    visitor = f"{'v' * 30}.{click_id}"
    said = {"rewardful_referral": "ref-1"}
    assert begin(world, visitorId=visitor, attribution=said)["clientReferenceId"] == "ref-1"
    for other in ("", "no slot for this", "x" * 201):
        done = begin(world, visitorId=visitor, attribution={"rewardful_referral": other})
        assert done["clientReferenceId"] == click_id
        assert done["metadata"]["hw_click"] == click_id
        assert done["metadata"]["hw_visitor"] == "v" * 30


def test_the_click_the_page_names_is_taken_where_it_is_one(world: World) -> None:
    click_id = world.click(world.link())
    assert begin(world, attribution={"hw_id": click_id})["metadata"] == {"hw_click": click_id}
    assert begin(world, attribution={"hw_id": "V" * 32})["metadata"] == {}


def test_t82_the_first_word_on_a_checkout_stands(world: World) -> None:
    checkout = world.name("cs")
    sent = [{"gclid": f"G{number}"} for number in range(8)]
    done = at_once(lambda said: begin(world, checkout, attribution=said), sent)
    assert len({each["id"] for each in done}) == 1
    assert len({each["metadata"]["gclid"] for each in done}) == 1


def test_t96_where_the_browser_knew_nothing_the_newest_touch_speaks_whole(world: World) -> None:
    """T-42."""
    visitor = post(
        world,
        touch(ids={"im_ref": "OLD"}, utm={"source": "old"}, age=DAY_MS),
        touch(ids={"gclid": "NEW"}, coupon="SAVE"),
    ).json["visitor"]
    found = kept(world, visitorId=visitor, attribution={"ga_client_id": "1"})
    assert found["attribution"] == {"gclid": "NEW", "coupon": "SAVE", "ga_client_id": "1"}
    own = kept(world, visitorId=visitor, attribution={"utm_source": "page"})
    assert own["attribution"] == {"utm_source": "page"}, "touches are not blended (T-42)"


def test_t45_a_checkout_is_told_nothing_of_another_customer(world: World) -> None:
    click_id = world.click(world.link())
    visitor = post(world, touch(clickId=click_id, ids={"gclid": "G"})).json["visitor"]
    owner = world.name("u")
    signed_up(world, visitor, owner)
    for name in (None, world.name("u")):
        done = begin(world, visitorId=f"{visitor}.{click_id}", customerExternalId=name)
        whose = {"hw_customer": name} if name else {}
        assert done["metadata"] == {"hw_visitor": visitor} | whose
        assert done["clientReferenceId"] is None
    mine = begin(world, visitorId=visitor, customerExternalId=owner)
    assert (mine["metadata"]["gclid"], mine["clientReferenceId"]) == ("G", click_id)


def test_a_checkout_nobody_began_is_404(world: World) -> None:
    path = f"/checkout/attribution/{world.name('cs')}"
    problem(world.client.call("GET", path), 404, "not_found", "checkoutId")
    begun = world.name("cs/1")
    begin(world, begun)
    assert world.client.get(f"/checkout/attribution/{begun}")["checkoutId"] == begun
    path = f"/checkout/attribution/{begun}"
    problem(world.stranger.call("GET", path), 404, "not_found", "checkoutId")


def test_without_an_id_it_is_refused(world: World) -> None:
    answer = world.client.call("POST", "/checkout/attribution", {"checkoutId": ""})
    problem(answer, 422, "unprocessable_entity", "checkoutId")
