"""Links with features over HTTP: what visitors of them get, and what is recorded."""

import socket
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.http.world import World, ask
from tests.support import BROWSER, DOMAIN, Answer

PRICING = "https://acme.test/pricing"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Safari/604"


def test_letters_that_are_not_encoded_go_along_as_they_are(world: World) -> None:
    link = world.link(url=PRICING)
    asked = f"GET /{link['key']}?q=grün HTTP/1.1\r\nHost: {DOMAIN}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", world.server.port), timeout=10) as connection:
        connection.sendall(asked.encode())
        answer = connection.makefile("rb").read()
    assert f"location: {PRICING}?q=gr%C3%BCn&hw_id=".encode() in answer


ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130 Mobile"
FACEBOOK = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"


def moment(**ago: int) -> str:
    return (datetime.now(UTC) - timedelta(**ago)).isoformat()


def visit(world: World, link: Any, query: str = "", **more: Any) -> Answer:
    headers = {"Host": DOMAIN, "User-Agent": f"{BROWSER} {world.name()}"} | more.pop("headers", {})
    return ask(world.server, f"/{link['key']}{query}", headers=headers, **more)


def counters(world: World, link: Any) -> tuple[int, int]:
    now = world.again(link)
    return now["hits"], now["clicks"]


def test_what_was_asked_for_comes_back(world: World) -> None:
    given = {
        "expiresAt": "2040-01-31T12:00:00.000Z",
        "expiredUrl": "https://acme.test/late",
        "disabledAt": "2041-01-31T12:00:00.000Z",
        "password": "open sesame",
        "proxy": True,
        "title": "Plans",
        "image": "https://acme.test/i.png",
        "video": "https://acme.test/v.mp4",
        "rewrite": True,
        "doIndex": True,
        "ios": "https://apps.test/1",
        "android": "https://apps.test/2",
        "geo": {"DE": "https://acme.test/de"},
        "testVariants": [
            {"url": "https://acme.test/a", "percentage": 50},
            {"url": "https://acme.test/b", "percentage": 50},
        ],
        "testStartedAt": "2039-01-31T12:00:00.000Z",
        "testCompletedAt": "2040-01-31T12:00:00.000Z",
    }
    link = world.link(**given)
    assert given.items() <= link.items()
    assert world.again(link) == link
    emptied = dict.fromkeys(given) | {"proxy": False, "rewrite": False, "doIndex": False}
    after = world.client.call("PATCH", f"/links/{link['id']}", emptied).json
    assert emptied.items() <= after.items()


def test_a_date_without_a_time_begins_its_day_in_utc(world: World) -> None:
    assert world.link(expiresAt="2040-01-31")["expiresAt"] == "2040-01-31T00:00:00.000Z"


def test_an_expired_link_says_so_and_counts_nobody(world: World) -> None:
    link = world.link(expiresAt=moment(hours=1))
    answer = visit(world, link)
    assert answer.status == 410
    assert b"has expired" in answer.body
    assert counters(world, link) == (0, 0)


def test_who_comes_too_late_is_sent_where_the_owner_wants(world: World) -> None:
    link = world.link(expiresAt=moment(hours=1), expiredUrl="https://acme.test/late")
    answer = visit(world, link)
    assert (answer.status, answer.headers["location"]) == (302, "https://acme.test/late")


def test_a_disabled_link_is_as_one_that_is_not_there(world: World) -> None:
    link = world.link(disabledAt=moment(seconds=5))
    assert visit(world, link).status == 404
    assert counters(world, link) == (0, 0)
    world.client.call("PATCH", f"/links/{link['id']}", {"disabledAt": None})
    assert visit(world, link).click_id


def test_an_archived_link_still_leads_somewhere(world: World) -> None:
    assert visit(world, world.link(archived=True)).click_id


def test_a_password_is_asked_for_and_nothing_is_given_away(world: World) -> None:
    link = world.link(password="open sesame")
    for method in ("GET", "HEAD"):
        answer = visit(world, link, method=method)
        assert answer.status == 200
        assert "location" not in answer.headers
    page = visit(world, link).body.decode()
    assert '<label for="pw">Password</label>' in page
    assert "acme.test/pricing" not in page
    assert counters(world, link) == (0, 0)


@pytest.mark.parametrize("given", ["", "wrong", "open sesame ", "ž"])
def test_a_wrong_password_opens_nothing(world: World, given: str) -> None:
    link = world.link(password="open sesame")
    for answer in (visit(world, link, "?" + urlencode({"pw": given})), post(world, link, given)):
        assert answer.status == 403
        assert b'role="alert"' in answer.body
        assert "location" not in answer.headers
    assert counters(world, link) == (0, 0)


