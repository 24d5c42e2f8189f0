"""POST /t and GET /t/config: what pages report of a visitor, and what they are told."""

import json
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

import pytest

from tests.http.test_customers import everywhere
from tests.http.world import World, ask, problem
from tests.support import BROWSER, Answer

DAY_MS = 86_400_000
MINUTE_MS = 60_000


def key_of(world: World) -> str:
    return world.page.key or ""


def touch(**said: Any) -> dict[str, Any]:
    return {"type": "touch", "id": uuid4().hex, "age": 0, "source": "tag"} | said


def post(world: World, *events: Any, cookie: str | None = None, **said: Any) -> Answer:
    """As the tag sends it; `header_x` among `said` are headers."""
    headers = {"content-type": "text/plain", "user-agent": f"{BROWSER} {world.name()}"}
    for name in [name for name in said if name.startswith("header_")]:
        headers[name.removeprefix("header_").replace("_", "-")] = said.pop(name)
    if cookie:
        headers["cookie"] = f"other=1; hw_visitor={cookie}"
    body = {"key": key_of(world), "events": list(events)} | said
    return ask(world.server, "/t", method="POST", headers=headers, body=body)


def jar(answer: Answer) -> str:
    return SimpleCookie(answer.headers["set-cookie"])["hw_visitor"].value


def signed_up(world: World, visitor: str | None, customer: str | None = None, **said: Any) -> Any:
    body = {"customerExternalId": customer or world.name("u"), "visitorId": visitor} | said
    return world.client.post("/track/signup", body)


def touches(world: World, customer: str) -> list[Any]:
    return world.client.get(f"/customers/ext_{customer}/touches")


def kept(world: World, visitor: str) -> list[Any]:
    """What is kept of a visitor: somebody signs up to see it."""
    name = world.name("u")
    signed_up(world, visitor, name)
    return touches(world, name)


def test_t97_a_touch_is_kept_whole(world: World) -> None:
    """T-106."""
    said = touch(
        age=DAY_MS,
        url="https://acme.test/p?gclid=G&token=secret#x",
        referrer="https://news.test/article?id=1",
        coupon="SAVE",
        utm={"source": "mail", "medium": None},
        ids={"gclid": "G", "sccid": "aB", "nonsense": "x"},
    )
    consent = {"measurement": "granted", "sharing": "denied", "personal": "unknown"}
    answer = post(world, said, consent=consent | {"source": "banner"})
    assert answer.json["refused"] == []
    [found] = kept(world, answer.json["visitor"])
    assert (found["url"], found["referrer"]) == ("https://acme.test/p?gclid=G", "https://news.test")
    assert (found["coupon"], found["utm"]) == ("SAVE", {"source": "mail"})
    ids = {each["parameter"]: (each["provider"], each["value"]) for each in found["ids"]}
    assert ids == {"gclid": ("google", "G"), "ScCid": ("snap", "aB")}
    assert found["consent"] == consent | {"source": "banner"}


def test_t90_the_cookie_is_set_by_the_answer_for_the_whole_site(world: World) -> None:
    headers = {"header_host": "t.shop.localhost:1234"}
    line = post(world, touch(coupon="A"), **headers).headers["set-cookie"]
    name_and_value, *attributes = line.split("; ")
    assert name_and_value.startswith("hw_visitor=")
    assert set(attributes) == {
        "Path=/", "Max-Age=34560000", "HttpOnly", "SameSite=Lax", "Domain=shop.localhost", "Secure",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "domain", "secure"),
    [
        ({"header_host": "shop.example.co.uk"}, "Domain=example.co.uk", False),
        ({"header_host": "127.0.0.1:80"}, "", False),
        (
            {"header_host": "x.test", "header_x_forwarded_host": "www.a.dev",
             "header_x_forwarded_proto": "https"},
            "Domain=a.dev", True,
        ),
    ],
)  # fmt: skip
def test_t90_the_cookie_follows_the_host_and_the_proxies_that_are_trusted(
    world: World, headers: dict[str, str], domain: str, secure: bool
) -> None:
    attributes = post(world, touch(coupon="A"), **headers).headers["set-cookie"].split("; ")
    assert [each for each in attributes if each.startswith("Domain")] == (
        [domain] if domain else []
    )
    assert ("Secure" in attributes) is secure


