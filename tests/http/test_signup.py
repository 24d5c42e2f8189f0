"""POST /track/signup: what a visitor came by becomes the customer's, once and for ever."""

from typing import Any
from uuid import uuid4

import pytest

from tests.actions.test_concurrency import at_once
from tests.http.test_customers import everywhere
from tests.http.test_tag import DAY_MS, MINUTE_MS, key_of, post, signed_up, touch, touches
from tests.http.world import World, ask, problem
from tests.support import BROWSER, run, wait_until


def attributions(world: World, customer: str) -> dict[str, str]:
    found = world.client.get(f"/customers/ext_{customer}/attributions")
    return {each["provider"]: each["identifier"] for each in found}


def commissions(world: World, customer_id: str) -> list[Any]:
    found: list[Any] = world.client.get(f"/commissions?customerId={customer_id}")
    return found


def came_by(world: World, *click_ids: str, **said: Any) -> str:
    """A visitor who came by these clicks, one after the other."""
    events = [
        touch(clickId=each, age=(len(click_ids) - place) * DAY_MS)
        for place, each in enumerate(click_ids)
    ]
    answer = post(world, *events, **said)
    assert answer.json["refused"] == []
    visitor: str = answer.json["visitor"]
    return visitor


def test_a4_the_first_id_of_each_provider_is_known_when_the_call_is_answered(world: World) -> None:
    """A-1."""
    visitor = post(
        world,
        touch(ids={"im_ref": "I1", "gclid": "G"}, age=2 * DAY_MS),
        touch(ids={"im_ref": "I2", "wbraid": "W"}, age=DAY_MS),
    ).json["visitor"]
    name = world.name("u")
    done = signed_up(world, visitor, name)
    assert done["signup"] == ["google", "impact"]
    told = [(each["provider"], each["parameter"], each["new"]) for each in done["attributions"]]
    assert told == [("google", "gclid", True), ("impact", "im_ref", True)]
    assert attributions(world, name) == {"google": "G", "impact": "I1"}
    assert (done["customer"]["externalId"], done["lead"], done["refused"]) == (name, None, [])


def test_a3_the_first_id_is_never_overwritten(world: World) -> None:
    name = world.name("u")
    signed_up(world, post(world, touch(ids={"im_ref": "X"})).json["visitor"], name)
    later = post(world, touch(ids={"im_ref": "Y"}, age=9 * DAY_MS)).json["visitor"]
    done = signed_up(world, later, name)
    assert (done["signup"], [each["new"] for each in done["attributions"]]) == ([], [False])
    assert attributions(world, name) == {"impact": "X"}
    wait_until(lambda: "first_touch_preserved" in logged(world))  # a thread writes the lines


def logged(world: World) -> str:
    server = world.server
    return (server.store.data.parent / f"{server.role}-{server.port}.log").read_text()


def test_nothing_a_person_brought_or_said_is_logged(world: World) -> None:
    """A-105: neither ids of networks nor addresses, names, cookies or keys; A-6: of what is too
    long, the length alone.
    """
    mark = world.name("canary")
    long, name = mark + "x" * 513, f"u-{mark}"
    url = f"https://acme.test/{mark}?gclid={mark}"
    said = touch(url=url, ids={"im_ref": long, "gclid": mark}, utm={"source": mark})
    visitor = post(world, said, touch(id=mark, coupon=long), {"type": mark}).json["visitor"]
    who = {"customerEmail": f"{mark}@shop.test", "customerName": mark, "customerAvatar": mark}
    signed_up(world, visitor, name, clickId=mark, **who)
    signed_up(world, None, name, landing=touch(ids={"gclid": f"{mark}-2"}))
    kept = {"customerExternalId": name, "eventName": mark, "clickId": mark} | who
    world.client.call("POST", "/track/lead", kept)
    world.client.call("POST", "/track/sale", {"customerExternalId": name, "amount": mark})
    world.client.call("GET", f"/customers/ext_{name}?{mark}=1")
    world.client.call("DELETE", f"/customers/ext_{name}")
    found = logged(world)
    assert "value_too_long" in found
    assert "first_touch_preserved" in found
    for secret in (mark, visitor, world.client.key or "?", key_of(world)):
        assert secret not in found


