"""The redirect: where it leads, what it counts, whose visit it is."""

import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.http.world import OTHER_DOMAIN, QUIET_DOMAIN, World, ask, problem
from tests.support import BROWSER, DOMAIN, Answer, Server, Store, initialise, wait_until

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def within_one_hour(attempt: Callable[[], Any]) -> Any:
    """What is done within one UTC hour; done again where the clock struck in between."""
    while True:
        hour = time.time() // 3600
        result = attempt()
        if time.time() // 3600 == hour:
            return result


def counters(world: World, link: Any) -> tuple[int, int]:
    now = world.again(link)
    return now["hits"], now["clicks"]


def test_a_visit_is_sent_on_with_a_click_id_and_counted_at_once(world: World) -> None:
    link = world.link(url="https://acme.test/pricing?plan=pro#top")
    visit = world.visit(link)
    assert visit.status == 302
    assert visit.body == b""
    location = visit.headers["location"]
    assert location == f"https://acme.test/pricing?plan=pro&hw_id={visit.click_id}#top"
    assert len(visit.click_id) == 32
    assert "no-store" in visit.headers["cache-control"]
    now = world.again(link)
    assert (now["hits"], now["clicks"]) == (1, 1)
    assert now["lastClicked"] is not None


def test_one_visitor_in_one_hour_is_one_click_with_one_id(world: World) -> None:
    def attempt() -> tuple[set[str], tuple[int, int]]:
        link, agent = world.link(), f"{BROWSER} {world.name()}"
        ids = {world.visit(link, agent=agent).click_id for _ in range(3)}
        return ids, counters(world, link)

    ids, counted = within_one_hour(attempt)
    assert len(ids) == 1
    assert counted == (3, 1)


def test_other_visitors_and_other_links_have_other_ids(world: World) -> None:
    link, agent = world.link(), f"{BROWSER} {world.name()}"
    ids = [world.visit(link, agent=agent).click_id]
    ids.append(world.visit(link, agent=f"{agent} other").click_id)
    ids.append(world.visit(link, agent=agent, x_forwarded_for="203.0.113.50").click_id)
    ids.append(world.visit(world.link(), agent=agent).click_id)
    assert len(set(ids)) == 4
    assert counters(world, link) == (3, 3)