def test_the_id_of_the_page_is_taken_and_that_of_the_cookie_beats_it(world: World) -> None:
    of_page, of_cookie = "p" * 30, "c" * 30
    assert post(world, touch(coupon="A"), visitor=of_page).json["visitor"] == of_page
    answer = post(world, touch(coupon="B"), visitor=of_page, cookie=f"{of_cookie}.CLICK")
    assert answer.json["visitor"] == of_cookie
    assert jar(answer) == f"{of_cookie}.CLICK"
    assert [each["coupon"] for each in kept(world, of_cookie)] == ["A", "B"]
    assert kept(world, of_page) == []


def test_t98_a_landing_that_is_seen_twice_is_one_touch(world: World) -> None:
    """T-115, B-20."""
    said = {"utm": {"source": world.name()}, "ids": {"im_ref": "I"}}
    first = touch(age=29 * MINUTE_MS, **said)
    visitor = post(world, first, first, touch(**said, source="server")).json["visitor"]
    post(world, first, visitor=visitor)
    later = touch(**said, age=60 * MINUTE_MS)
    post(world, later, visitor=visitor)
    assert [each["eventId"] for each in kept(world, visitor)] == [later["id"], first["id"]]


def test_t98_two_ids_of_one_browser_make_no_two_touches(world: World) -> None:
    said = {"ids": {"gclid": world.name()}}
    post(world, touch(**said), visitor="a" * 30 + (tail := uuid4().hex[:8]))
    post(world, touch(**said), visitor="b" * 30 + tail)
    post(world, touch(coupon="C"), visitor="a" * 30 + tail, cookie="b" * 30 + tail)
    assert len(kept(world, "b" * 30 + tail)) == 2


def test_one_bad_event_never_stops_the_others(world: World) -> None:
    """A-78."""
    bad = [
        touch(age="x"), touch(coupon="A", id="short"), touch(), {"type": "purchase"},
        touch(clickId="V" * 32), touch(coupon="x" * 513), {"type": "touch"},
    ]  # fmt: skip
    answer = post(world, *bad, touch(coupon="GOOD"))
    assert answer.status == 200
    refused = answer.json["refused"]
    assert [each["id"] for each in refused] == [
        *(each.get("id") for each in [*bad[:4], bad[5], bad[6], bad[4]])
    ]
    assert {each["code"] for each in refused} == {"unprocessable_entity", "not_found"}
    assert all(each["message"] for each in refused)
    assert [each["coupon"] for each in kept(world, answer.json["visitor"])] == ["GOOD"]


def test_t88_a_click_id_that_is_none_takes_nothing_else_along(world: World) -> None:
    answer = post(world, touch(clickId="V" * 32, ids={"gclid": "G"}))
    assert [each["code"] for each in answer.json["refused"]] == ["not_found"]
    [found] = kept(world, answer.json["visitor"])
    assert (found["clickId"], len(found["ids"])) == (None, 1)


def test_t104_the_server_reads_the_signal_of_the_browser_itself(world: World) -> None:
    consent = {"measurement": "granted", "sharing": "granted", "personal": "granted"}
    for source, sharing in (("banner", "denied"), ("user", "granted")):
        sent = {"consent": consent | {"source": source}, "header_sec_gpc": "1"}
        visitor = post(world, touch(coupon="A"), **sent).json["visitor"]
        [found] = kept(world, visitor)
        assert found["consent"]["sharing"] == sharing
    sent = {"consent": consent | {"source": "banner"}, "header_sec_gpc": "true"}
    [found] = kept(world, post(world, touch(coupon="A"), **sent).json["visitor"])
    assert found["consent"]["sharing"] == "granted"


