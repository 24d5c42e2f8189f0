"""What the middleware does with a page view, in every framework, over real HTTP."""

import json
from uuid import uuid4

import pytest

from tests.site.browser import AGENT, Browser
from tests.site.shops import Shop
from tests.site.standin import TAG, Call, Standin, soon

SITE = "https://www.shop.test"


def unique(prefix: str) -> str:
    return f"{prefix}{uuid4().hex}"


def touches(standin: Standin, browser: Browser) -> list[dict]:
    """Those that the server has of this browser."""
    visitor = (browser.value("hw_visitor") or "").partition(".")[0]
    return standin.touches.get(visitor, [])


def heard(standin: Standin, value: str) -> list[dict]:
    """Calls of `/t` that speak of a value, whoever's it is."""
    return [call.json for call in spoken(standin, value)]


def spoken(standin: Standin, value: str) -> list[Call]:
    return [call for call in standin.to("/t") if value.encode() in call.body]


def test_a_first_visit_gets_a_cookie_scripts_cannot_touch(browser: Browser) -> None:
    page = browser.get(f"{SITE}/")
    assert page.status == 200
    cookie = browser.cookie("hw_visitor")
    assert 20 <= len(cookie.value) <= 64
    assert cookie.domain == "shop.test"
    assert (cookie.secure, cookie.http_only, cookie.same_site) == (True, True, "lax")
    assert cookie.max_age == 34_560_000
    assert browser.refused == []
    assert page.header("cache-control") == "private", "a cache would give it to everybody"


def test_the_cookie_stays_and_spans_the_hosts_of_the_site(browser: Browser) -> None:
    browser.get(f"{SITE}/")
    first = browser.value("hw_visitor")
    again = browser.get("https://app.shop.test/")
    assert browser.value("hw_visitor") == first
    assert len(again.set_cookies) == 1, "refreshed, so that 400 days begin anew (T-90)"
    assert len([name for name, _ in browser.jar if name == "hw_visitor"]) == 1


def test_without_https_the_cookie_is_not_secure(browser: Browser) -> None:
    browser.get("http://www.shop.test/")
    assert browser.cookie("hw_visitor").secure is False
    assert browser.refused == []


def test_at_home_a_localhost_has_subdomains(one: Browser) -> None:
    one.get("http://www.shop.localhost/")
    cookie = one.cookie("hw_visitor")
    assert (cookie.domain, cookie.secure) == ("shop.localhost", True)


@pytest.mark.parametrize("host", ["127.0.0.1", "elsewhere.test", "shop", "notshop.test"])
def test_a_host_that_is_not_the_sites_keeps_its_cookie_for_itself(one: Browser, host: str) -> None:
    one.get(f"https://{host}/")
    assert one.cookie("hw_visitor").host_only


def test_a_landing_reaches_the_server_whole(browser: Browser, standin: Standin) -> None:
    click, im_ref = unique("c"), unique("Ä:+%-")
    query = f"hw_id={click}&im_ref=%C3%84%3A%2B%25-{im_ref[5:]}&utm_source=news&password=x"
    browser.get(f"{SITE}/pricing?{query}#top", referer="https://blog.test/post?mail=a@b.test")
    kept = soon(lambda: touches(standin, browser))
    assert len(kept) == 1
    touch = kept[0]
    assert touch["clickId"] == click
    assert touch["ids"] == {"im_ref": im_ref}, "byte for byte (A-5)"
    assert touch["utm"] == {"source": "news"}
    assert touch["referrer"] == "https://blog.test", "the origin only"
    assert "password" not in touch["url"], "T-121"
    assert touch["url"].startswith(f"{SITE}/pricing?")
    assert (touch["source"], touch["type"]) == ("server", "touch")
    assert 0 <= touch["age"] < 10_000
    assert browser.value("hw_visitor").endswith(f".{click}"), "T-89: the last own click"