def test_a26_a_later_sign_in_that_brings_a_first_id_says_so_once(world: World) -> None:
    """B-18."""
    name = world.name("u")
    assert signed_up(world, None, name)["signup"] == []
    visitor = post(world, touch(ids={"im_ref": "I"})).json["visitor"]
    assert signed_up(world, visitor, name, newCustomer=False)["signup"] == ["impact"]
    assert signed_up(world, visitor, name)["signup"] == []
    assert [each["newCustomer"] for each in touches(world, name)] == [False]


def test_a9_nothing_known_makes_a_customer_and_no_attribution(world: World) -> None:
    name = world.name("u")
    post(world, touch(ids={"im_ref": "I"}))  # somebody else's
    done = signed_up(world, uuid4().hex, name, customerEmail="sam@customer.test")
    assert (done["attributions"], done["lead"], done["signup"]) == ([], None, [])
    assert done["customer"]["email"] == "sam@customer.test"
    assert attributions(world, name) == {}


def test_a2_of_calls_at_once_one_is_first_and_none_fails(world: World) -> None:
    link, name = world.link(), world.name("u")
    visitor = came_by(world, world.click(link))
    post(world, touch(ids={"im_ref": "I"}), visitor=visitor)
    done = at_once(lambda _: signed_up(world, visitor, name), range(8))
    assert sorted(each["signup"] for each in done) == [[]] * 7 + [["headwater", "impact"]]
    assert len({each["lead"]["id"] for each in done}) == 1
    assert len(commissions(world, done[0]["customer"]["id"])) == 1


def test_t45_what_was_claimed_never_goes_to_another_customer(world: World) -> None:
    link, first, second = world.link(), world.name("u"), world.name("u")
    click_id = world.click(link)
    visitor = came_by(world, click_id)
    said = touch(ids={"im_ref": "I"})
    post(world, said, visitor=visitor)
    signed_up(world, f"{visitor}.{click_id}", first)
    again = signed_up(world, f"{visitor}.{click_id}", second, touches=[said], clickId=click_id)
    assert (again["lead"], again["attributions"], again["signup"]) == (None, [], [])
    assert touches(world, second) == []
    assert set(attributions(world, first)) == {"headwater", "impact"}


def test_t45_two_customers_who_claim_at_once_share_nothing(world: World) -> None:
    visitor = came_by(world, world.click(world.link()))
    names = [world.name("u") for _ in range(8)]
    done = at_once(lambda name: signed_up(world, visitor, name), names)
    assert sum(each["lead"] is not None for each in done) == 1
    assert sum(len(touches(world, name)) for name in names) == 1


def test_t45_what_came_after_the_first_user_is_the_seconds(world: World) -> None:
    first, second = world.name("u"), world.name("u")
    visitor = post(world, touch(ids={"im_ref": "I"})).json["visitor"]
    signed_up(world, visitor, first)
    post(world, touch(ids={"gclid": "G"}), cookie=visitor)
    assert signed_up(world, visitor, second)["signup"] == ["google"]
    assert attributions(world, first) == {"impact": "I"}


@pytest.mark.parametrize(("model", "winner"), [("first", 0), ("last", 2)])
def test_all_clicks_of_a_visitor_count_for_the_lead_and_for_what_follows(
    world: World, model: str, winner: int
) -> None:
    program = world.make_program(attributionModel=model)
    partners = [world.make_partner(program) for _ in range(3)]
    clicks = [world.click(world.link(partner)) for partner in partners]
    visitor = came_by(world, *clicks)
    name = world.name("u")
    done = signed_up(world, visitor, name)
    assert (done["lead"]["clickId"], done["signup"]) == (clicks[-1], ["headwater"])
    assert attributions(world, name) == {"headwater": clicks[0]}
    sold = world.sale(name, 10_000)
    for fact in (done["lead"]["id"], sold["sale"]["id"]):
        receipt = world.receipt(fact)
        assert [each["clickId"] for each in receipt["considered"]] == clicks
        assert receipt["winner"]["partnerId"] == partners[winner]["id"]
    found = commissions(world, done["customer"]["id"])
    assert {each["partner"]["id"] for each in found} == {partners[winner]["id"]}
    assert sorted(each["earnings"] for each in found) == [500, 1000]


def test_a_lead_that_is_named_is_of_its_click_alone(world: World) -> None:
    program = world.make_program(attributionModel="first")
    one, other = world.make_partner(program), world.make_partner(program)
    early = world.click(world.link(one))
    name = world.name("u")
    signed_up(world, came_by(world, early), name)
    lead = world.lead(world.click(world.link(other)), name, "Demo")
    receipt = world.receipt(lead["lead"]["id"])
    reasons = {each["partnerId"]: each["reason"] for each in receipt["considered"]}
    assert reasons == {one["id"]: "another_lead_named", other["id"]: "first_touch"}