def test_t106_a_touch_that_is_told_again_has_the_page_s_last_word_on_sharing(world: World) -> None:
    """Also when somebody claimed it; a backend's word of the same landing is none, nor is that of
    another browser.
    """
    yes, no = ({"sharing": said, "source": "banner"} for said in ("granted", "denied"))
    seen, name = touch(ids={"im_ref": world.name("im")}), world.name("u")

    def sharing(*events: Any, **said: Any) -> str:
        post(world, *events, **said)
        [found] = touches(world, name)
        return found["consent"]["sharing"]

    visitor = post(world, seen, consent=yes).json["visitor"]
    signed_up(world, visitor, name)
    assert sharing(seen, visitor=visitor, consent=no) == "denied"
    assert sharing(seen | {"source": "server"}, visitor=visitor, consent=yes) == "denied"
    assert sharing(seen, visitor=uuid4().hex, consent=yes) == "denied"
    assert sharing(touch(ids=seen["ids"]), visitor=visitor, consent=yes) == "denied"
    assert sharing(seen, visitor=visitor, consent=yes) == "granted"


def test_t106_what_is_told_again_brings_nothing_back_and_leads_nobody_back(world: World) -> None:
    """P11, T-102: who was erased stays erased, whatever their browser kept; a code is no new click,
    and the last click stays the last.
    """
    link, other = (world.link(key=world.name("k")) for _ in range(2))
    seen, name = touch(partner=link["key"]), world.name("u")
    visitor = post(world, seen).json["visitor"]
    last = jar(post(world, touch(partner=other["key"]), visitor=visitor))
    again = post(world, seen | {"again": True}, cookie=last)
    assert (jar(again), again.json["clickId"]) == (last, None)
    signed_up(world, visitor, name)
    assert len(touches(world, name)) == 2
    world.client.call("DELETE", f"/customers/ext_{name}")
    told = post(world, seen | {"again": True}, visitor=visitor).json
    assert (told["refused"], told["clickId"]) == ([], None)
    assert kept(world, visitor) == []
    assert world.client.get(f"/links/{link['id']}")["clicks"] == 1


def test_t106_the_page_s_word_goes_for_a_touch_that_its_server_told_first(world: World) -> None:
    """Also when it was claimed meanwhile."""
    seen, name, visitor = touch(ids={"im_ref": world.name("im")}), world.name("u"), uuid4().hex
    post(world, seen | {"id": uuid4().hex, "source": "server"}, visitor=visitor)
    signed_up(world, visitor, name)
    no = {"sharing": "denied", "source": "banner"}
    post(world, seen | {"again": True}, visitor=visitor, consent=no)
    [found] = touches(world, name)
    assert found["consent"]["sharing"] == "denied"


@pytest.mark.parametrize("measurement", ["denied", "unknown"])
def test_t101_without_consent_nothing_is_kept_and_no_cookie_set(
    world: World, measurement: str
) -> None:
    visitor = uuid4().hex
    answer = post(world, touch(coupon="A"), visitor=visitor, consent={"measurement": measurement})
    assert answer.json == {"visitor": None, "partner": None, "clickId": None, "refused": []}
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert kept(world, visitor) == []


def test_t102_what_is_withdrawn_is_gone_and_what_was_claimed_stays(world: World) -> None:
    name = world.name("u")
    visitor = post(world, touch(coupon="CLAIMED")).json["visitor"]
    signed_up(world, visitor, name)
    post(world, touch(coupon="LATER"), cookie=visitor)
    answer = post(world, {"type": "withdraw"}, cookie=visitor, consent={"measurement": "denied"})
    assert answer.json["visitor"] is None
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert kept(world, visitor) == []
    assert [each["coupon"] for each in touches(world, name)] == ["CLAIMED"]


def test_machines_leave_no_touch_and_get_no_cookie(world: World) -> None:
    """T-118."""
    visitor = uuid4().hex
    bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    answer = post(world, touch(coupon="A"), visitor=visitor, header_user_agent=bot)
    assert "set-cookie" not in answer.headers
    assert kept(world, visitor) == []