def test_a_page_without_parameters_is_no_touch(one: Browser, standin: Standin) -> None:
    """T-98, A-9."""
    one.get(f"{SITE}/?page=2", referer="https://blog.test/")
    mark = unique("g")
    one.get(f"{SITE}/?gclid={mark}")
    kept = soon(lambda: touches(standin, one))
    assert [touch["ids"] for touch in kept] == [{"gclid": mark}]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Dest": "", "Accept": "application/json"},
        {"Sec-Fetch-Dest": "", "X-Requested-With": "XMLHttpRequest"},
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
        {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"User-Agent": "Slackbot-LinkExpanding 1.0"},
        {"User-Agent": "curl/8.5.0"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
def test_only_people_who_open_pages_count(
    one: Browser, standin: Standin, headers: dict[str, str]
) -> None:
    """T-117: nothing for what is fetched ahead, by machines, or is no page."""
    silent, loud = unique("a"), unique("b")
    page = one.get(f"{SITE}/?gclid={silent}", headers=headers)
    assert (page.status, page.set_cookies) == (200, [])
    Browser(one.port).get(f"{SITE}/?gclid={loud}")
    soon(lambda: heard(standin, loud))
    assert heard(standin, silent) == []


def test_a_post_is_no_page(one: Browser, standin: Standin) -> None:
    silent, loud = unique("a"), unique("b")
    page = one.post(f"{SITE}/?gclid={silent}", {"x": "1"})
    assert page.set_cookies == [] or page.status == 200
    Browser(one.port).get(f"{SITE}/?gclid={loud}")
    soon(lambda: heard(standin, loud))
    assert heard(standin, silent) == []


def test_older_browsers_say_what_they_want_to_read(one: Browser, standin: Standin) -> None:
    mark = unique("g")
    one.get(f"{SITE}/?gclid={mark}", headers={"Sec-Fetch-Dest": ""})
    assert soon(lambda: heard(standin, mark))


def test_privacy_control_forbids_to_share_and_nothing_else(one: Browser, standin: Standin) -> None:
    """T-103, T-104: the touch is kept, and says it; the server reads the signal itself."""
    mark = unique("g")
    one.get(f"{SITE}/?gclid={mark}", headers={"Sec-GPC": "1"})
    call = soon(lambda: spoken(standin, mark))[0]
    assert call.headers["sec-gpc"] == "1"
    assert call.json["consent"] == {
        "measurement": "granted",
        "sharing": "denied",
        "personal": "granted",
        "source": "gpc",
    }
    other = unique("g")
    one.get(f"{SITE}/?gclid={other}", headers={"Sec-GPC": "true"})
    call = soon(lambda: spoken(standin, other))[0]
    assert call.json["consent"]["sharing"] == "granted", "only 1 counts"
    assert "sec-gpc" not in call.headers


def test_the_server_hears_as_whom_it_may_judge(browser: Browser, standin: Standin) -> None:
    mark = unique("g")
    browser.get(f"{SITE}/?gclid={mark}", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.7"})
    call = soon(lambda: spoken(standin, mark))[0]
    assert (call.headers["user-agent"], call.headers["origin"]) == (AGENT, SITE)
    assert {"cookie", "authorization"} & set(call.headers) == set()
    assert call.headers["x-forwarded-for"] == "203.0.113.7", "what stands left of it is hearsay"


def test_a_value_that_is_too_long_is_no_evidence(
    one: Browser, standin: Standin, caplog: pytest.LogCaptureFixture
) -> None:
    """A-6: 512 is accepted, 513 is not; only its length is logged."""
    caplog.set_level("INFO", "headwater.client")
    good, bad = unique("g") + "x" * 479, unique("h") + "x" * 480
    assert (len(good), len(bad)) == (512, 513)
    one.get(f"{SITE}/?gclid={good}&im_ref={bad}")
    soon(lambda: heard(standin, good))
    assert heard(standin, bad) == []
    said = [r.getMessage() for r in caplog.records if r.name == "headwater.client"]
    assert "parameter_too_long parameter=im_ref length=513" in said
    assert bad not in "".join(said)


def test_a_damaged_cookie_is_replaced(one: Browser) -> None:
    one.get(f"{SITE}/", headers={"Cookie": "hw_visitor=<script>; other=1"})
    assert len(one.value("hw_visitor")) >= 20


def test_the_tag_is_on_the_sites_own_host(browser: Browser, standin: Standin) -> None:
    page = browser.get(f"{SITE}/hw.js", headers={"Sec-Fetch-Dest": "script"})
    assert (page.status, page.body) == (200, TAG)
    assert page.header("content-type").startswith("text/javascript")
    assert page.header("etag") == '"t"'
    assert page.header("cross-origin-resource-policy") == "cross-origin"
    assert page.header("x-hop") == page.header("x-powered-by") == ""
    assert page.set_cookies == [], "neither a cookie of the server nor a new visitor"
    assert browser.get(f"{SITE}/hw/abc.js").body == TAG
    assert json.loads(browser.get(f"{SITE}/hw/config?key=k").body) == standin.config
    assert "key=k" in standin.to("/t/config")[-1].path


def test_what_the_tag_sends_goes_along_with_the_visitor_alone(
    browser: Browser, standin: Standin
) -> None:
    browser.get(f"{SITE}/")
    mine = browser.value("hw_visitor")
    mark = unique("t")
    body = {"key": "hw_pk_standin", "events": [{"type": "touch", "id": mark, "age": 0}]}
    page = browser.ask(
        "POST",
        f"{SITE}/hw",
        body=json.dumps(body).encode(),
        headers={
            "Content-Type": "text/plain",
            "Cookie": f"session=secret; hw_visitor={mine}",
            "Authorization": "Bearer site-secret",
            "Connection": "keep-alive, X-Hop",
            "X-Hop": "1",
            "Origin": SITE,
            "Sec-GPC": "1",
        },
    )
    assert page.status == 200
    call = next(c for c in standin.to("/t") if mark.encode() in c.body)
    assert call.headers["cookie"] == f"hw_visitor={mine}"
    assert (call.headers["origin"], call.headers["sec-gpc"]) == (SITE, "1")
    assert {"authorization", "x-hop"} & set(call.headers) == set()
    assert len(page.set_cookies) == 1
    assert "Domain=shop.test" in page.set_cookies[0].replace("domain", "Domain")
    assert browser.cookie("hw_visitor").domain == "shop.test"
    assert browser.refused == []


def test_a_body_that_is_sent_in_pieces_arrives_whole(
    browser: Browser, standin: Standin, every_shop: Shop
) -> None:
    mark = unique("t")
    whole = json.dumps({"key": "hw_pk_standin", "events": [], "mark": mark}).encode()
    pieces = (whole[at : at + 7] for at in range(0, len(whole), 7))
    headers = {"Content-Type": "text/plain", "Transfer-Encoding": "chunked"}
    page = browser.ask("POST", f"{SITE}/hw", body=pieces, headers=headers)
    assert page.status == 200
    call = next(c for c in standin.to("/t") if mark.encode() in c.body)
    assert call.body == whole
    assert "transfer-encoding" not in call.headers


def test_a_body_that_is_too_much_is_refused(browser: Browser, standin: Standin) -> None:
    before = len(standin.to("/t"))
    page = browser.ask("POST", f"{SITE}/hw", body=b"x" * (128 * 1024 + 1))
    assert page.status == 413
    assert len(standin.to("/t")) == before


@pytest.mark.parametrize(
    "path",
    [
        "/hw/../track/signup",
        "/hw/%2e%2e/track/signup",
        "/hw/%2e%2e%2ftrack%2fsignup",
        "/hw//evil.test/x",
        "/hw/@evil.test",
        "/hw/evil.test:80/x",
        "/hw/http://evil.test/",
        "/hw/a/b.js",
        "/hw/.env",
        "/hw/",
        "/hw/%00",
        "/hw/x%0d%0aHost:%20evil.test",
    ],
)
def test_nothing_else_is_reached_through_the_site(
    browser: Browser, standin: Standin, path: str
) -> None:
    """No address of a request goes anywhere but to the tag's own names on the one server."""
    before = len(standin.calls)
    page = browser.get(f"{SITE}{path}")
    assert page.status == 404
    assert [c.path for c in standin.calls[before:] if "/t/config" not in c.path] == []


def test_the_other_methods_do_not_pass(browser: Browser, standin: Standin) -> None:
    before = len(standin.to("/t"))
    assert browser.ask("PUT", f"{SITE}/hw", body=b"x").status == 404
    assert browser.get(f"{SITE}/hw").status == 404
    assert len(standin.to("/t")) == before


def test_a_redirect_of_the_server_leads_nobody_away(browser: Browser) -> None:
    page = browser.get(f"{SITE}/hw/away.js")
    assert (page.status, page.header("location")) == (502, "")