def test_an_earlier_click_that_is_claimed_later_restates_and_changes_nothing(world: World) -> None:
    program = world.make_program(attributionModel="first")
    one, other = world.make_partner(program), world.make_partner(program)
    early, late = world.click(world.link(one)), world.click(world.link(other))
    name = world.name("u")
    lead = world.lead(late, name)
    sold = world.sale(name)
    signed_up(world, came_by(world, early), name)
    signed_up(world, None, name, clickId=early)
    for fact in (lead["lead"]["id"], sold["sale"]["id"]):
        receipt = world.receipt(fact)
        assert receipt["winner"]["partnerId"] == other["id"]
        assert [each["clickId"] for each in receipt["restatements"]] == [early]
    assert world.receipt(world.sale(name)["sale"]["id"])["winner"]["partnerId"] == other["id"]


def test_a_sale_that_waited_is_attached_by_the_sign_up(world: World) -> None:
    link, name = world.link(), world.name("u")
    waiting = world.sale(name, invoiceId=world.name("in"))
    assert waiting["sale"] is None
    signed_up(world, came_by(world, world.click(link)), name)
    assert world.item(waiting["inboxId"])["state"] == "resolved"
    assert world.again(link)["sales"] == 1


def test_what_is_bought_before_the_first_click_of_ours_is_nobodys(world: World) -> None:
    name = world.name("u")
    signed_up(world, None, name)
    body = {"customerExternalId": name, "amount": 100, "invoiceId": world.name("in")}
    sale = world.client.post("/track/sale", body)["sale"]["id"]
    link = world.link()
    signed_up(world, None, name, clickId=world.click(link))
    assert world.receipt(sale)["linkId"] is None
    assert world.again(link)["sales"] == 0


def test_a_link_that_was_handed_over_since_takes_nobody_along(world: World) -> None:
    one, other = world.make_partner(), world.make_partner()
    link, name = world.link(one), world.name("u")
    early = world.click(link)
    signed_up(world, came_by(world, early, world.click(world.link(one))), name)
    world.client.call("PATCH", f"/links/{link['id']}", {"partnerId": other["id"]})
    receipt = world.receipt(world.sale(name)["sale"]["id"])
    assert {each["partnerId"] for each in receipt["considered"]} == {one["id"]}


def test_a13_beside_a_referral_token_a_click_id_is_no_affiliates(world: World) -> None:
    name = world.name("u")
    visitor = post(
        world,
        touch(ids={"im_ref": "SHARED", "gclid": "G"}, referral="FRIEND", age=2 * DAY_MS),
        touch(ids={"im_ref": "SHARED"}, age=DAY_MS),
    ).json["visitor"]
    assert signed_up(world, visitor, name)["signup"] == ["google"]
    other = post(world, touch(ids={"im_ref": "OTHER"})).json["visitor"]
    assert signed_up(world, other, name)["signup"] == ["impact"]
    assert attributions(world, name) == {"google": "G", "impact": "OTHER"}


def test_a10_what_the_request_itself_came_by_goes_first(world: World) -> None:
    visitor = post(world, touch(ids={"im_ref": "COOKIE"}, age=DAY_MS)).json["visitor"]
    name = world.name("u")
    signed_up(world, visitor, name, landing=touch(ids={"im_ref": "URL"}))
    assert attributions(world, name) == {"impact": "URL"}


def test_touches_in_the_call_are_those_of_the_page_once(world: World) -> None:
    said, name = touch(coupon="A"), world.name("u")
    visitor = post(world, said).json["visitor"]
    done = signed_up(
        world, visitor, name, touches=[said, touch(coupon="B"), {"id": "x"}], referral="FRIEND"
    )
    assert [each["code"] for each in done["refused"]] == ["unprocessable_entity"]
    found = touches(world, name)
    assert sorted((each["coupon"] or each["referral"]) for each in found) == ["A", "B", "FRIEND"]
    assert {each["coupon"]: each["source"] for each in found if each["coupon"]} == {
        "A": "tag", "B": "tag",
    }  # fmt: skip


def test_without_a_visitor_touches_are_kept_once_too(world: World) -> None:
    name = world.name("u")
    for _ in range(2):
        signed_up(world, None, name, touches=[touch(ids={"im_ref": "I"})])
    assert len(touches(world, name)) == 1
    assert attributions(world, name) == {"impact": "I"}


