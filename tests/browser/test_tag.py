"""The tag on a page: what it captures, keeps and sends."""

import json
import re

import pytest
from playwright.sync_api import Page

from headwater.landing import table
from tests.browser.conftest import needs_chromium, needs_tag
from tests.browser.shop import SITE, TRACK, VISITOR, Shop
from tests.support import wait_until

pytestmark = [needs_chromium, needs_tag]

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def sent(shop: Shop, count: int = 1) -> list[dict]:
    return wait_until(lambda: len(shop.touches) >= count and shop.touches)


def kept(page: Page) -> dict:
    return json.loads(page.evaluate("localStorage.headwater || '{}'"))


def settled(page: Page) -> None:
    """Everything the tag wanted to ask is answered."""
    page.evaluate("new Promise((done) => window.headwater('ready', () => done()))")


def test_a_landing_is_one_touch_whole(shop: Shop, page: Page) -> None:
    """T-42, T-97, T-116, T-121: everything of one visit, and of its address only what is listed."""
    path = shop.page()
    query = "?im_ref=X%3A1&utm_source=news&gclid=G&via=pat&coupon=TEN&token=secret&utm_id=7#part"
    page.goto(shop.at(path + query), referer="https://blog.test/post?email=x")
    (touch,) = sent(shop)
    assert UUID4.fullmatch(touch.pop("id"))
    assert 0 <= touch.pop("age") < 10_000
    assert touch == {
        "type": "touch",
        "url": shop.at("/?gclid=G&im_ref=X%3A1&via=pat&coupon=TEN&utm_source=news&utm_id=7"),
        "referrer": "https://blog.test",
        "partner": "pat",
        "coupon": "TEN",
        "utm": {"source": "news"},
        "ids": {"gclid": "G", "im_ref": "X:1"},
        "source": "tag",
    }
    (post,) = shop.posts
    assert post.host == TRACK
    assert post.body["key"] == "hw_pk_x"
    assert re.fullmatch(r"[\w-]{20,64}", post.body["visitor"])
    told = {"measurement": "granted", "sharing": "granted", "personal": "granted"}
    assert post.body["consent"] == told | {"source": "default"}


QUERIES = [
    "gclid=one&gclid=two",
    "gclid=&gclid=two&ttclid=t",
    "SCCID=Aa&Utm_source=no&utm_source=%C3%BC%20%F0%9F%92%A7",
    "awc=%20a%00b%1f%7Fc%20&irgwc=1",
    "cjevent=%2B+%25%26%3D%3B&ref=r&via=v",
    f"msclkid={'x' * 512}&fbclid={'y' * 513}",
    "rsCode=abc&coupon=A%3Cb%3E&mc_eid=never",
    "hw_id=clk_1&utm_term=a%2fb&clickid=not-enabled",
]


def test_the_page_reads_addresses_as_the_server_does(shop: Shop, page: Page) -> None:
    """T-28, T-46, A-5, A-6, D-11: one table, two readers, the same evidence byte for byte."""
    page.goto(shop.at(shop.page()))
    settled(page)
    for number, query in enumerate(QUERIES):
        page.evaluate("path => headwater.page(path)", f"/{number}?{query}")
        page.evaluate("new Promise((done) => headwater.ready(done))")
    found = {touch["url"].split("?")[0][-1]: touch for touch in sent(shop, len(QUERIES))}
    for number, query in enumerate(QUERIES):
        touch = found[str(number)]
        evidence = {
            name: value
            for name, value in touch.items()
            if name not in {"type", "id", "age", "url", "referrer", "source"}
        }
        assert evidence == table().read(query, "hw_id").touch(), query


def test_what_a_router_rewrites_first_is_captured_all_the_same(shop: Shop, page: Page) -> None:
    """T-36, T-109: the tag comes late, asynchronously, when the query is gone."""
    path = shop.page(before="history.replaceState({}, '', '/home')")
    page.goto(shop.at(f"{path}?im_ref=early"))
    (touch,) = sent(shop)
    assert touch["ids"] == {"im_ref": "early"}


def test_a_page_without_evidence_makes_no_touch_and_no_visitor(shop: Shop, page: Page) -> None:
    """T-98, A-9."""
    page.goto(shop.at(shop.page()), referer="https://blog.test/")
    settled(page)
    assert shop.posts == []
    assert kept(page)["touches"] == []
    assert page.evaluate("headwater.visitor()") == ""
    assert page.evaluate("document.cookie") == ""


def test_a_foreign_referrer_is_a_touch_where_the_workspace_wants_it(shop: Shop, page: Page) -> None:
    """T-98."""
    shop.config["referrals"] = True
    page.goto(shop.at(shop.page()), referer="https://blog.test/post")
    (touch,) = sent(shop)
    assert touch["referrer"] == "https://blog.test"
    assert {"ids", "utm", "partner", "clickId"}.isdisjoint(touch)


def test_a_reload_makes_no_second_touch_and_a_new_campaign_does(shop: Shop, page: Page) -> None:
    """T-98, T-42: nor does another order of the same parameters."""
    path = shop.page()
    page.goto(shop.at(f"{path}?gclid=1&utm_source=a"))
    sent(shop)
    settled(page)
    page.reload()
    settled(page)
    page.goto(shop.at(f"{path}?utm_source=a&gclid=1"))
    settled(page)
    assert len(shop.touches) == 1
    page.goto(shop.at(f"{path}?utm_source=b"))
    assert [touch["utm"] for touch in sent(shop, 2)] == [{"source": "a"}, {"source": "b"}]
    assert [touch["found"] for touch in kept(page)["touches"]] == [
        {"ids": {"gclid": "1"}, "utm": {"source": "a"}},
        {"utm": {"source": "b"}},
    ]