def test_d12_a_partners_code_is_a_click_of_their_link_once(world: World) -> None:
    link = world.link(key=world.name("ada"))
    said = touch(partner=link["key"].upper(), url="https://acme.test/?via=x")
    agent = {"header_user_agent": f"{BROWSER} {world.name()}"}
    answer = post(world, said, **agent)
    click_id, visitor = answer.json["clickId"], answer.json["visitor"]
    assert answer.json["partner"] == {"name": "Pat", "image": None}
    assert jar(answer) == f"{visitor}.{click_id}"
    for again in (said, touch(partner=link["key"].upper())):
        assert post(world, again, cookie=visitor, **agent).json["clickId"] == click_id
    assert world.again(link)["clicks"] == 1
    assert world.lead(click_id, world.name("u"))["link"]["id"] == link["id"]


def test_d12_a_code_that_is_no_partners_makes_no_click(world: World) -> None:
    plain = world.client.post("/links", {"url": "https://acme.test/", "key": world.name("k")})
    for code in (plain["key"], world.name("nobody")):
        answer = post(world, touch(partner=code))
        assert (answer.json["clickId"], answer.json["partner"]) == (None, None)
        [found] = kept(world, answer.json["visitor"])
        assert (found["partner"], found["clickId"]) == (code, None)


def test_d15_a_touch_that_ended_is_refused(world: World) -> None:
    over = touch(ids={"ttclid": "T"}, age=28 * DAY_MS)
    alive = touch(ids={"ttclid": "T", "im_ref": "I"}, age=28 * DAY_MS)
    answer = post(world, over, alive)
    assert [each["id"] for each in answer.json["refused"]] == [over["id"]]
    assert len(kept(world, answer.json["visitor"])) == 1


def test_a_visitor_has_a_hundred_unclaimed_touches_at_most(world: World) -> None:
    visitor = uuid4().hex
    for start in (0, 50, 100):
        batch = [touch(coupon=f"C{start + number}") for number in range(50)]
        answer = post(world, *batch, visitor=visitor)
    assert {each["code"] for each in answer.json["refused"]} == {"rate_limit_exceeded"}
    assert len(kept(world, visitor)) == 100


def test_a_report_without_a_touch_leaves_nothing_in_the_store(world: World) -> None:
    answer = post(world, touch())
    assert len(answer.json["refused"]) == 1
    assert everywhere(world.server.store, jar(answer)) == []


def test_a_key_that_opens_nothing_is_401(world: World) -> None:
    for key in ("hw_pk_" + "x" * 24, world.client.key):
        answer = ask(world.server, "/t", method="POST", body={"key": key, "events": []})
        assert answer.status == 401
        assert ask(world.server, f"/t/config?key={key}").status == 401


def test_pages_of_any_origin_may_ask_with_their_cookie(world: World) -> None:
    origin = "https://shop.test"
    for answer in (
        post(world, touch(coupon="A"), header_origin=origin),
        ask(world.server, f"/t/config?key={key_of(world)}", headers={"origin": origin}),
        ask(world.server, "/t", method="OPTIONS", headers={"origin": origin}),
        ask(world.server, "/t", method="POST", headers={"origin": origin}, body={"key": "no"}),
    ):
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "origin" in answer.headers["vary"].lower()


@pytest.fixture
def settings(world: World) -> Iterator[Any]:
    """Changes what the tag is told, and puts it back."""
    before = world.client.get("/workspaces/acme")
    yield lambda **said: world.client.call("PATCH", "/workspaces/acme", said)
    hosts, tag = before["allowedHostnames"], before["tag"]
    world.client.call("PATCH", "/workspaces/acme", {"allowedHostnames": hosts, "tag": tag})


def config(world: World, **headers: str) -> Answer:
    return ask(world.server, f"/t/config?key={key_of(world)}", headers=headers)


def test_only_allowed_hosts_are_told_and_may_report(world: World, settings: Any) -> None:
    settings(allowedHostnames=["shop.test"])
    other = {"origin": "https://elsewhere.test"}
    problem(config(world, **other), 403, "forbidden")
    problem(post(world, header_origin=other["origin"]), 403, "forbidden")
    assert config(world, origin="https://shop.test").status == 200
    assert post(world, touch(coupon="A"), header_origin="https://shop.test").status == 200