def test_without_consent_the_call_brings_no_touch(world: World) -> None:
    name = world.name("u")
    said = {"touches": [touch(ids={"im_ref": "I"})], "consent": {"measurement": "denied"}}
    assert signed_up(world, None, name, **said)["signup"] == []
    assert touches(world, name) == []


def test_t88_an_unknown_click_is_told_and_stops_nothing(world: World) -> None:
    done = signed_up(world, None, world.name("u"), clickId="V" * 32)
    assert (done["lead"], [each["code"] for each in done["refused"]]) == (None, ["not_found"])


def test_the_last_click_of_the_cookie_counts_without_any_touch(world: World) -> None:
    link = world.link()
    done = signed_up(world, f"{'v' * 30}.{world.click(link)}")
    assert done["signup"] == ["headwater"]
    assert world.again(link)["leads"] == 1


def test_an_idempotency_key_gives_the_first_answer_again(world: World) -> None:
    visitor = post(world, touch(ids={"im_ref": "I"})).json["visitor"]
    body = {"customerExternalId": world.name("u"), "visitorId": visitor}
    headers = {"idempotency-key": world.name("key")}
    first, again = [
        world.client.call("POST", "/track/signup", body, headers=headers).json for _ in range(2)
    ]
    assert first == again
    assert first["signup"] == ["impact"]


def test_the_conversion_log_tells_of_it(world: World) -> None:
    name = world.name("u")
    done = signed_up(world, None, name)
    [entry] = world.client.get(f"/conversion-log?customerExternalId={name}")
    assert (entry["call"], entry["outcome"]) == ("signup", "recorded")
    assert entry["result"] == {"kind": "customer", "id": done["customer"]["id"]}


def test_without_a_customer_it_is_refused(world: World) -> None:
    problem(world.client.call("POST", "/track/signup", {"customerExternalId": " "}), 400,
            "bad_request", "customerExternalId")  # fmt: skip


def test_erasing_a_person_takes_all_of_it_along(world: World) -> None:
    """A-103: and nothing of anybody else."""
    link, name, other = world.link(), world.name("u"), world.name("u")
    signed_up(world, post(world, touch(ids={"im_ref": "STAYS"})).json["visitor"], other)
    click_id = world.click(link)
    visitor = came_by(world, click_id)
    post(world, touch(ids={"im_ref": (secret := world.name("ref"))}), visitor=visitor)
    checkout = {"checkoutId": world.name("cs"), "customerExternalId": name}
    signed_up(world, visitor, name)
    world.client.post("/checkout/attribution", checkout)
    post(world, touch(coupon="WAITING"), visitor=visitor)
    sold = world.sale(name)
    customer = world.client.call("DELETE", f"/customers/ext_{name}").json["id"]
    for what in ("touches", "attributions"):
        problem(world.client.call("GET", f"/customers/{customer}/{what}"), 404, "not_found", "id")
    for personal in (visitor, secret, name):
        assert everywhere(world.server.store, personal) == []
    assert signed_up(world, visitor, world.name("u"))["attributions"] == []
    assert (attributions(world, other), len(touches(world, other))) == ({"impact": "STAYS"}, 1)
    path = f"/checkout/attribution/{checkout['checkoutId']}"
    assert world.client.call("GET", path).status == 404
    assert world.receipt(sold["sale"]["id"])["winner"]["clickId"] == click_id


def test_another_workspace_sees_none_of_it(world: World) -> None:
    visitor = post(world, touch(ids={"im_ref": "I"})).json["visitor"]
    body = {"customerExternalId": world.name("u"), "visitorId": visitor}
    assert world.stranger.post("/track/signup", body)["attributions"] == []
    assert signed_up(world, visitor)["signup"] == ["impact"]


def test_a_touch_that_came_late_is_still_the_customers(world: World) -> None:
    link, first, second = world.link(), world.name("u"), world.name("u")
    visitor = post(world, touch(coupon="A")).json["visitor"]
    signed_up(world, visitor, first)
    late = [touch(clickId=world.click(link), age=DAY_MS), touch(ids={"im_ref": "I"}, age=DAY_MS)]
    now = touch(coupon="B")
    post(world, *late, now, cookie=visitor)
    assert {each["id"] for each in late} < {each["eventId"] for each in touches(world, first)}
    assert set(attributions(world, first)) == {"headwater", "impact"}
    assert world.again(link)["leads"] == 1
    assert signed_up(world, visitor, second)["signup"] == []
    assert [each["coupon"] for each in touches(world, second)] == ["B"]
    assert signed_up(world, None, first)["signup"] == ["impact"], "told once"
    assert signed_up(world, None, first)["signup"] == []