@pytest.mark.parametrize(
    "headers",
    [
        {"agent": GOOGLEBOT},
        {"agent": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"},
        {"sec_purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"x_moz": "prefetch"},
    ],
    ids=["bot", "preview", "sec-purpose", "purpose", "x-moz"],
)
def test_bots_and_browsers_that_fetch_ahead_are_sent_on_and_not_counted(
    world: World, headers: dict[str, str]
) -> None:
    link = world.link()
    assert world.visit(link, **headers).click_id
    assert counters(world, link) == (1, 0)
    assert world.again(link)["lastClicked"] is None


def test_a_visit_after_its_own_prefetch_counts_under_the_same_id(world: World) -> None:
    def attempt() -> tuple[str, str, tuple[int, int]]:
        link, agent = world.link(), f"{BROWSER} {world.name()}"
        ahead = world.visit(link, agent=agent, sec_purpose="prefetch").click_id
        return ahead, world.visit(link, agent=agent).click_id, counters(world, link)

    ahead, visit, counted = within_one_hour(attempt)
    assert ahead == visit
    assert counted == (2, 1)


def test_a_script_counts(world: World) -> None:
    link = world.link()
    world.visit(link, agent=f"curl/8.5.0 {world.name()}")
    assert counters(world, link) == (1, 1)


def test_head_is_sent_on_without_an_id_and_without_a_trace(world: World) -> None:
    link = world.link()
    answer = ask(world.server, f"/{link['key']}", method="HEAD", headers={"Host": DOMAIN})
    assert (answer.status, answer.headers["location"]) == (302, "https://acme.test/pricing")
    assert counters(world, link) == (0, 0)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_short_link_takes_only_get_and_head(world: World, method: str) -> None:
    answer = ask(world.server, "/any", method=method, headers={"Host": DOMAIN})
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/nothing-here", "/a%00b", "/%ED%A0%80", "/%FF", "/a/b/c"])
def test_an_unknown_short_link_is_a_page_for_people(world: World, path: str) -> None:
    answer = ask(world.server, path, headers={"Host": QUIET_DOMAIN})
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert b"does not exist" in answer.body


@pytest.mark.parametrize("form", ["upper", "slash", "port"])
def test_a_key_is_found_however_it_is_written(world: World, form: str) -> None:
    link = world.link()
    path = {"upper": link["key"].upper(), "slash": link["key"] + "/", "port": link["key"]}[form]
    host = f"{DOMAIN}:8787" if form == "port" else DOMAIN.upper()
    answer = ask(world.server, f"/{path}", headers={"Host": host, "User-Agent": BROWSER})
    assert answer.status == 302


def test_a_key_with_letters_of_any_script_is_found(world: World) -> None:
    key = world.name("žluťoučký")
    made = world.link(key=key)
    path = "/" + "".join(f"%{byte:02X}" for byte in key.encode())
    answer = ask(world.server, path, headers={"Host": DOMAIN, "User-Agent": BROWSER})
    assert answer.status == 302
    assert world.again(made)["clicks"] == 1


def test_each_domain_has_its_own_keys(world: World) -> None:
    link = world.link()
    answer = ask(world.server, f"/{link['key']}", headers={"Host": OTHER_DOMAIN})
    assert answer.status == 404


def test_a_changed_link_leads_elsewhere_at_once(world: World) -> None:
    link = world.link()
    world.visit(link)
    answer = world.client.call("PATCH", f"/links/{link['id']}", {"url": "https://acme.test/new"})
    assert answer.status == 200
    assert world.visit(link).headers["location"].startswith("https://acme.test/new?hw_id=")
    new_key = world.name("k")
    world.client.call("PATCH", f"/links/{link['id']}", {"key": new_key})
    assert world.visit(link).status == 404
    assert world.visit({"key": new_key}).status == 302


def test_a_new_link_is_found_although_it_was_missed_before(world: World) -> None:
    key = world.name("k")
    assert world.visit({"key": key}).status == 404
    link = world.link(key=key)
    assert world.visit(link).status == 302


def test_without_conversion_tracking_no_id_is_passed_but_the_visit_counts(world: World) -> None:
    link = world.link(partnerId=None, programId=None, trackConversion=False)
    assert world.visit(link).headers["location"] == "https://acme.test/pricing"
    assert counters(world, link) == (1, 1)


def test_a_partners_link_passes_the_id_whatever_its_settings(world: World) -> None:
    assert "hw_id=" in world.visit(world.link(trackConversion=False)).headers["location"]


def test_a_forwarded_address_is_believed_only_from_a_trusted_proxy(world: World) -> None:
    def attempt() -> tuple[list[str], list[str]]:
        link = world.link()
        return _ids(world, link, "127.0.0.1"), _ids(world, link, "127.0.0.2")

    through_proxy, direct = within_one_hour(attempt)
    assert len(set(through_proxy)) == 2
    assert len(set(direct)) == 1


def _ids(world: World, link: Any, source: str) -> list[str]:
    """Click ids of two visits that claim two addresses, arriving from `source`."""
    found = []
    for claimed in ("203.0.113.1", "203.0.113.2"):
        headers = {"Host": DOMAIN, "User-Agent": BROWSER, "X-Forwarded-For": claimed}
        answer = ask(world.server, f"/{link['key']}", headers=headers, source=source)
        found.append(answer.click_id)
    return found


def test_what_a_visitor_puts_in_front_of_the_proxys_own_word_changes_nothing(world: World) -> None:
    def attempt() -> set[str]:
        link = world.link()
        claims = ["203.0.113.9", "1.2.3.4, 203.0.113.9", "evil, 203.0.113.9, 127.0.0.1"]
        agent = f"{BROWSER} {world.name()}"
        return {world.visit(link, agent=agent, x_forwarded_for=each).click_id for each in claims}

    assert len(within_one_hour(attempt)) == 1


def test_no_cookie_is_set_unless_the_operator_wants_it(world: World) -> None:
    assert "set-cookie" not in world.visit(world.link()).headers


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("127.0.0.1", "/healthz", 200),
        ("127.0.0.1", "/api/healthz", 200),
        ("localhost", "/healthz", 200),
        ("api.anything.test", "/healthz", 200),
        ("api.anything.test", "/api/healthz", 200),
        ("127.0.0.1", "/apihealthz", 404),
        (DOMAIN, "/healthz", 404),
        (DOMAIN, "/api/healthz", 404),
    ],
)
def test_the_host_decides_between_edge_and_api(
    world: World, host: str, path: str, status: int
) -> None:
    assert ask(world.server, path, headers={"Host": host}).status == status