def test_the_tag_is_told_what_the_workspace_set(world: World, settings: Any) -> None:
    settings(
        tag={
            "consentDefault": "unknown",
            "partnerParams": ["friend"],
            "outbound": ["app.acme.test"],
            "providers": {"gtm": {"containerId": "GTM-X"}},
            "ignoreReferrers": ["pay.acme.test"],
        }
    )
    answer = config(world)
    told = answer.json
    assert (told["clickParam"], told["consentDefault"]) == ("hw_id", "unknown")
    assert (told["partnerParams"], told["outbound"]) == (["friend"], ["app.acme.test"])
    assert told["providers"] == {"gtm": {"containerId": "GTM-X"}}
    assert {"pay.acme.test", "checkout.stripe.com"} <= set(told["ignoreReferrers"])
    rows = {row[0]: row[1:] for row in told["table"]}
    assert (rows["friend"], rows["gclid"]) == (
        ["partner", "headwater", 60],
        ["click", "google", 90],
    )
    assert "via" not in rows
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert config(world, **{"if-none-match": answer.headers["etag"]}).status == 304
    visitor = post(world, touch(coupon="A")).json["visitor"]
    assert visitor is None  # nobody was asked yet
    name = world.name("u")
    signed_up(world, None, name, landing=touch(coupon="A"))
    assert touches(world, name) == []
    signed_up(world, None, name, landing=touch(coupon="A"), consent={"measurement": "granted"})
    [found] = touches(world, name)
    assert found["consent"]["sharing"] == "unknown"


def test_what_is_left_out_of_the_settings_stays(world: World, settings: Any) -> None:
    settings(tag={"outbound": ["app.acme.test"], "referrals": True})
    after = settings(tag={"consentDefault": "denied"}).json["tag"]
    assert (after["outbound"], after["referrals"]) == (["app.acme.test"], True)
    assert after["consentDefault"] == "denied"


@pytest.mark.parametrize(
    ("tag", "field"),
    [
        ({"consentDefault": "perhaps"}, "tag.consentDefault"),
        ({"partnerParams": ["access_token"]}, "tag.partnerParams"),
        ({"partnerParams": ["a b"]}, "tag.partnerParams"),
        ({"outbound": ["no host"]}, "tag.outbound"),
        ({"ignoreReferrers": ["no host"]}, "tag.ignoreReferrers"),
        ({"providers": {"novelty": {}}}, "tag.providers"),
        ({"providers": {"impact": {"novelty": "x"}}}, "tag.providers.impact"),
        ({"providers": {"impact": {"scriptUrl": "http://x"}}}, "tag.providers.impact.scriptUrl"),
        ({"providers": {"posthog": {"key": 1}}}, "tag.providers.posthog.key"),
    ],
)  # fmt: skip
def test_settings_no_page_could_use_are_refused(
    world: World, settings: Any, tag: Any, field: str
) -> None:
    problem(settings(tag=tag), 422, "unprocessable_entity", field)


def test_t98_a_visit_from_another_site_is_a_touch_where_that_is_wanted(
    world: World, settings: Any
) -> None:
    came = {"referrer": "https://news.test/a"}
    [refused] = post(world, touch(**came)).json["refused"]
    assert refused["code"] == "unprocessable_entity"
    settings(tag={"referrals": True})
    visitor = post(world, touch(**came)).json["visitor"]
    assert [each["referrer"] for each in kept(world, visitor)] == ["https://news.test"]
    back = touch(referrer="https://checkout.stripe.com/pay/x")  # T-99
    assert [each["id"] for each in post(world, back).json["refused"]] == [back["id"]]


def test_a_body_that_is_no_report_is_a_problem(world: World) -> None:
    for body in ({}, {"key": key_of(world), "events": "x"}, []):
        answer = ask(world.server, "/t", method="POST", body=body)
        assert answer.status in (400, 422)
        assert set(json.loads(answer.body)) == {"error"}