def test_what_the_page_saw_fills_the_touch_of_which_the_edge_knew_the_click(world: World) -> None:
    click_id, name = world.click(world.link()), world.name("u")
    of_edge = touch(clickId=click_id, source="edge")
    visitor = post(world, of_edge).json["visitor"]
    landed = {"clickId": click_id, "ids": {"im_ref": "I"}, "utm": {"source": "news"}}
    for source in ("tag", "server"):
        said = touch(**landed, source=source, url="https://acme.test/?im_ref=I")
        post(world, said, cookie=visitor)
    done = signed_up(world, visitor, name)
    assert done["signup"] == ["headwater", "impact"]
    [found] = touches(world, name)
    assert (found["eventId"], found["source"]) == (of_edge["id"], "edge")
    assert (found["utm"], found["url"]) == ({"source": "news"}, "https://acme.test/?im_ref=I")


def test_t45_a_touch_is_filled_by_its_own_browser_alone_and_before_it_is_claimed(
    world: World,
) -> None:
    click_id, name = world.click(world.link()), world.name("u")
    visitor = post(world, touch(id=f"edge-{click_id}", clickId=click_id)).json["visitor"]
    post(world, touch(id=f"edge-{click_id}", ids={"im_ref": "OF A STRANGER"}))
    signed_up(world, visitor, name)
    post(world, touch(clickId=click_id, ids={"im_ref": "OF THE NEXT"}), cookie=visitor)
    signed_up(world, visitor, name)
    assert attributions(world, name) == {"headwater": click_id}
    seen_before = touch(clickId=click_id, ids={"gclid": "THEIRS"}, age=MINUTE_MS)
    post(world, seen_before, cookie=visitor)
    assert signed_up(world, visitor, name)["signup"] == ["google"]


def test_a_touch_of_an_id_that_turns_out_to_be_the_same_browsers_comes_late(world: World) -> None:
    of_page, of_cookie, name = uuid4().hex, uuid4().hex, world.name("u")
    post(world, touch(ids={"im_ref": "I"}, age=MINUTE_MS), visitor=of_page)
    signed_up(world, of_cookie, name, touches=[touch(coupon="A")])
    post(world, visitor=of_page, cookie=of_cookie)
    assert attributions(world, name) == {"impact": "I"}


def test_t45_of_customers_who_name_one_click_at_once_one_has_it(world: World) -> None:
    link = world.link()
    click_id, names = world.click(link), [world.name("u") for _ in range(12)]
    done = at_once(lambda name: signed_up(world, None, name, clickId=click_id), names)
    assert sum(each["lead"] is not None for each in done) == 1
    assert world.again(link)["leads"] == 1


def test_the_edge_and_the_page_know_one_visitor(world: World) -> None:
    """Without the cookie of the edge a page is told a click by the address alone."""
    link = world.link()
    agent = f"{BROWSER} {world.name()}"
    click_id = world.visit(link, agent=agent).click_id
    answer = ask(
        world.server, "/t", method="POST",
        headers={"user-agent": agent},
        body={"key": world.page.key, "events": [touch(clickId=click_id)]},
    )  # fmt: skip
    assert answer.json["clickId"] == click_id
    assert answer.json["partner"] == {"name": "Pat", "image": None}


def test_the_books_are_right_after_all_of_it(world: World) -> None:
    """Runs last: `verify` rebuilds what claims decided from rows and lines."""
    done = run("verify", *world.server.store.arguments)
    assert done.returncode == 0, done.stdout
    assert "The books are right." in done.stdout


def test_two_people_behind_one_address_are_both_whom_the_partner_brought(world: World) -> None:
    """Their click is one, as they share address and browser's name; their visitor ids are not."""
    link = world.link()
    click_id = world.click(link)
    done = [
        signed_up(world, came_by(world, click_id), world.name("u")),
        signed_up(world, f"{uuid4().hex}.{click_id}", world.name("u")),
    ]
    assert [each["lead"]["clickId"] for each in done] == [click_id] * 2
    for each in done:
        (receipt,) = world.client.get(
            f"/receipts?customerExternalId={each['customer']['externalId']}"
        )
        assert receipt["winner"]["clickId"] == click_id
        assert "click_shared" in receipt["flags"]
    assert world.again(link)["leads"] == 2