@pytest.mark.parametrize(
    "referrer", ["http://app.shop.test/in", "http://shop.test/", "https://checkout.pay.test/3ds"]
)
def test_who_was_here_or_paid_elsewhere_comes_from_nowhere_new(
    shop: Shop, page: Page, referrer: str
) -> None:
    """T-99; but a click of ours is a click wherever its link stood."""
    path = shop.page()
    page.goto(shop.at(f"{path}?utm_source=inside&via=pat"), referer=referrer)
    settled(page)
    assert shop.posts == []
    page.goto(shop.at(f"{path}?hw_id=clk_1"), referer=referrer)
    assert sent(shop)[0]["clickId"] == "clk_1"


def test_the_servers_visitor_is_the_one_that_counts(shop: Shop, page: Page) -> None:
    """T-96, T-91: kept under the root domain, for the sites beside this one."""
    shop.answer["clickId"] = "clk_9"
    shop.page(path="/app")
    page.goto(shop.at(shop.page() + "?via=pat"))
    sent(shop)
    settled(page)
    assert page.evaluate("headwater.visitor()") == VISITOR
    (cookie,) = [each for each in page.context.cookies() if each["name"] == "hw_v"]
    assert (cookie["value"], cookie["domain"]) == (VISITOR, ".shop.test")
    assert (cookie["sameSite"], cookie["path"]) == ("Lax", "/")
    assert 390 < (cookie["expires"] - page.evaluate("Date.now()") / 1000) / 86400 <= 400
    page.goto(shop.at("/app?gclid=2", "app.shop.test"))
    sent(shop, 2)
    assert shop.posts[-1].body["visitor"] == VISITOR


def test_the_tag_can_stand_anywhere(shop: Shop, page: Page) -> None:
    """T-125, T-83: a path of the site's own, whose `/abc/x` and `/abc/x/…` it passes on."""
    page.goto(shop.at(shop.page(src="/abc/x.js?v=1") + "?gclid=1"))
    sent(shop)
    (post,) = shop.posts
    assert (post.host, post.path) == (SITE, "/abc/x")
    assert shop.asked("/abc/x/config")
    assert shop.asked("/abc/x/send-")


def test_requests_need_no_preflight_and_carry_cookies_only_within_the_site(
    shop: Shop, page: Page
) -> None:
    """T-114."""
    cookie = {"name": "hw_visitor", "value": "v" * 40, "domain": ".shop.test", "path": "/"}
    page.context.add_cookies([cookie, cookie | {"domain": ".elsewhere.test"}])
    page.goto(shop.at(shop.page() + "?gclid=1"))
    sent(shop)
    settled(page)
    page.goto(shop.at(shop.page(src=shop.at("/t.js", "t.elsewhere.test")) + "?gclid=2"))
    sent(shop, 2)
    within, beyond = shop.posts
    assert within.headers["cookie"].startswith("hw_visitor=")
    assert "cookie" not in beyond.headers
    assert within.headers["content-type"].startswith("text/plain")
    assert not [each for each in shop.received if each.method == "OPTIONS"]
    assert "cookie" not in shop.asked("/t/config")[0].headers


def test_calls_before_the_tag_are_made_in_order_once(shop: Shop, page: Page) -> None:
    """T-108, T-129: also where the script element stands there twice."""
    calls = "<script>window.said = [];"
    calls += "headwater('ready', () => said.push(1)); headwater('nonsense');"
    calls += "headwater('ready', () => { said.push(2); throw new Error('theirs'); });"
    calls += "headwater('ready', () => said.push(3));</script>"
    again = f"<script async src='{shop.at('/t.js', TRACK)}' data-key=hw_pk_x></script>"
    page.goto(shop.at(shop.page(calls + again) + "?gclid=1"))
    page.wait_for_function("said.length == 3")
    settled(page)
    assert page.evaluate("said") == [1, 2, 3]
    assert len(shop.posts) == 1
    page.evaluate("headwater.ready(() => said.push(4)); said.push('later')")
    page.wait_for_function("said.length == 5")
    assert page.evaluate("said.slice(3)") == ["later", 4]


@pytest.mark.parametrize("element", ["<script type=module src=/t.js data-key=k></script>", ""])
def test_a_tag_that_cannot_work_says_nothing(shop: Shop, page: Page, element: str) -> None:
    """T-107: loaded as a module it does not know its element; or a browser lacks what it needs."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script("delete Performance.prototype.getEntriesByType")
    shop.page()
    shop.pages["/"] = element or shop.pages["/"]
    page.goto(shop.at("/?gclid=1"))
    page.wait_for_load_state("load")
    assert errors == []


def test_a_blocked_tag_changes_nothing(shop: Shop, page: Page) -> None:
    """T-107: the page is the same, and what it asks of the stub is only kept."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/t.js", lambda route: route.abort())
    page.goto(shop.at(shop.page("<h1>Shop</h1><script>headwater('identify', 'u')</script>")))
    assert page.inner_text("h1") == "Shop"
    assert page.evaluate("headwater.q.length") == 1
    assert errors == []