def post(world: World, link: Any, password: str, **headers: str) -> Answer:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", world.server.port, timeout=30)
    agent = f"{BROWSER} {world.name()}"
    form = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": agent}
    body = urlencode({"pw": password})
    sent = form | {"Host": DOMAIN} | headers
    connection.request("POST", f"/{link['key']}", body=body, headers=sent)
    answer = connection.getresponse()
    named = {name.lower(): value for name, value in answer.getheaders()}
    found = Answer(answer.status, named, answer.read())
    connection.close()
    return found


def test_the_password_opens_by_form_and_by_address(world: World) -> None:
    link = world.link(password="open sesame & more")
    sent = post(world, link, "open sesame & more")
    assert sent.status == 303
    assert sent.headers["location"].startswith(f"{PRICING}?hw_id=")
    asked = visit(world, link, "?" + urlencode({"a": "1", "pw": "open sesame & more"}))
    assert asked.status == 302
    assert asked.headers["location"].startswith(f"{PRICING}?a=1&hw_id=")
    assert counters(world, link) == (2, 2)


def test_guesses_at_a_password_are_slowed_down(world: World) -> None:
    """By form and by address alike; what is right does not show among them."""
    link, other = world.link(password="right"), world.link(password="right")
    here = {"X-Forwarded-For": "203.0.113.7"}

    def guess(password: str, to: Any = link, **headers: str) -> Answer:
        return visit(world, to, "?" + urlencode({"pw": password}), headers=headers or here)

    assert [guess(f"guess {number}").status for number in range(10)] == [403] * 10
    for answer in (guess("guess 10"), guess("right"), post(world, link, "right", **here)):
        assert answer.status == 429
        wait_s = int(answer.headers["retry-after"])
        assert 1 <= wait_s <= 60
        assert f"Wait {wait_s} seconds" in answer.body.decode()
        assert "location" not in answer.headers
    assert visit(world, link, headers=here).status == 200, "the page itself is shown"
    assert guess("right", other).status == 302, "another link"
    assert guess("right", link, **{"X-Forwarded-For": "203.0.113.8"}).status == 302


def test_who_knows_the_password_may_come_as_often_as_they_like(world: World) -> None:
    link = world.link(password="right")
    here = {"X-Forwarded-For": "203.0.113.9"}
    assert {visit(world, link, "?pw=right", headers=here).status for _ in range(15)} == {302}


def test_webhooks_are_not_told_the_password(world: World) -> None:
    hook = {"name": "h", "url": "http://127.0.0.1:9/", "triggers": ["lead.created"]}
    made = world.client.post("/webhooks", hook)
    link = world.link(password="open sesame")
    world.lead(post(world, link, "open sesame").click_id, world.name("u"))
    assert world.client.get(f"/deliveries?webhookId={made['id']}")
    world.client.call("DELETE", f"/webhooks/{made['id']}")


@pytest.mark.parametrize(
    ("agent", "place"), [(IPHONE, "ios"), (ANDROID, "android"), (BROWSER, "pricing")]
)
def test_devices_go_their_own_way_with_the_click_id(world: World, agent: str, place: str) -> None:
    link = world.link(ios="https://acme.test/ios", android="https://acme.test/android")
    answer = visit(world, link, headers={"User-Agent": agent})
    assert answer.headers["location"].startswith(f"https://acme.test/{place}?hw_id=")
    assert counters(world, link) == (1, 1)


def test_a_country_is_believed_only_from_a_trusted_proxy(world: World) -> None:
    link = world.link(geo={"DE": "https://acme.test/de"})
    for country, source, place in (
        ("DE", "127.0.0.1", "de"),
        ("de", "127.0.0.1", "de"),
        ("FR", "127.0.0.1", "pricing"),
        ("XX", "127.0.0.1", "pricing"),
        ("DE", "127.0.0.2", "pricing"),
    ):
        answer = visit(world, link, headers={"CF-IPCountry": country}, source=source)
        assert answer.headers["location"].startswith(f"https://acme.test/{place}?"), country


def test_a_frame_shows_the_destination_with_the_click_id(world: World) -> None:
    url = "https://acme.test/pricing?a=%22%3E&b='"
    link = world.link(rewrite=True, title='Plans "<&', url=url)
    answer = visit(world, link)
    assert answer.status == 200
    page = answer.body.decode()
    assert "<title>Plans &quot;&lt;&amp;</title>" in page
    assert 'src="https://acme.test/pricing?a=%22%3E&amp;b=&#x27;&amp;hw_id=' in page
    assert counters(world, link) == (1, 1)