def test_a_call_to_a_short_domain_is_told_where_the_api_is(world: World) -> None:
    answer = ask(world.server, "/links", method="POST", body={}, headers={"Host": DOMAIN})
    assert answer.status == 405
    assert answer.body.startswith(b"This host serves short links (GET, HEAD). The API answers")


@pytest.mark.parametrize("engine", ["postgres"])
def test_a_link_that_cannot_be_looked_up_is_said_to_be_away_in_time(store: Store) -> None:
    """One that nobody visited yet is not in memory."""
    server = Server(store, key=initialise(store)["secret_key"]).start()
    server.client.post("/links", {"url": "https://acme.test", "key": "one"})
    name = store.url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(store.url.replace(f"/{name}?", "/postgres?"), autocommit=True) as admin:
        admin.execute(f"alter database {name} with allow_connections false")
        admin.execute(
            f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"
        )
        for _ in range(2):
            begun = time.monotonic()
            answer = ask(server, "/one", headers={"Host": DOMAIN})
            assert time.monotonic() - begun < 4, "edge.write_timeout_ms is two seconds"
            assert answer.status == 503
            assert answer.headers["retry-after"] == "1"
            assert answer.body.startswith(b"This short link cannot be looked up")
        admin.execute(f"alter database {name} with allow_connections true")
        wait_until(
            lambda: ask(server, "/one", headers={"Host": DOMAIN}).status == 302, timeout_s=30
        )
    server.stop()


def track_click(world: World, body: Any, **headers: str) -> Answer:
    """As a browser would, without any key."""
    sent = {"Content-Type": "application/json", "User-Agent": f"{BROWSER} {world.name()}"}
    return ask(world.server, "/track/click", method="POST", body=body, headers=sent | headers)


def test_track_click_names_the_partner_and_counts(world: World) -> None:
    link = world.link()
    answer = track_click(world, {"domain": DOMAIN, "key": link["key"], "url": None})
    assert answer.status == 200
    body = answer.json
    assert set(body) == {"clickId", "partner", "discount"}
    assert set(body["partner"]) == {"id", "name", "image", "groupId", "tenantId"}
    assert body["partner"]["id"] == world.partner["id"]
    assert counters(world, link) == (1, 1)


def test_track_click_on_a_link_of_nobody_says_only_the_id(world: World) -> None:
    link = world.link(partnerId=None, programId=None)
    answer = track_click(world, {"domain": f"https://www.{DOMAIN}/x", "key": link["key"]})
    assert set(answer.json) == {"clickId"}


@pytest.mark.parametrize(
    "domain",
    [
        f"{DOMAIN}.",
        f"{DOMAIN}:443",
        f"{DOMAIN}.:8443",
        f" {DOMAIN.upper()} ",
        f"https://{DOMAIN}.",
        f"https://{DOMAIN}:8443/x?y",
        f"//{DOMAIN}.:8443",
    ],
)
def test_track_click_takes_a_domain_as_browsers_write_it(world: World, domain: str) -> None:
    link = world.link()
    answer = track_click(world, {"domain": domain, "key": link["key"]})
    assert answer.status == 200, answer.body
    assert counters(world, link) == (1, 1)


def test_track_click_and_the_redirect_agree_on_the_id(world: World) -> None:
    def attempt() -> tuple[str, str]:
        link, agent = world.link(), f"{BROWSER} {world.name()}"
        body = {"domain": DOMAIN, "key": link["key"]}
        told = track_click(world, body, **{"User-Agent": agent}).json["clickId"]
        return told, world.visit(link, agent=agent).click_id

    told, redirected = within_one_hour(attempt)
    assert told == redirected


def test_track_click_is_open_to_every_page_errors_included(world: World) -> None:
    link = world.link()
    origin = {"Origin": "https://shop.test"}
    good = track_click(world, {"domain": DOMAIN, "key": link["key"]}, **origin)
    bad = track_click(world, {"domain": DOMAIN, "key": "nothing-here"}, **origin)
    asked = ask(world.server, "/track/click", method="OPTIONS", headers=origin)
    assert [each.status for each in (good, bad, asked)] == [200, 404, 204]
    for answer in (good, bad, asked):
        assert answer.headers["access-control-allow-origin"] == "*"
    problem(bad, 404, "not_found", "key")


def test_a_click_of_a_page_makes_a_lead(world: World) -> None:
    link = world.link()
    click_id = track_click(world, {"domain": DOMAIN, "key": link["key"]}).json["clickId"]
    lead = world.lead(click_id, world.name("u"))
    assert lead["click"]["id"] == click_id