def test_previews_show_what_the_owner_wrote_and_people_go_through(world: World) -> None:
    picture = "https://acme.test/i.png"
    link = world.link(proxy=True, title="Plans <b>", description='"All" of them', image=picture)
    page = visit(world, link, headers={"User-Agent": FACEBOOK})
    assert page.status == 200
    text = page.body.decode()
    assert '<meta property="og:title" content="Plans &lt;b&gt;">' in text
    assert '<meta property="og:description" content="&quot;All&quot; of them">' in text
    assert f'<meta property="og:image" content="{picture}">' in text
    assert "acme.test/pricing" not in text
    assert visit(world, link).click_id
    assert counters(world, link) == (2, 1)


def test_a_split_test_keeps_a_visitor_with_one_variant(world: World) -> None:
    names = [{"url": f"https://acme.test/{name}", "percentage": 50} for name in "ab"]
    link = world.link(testVariants=names)
    seen = set()
    for number in range(12):
        agent = {"User-Agent": f"{BROWSER} {link['key']} {number}"}
        places = {
            visit(world, link, headers=agent).headers["location"].partition("?")[0]
            for _ in range(3)
        }
        assert len(places) == 1
        seen |= places
    assert seen == {"https://acme.test/a", "https://acme.test/b"}


@pytest.mark.parametrize(
    ("url", "query", "expected"),
    [
        (PRICING, "?utm_source=x", f"{PRICING}?utm_source=x&hw_id="),
        (f"{PRICING}?utm_source=y&k=1", "?utm_source=x", f"{PRICING}?k=1&utm_source=x&hw_id="),
        (f"{PRICING}?k=1", "?k=", f"{PRICING}?k=1&hw_id="),
        (f"{PRICING}#top", "?a=b%20c", f"{PRICING}?a=b%20c&hw_id="),
        (PRICING, "?qr=1&a=1", f"{PRICING}?a=1&hw_id="),
        (PRICING, "?qr=2", f"{PRICING}?qr=2&hw_id="),
        (PRICING, "?hw_id=forged&h%77_id=forged", f"{PRICING}?hw_id="),
        (PRICING, "?redir_url=https://evil.test", f"{PRICING}?redir_url=https://evil.test&hw_id="),
    ],
)
def test_the_visitors_query_goes_along(world: World, url: str, query: str, expected: str) -> None:
    link = world.link(url=url)
    location = visit(world, link, query).headers["location"]
    assert location.startswith(expected)
    assert location.count("hw_id") == 1
    assert "forged" not in location
    assert counters(world, link) == (1, 1)


ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile"


@pytest.mark.parametrize("field", ["android", "url"])
def test_an_app_that_is_installed_learns_which_link_brought_it(world: World, field: str) -> None:
    """And reports it with /track/open, as one that was there already does."""
    store = "https://play.google.com/store/apps/details?id=test.acme&referrer=utm_source%3Dx"
    link = world.link(**{field: store})
    agent = {"User-Agent": f"{ANDROID} {world.name()}"}
    location = visit(world, link, "?a=1&qr=1", headers=agent).headers["location"]
    handed = parse_qs(parse_qs(urlsplit(location).query)["referrer"][0])
    assert handed == {"utm_source": ["x"], "deepLink": [f"{link['shortLink']}?a=1"]}
    opened = world.client.post("/track/open", {"deepLink": handed["deepLink"][0]})
    assert opened["link"]["id"] == link["id"]
    assert opened["clickId"]


@pytest.mark.parametrize("how", ["query", "header"])
def test_who_wants_no_trace_leaves_none(world: World, how: str) -> None:
    link = world.link()
    answer = (
        visit(world, link, "?dub-no-track=1&a=1")
        if how == "query"
        else visit(world, link, "?a=1", headers={"dub-no-track": "1"})
    )
    assert (answer.status, answer.headers["location"]) == (302, f"{PRICING}?a=1")
    assert counters(world, link) == (0, 0)


def test_search_engines_index_only_what_they_are_let(world: World) -> None:
    assert visit(world, world.link()).headers["x-robots-tag"] == "noindex"
    assert "x-robots-tag" not in visit(world, world.link(doIndex=True)).headers


def test_a_feature_that_comes_and_goes_is_seen_at_once(world: World) -> None:
    link = world.link()
    assert visit(world, link).status == 302
    world.client.call("PATCH", f"/links/{link['id']}", {"password": "p"})
    assert visit(world, link).status == 200
    world.client.call("PATCH", f"/links/{link['id']}", {"password": None})
    assert visit(world, link).status == 302


def test_a_split_test_that_is_taken_away_takes_its_times_along(world: World) -> None:
    variants = [{"url": f"https://acme.test/{each}", "percentage": 50} for each in "ab"]
    times = {"testStartedAt": moment(hours=1), "testCompletedAt": moment(hours=-1)}
    link = world.link(testVariants=variants, **times)
    answer = world.client.call("PATCH", f"/links/{link['id']}", {"testVariants": None})
    assert [answer.json[each] for each in ("testVariants", *times)] == [None, None, None]
