"""What browsers, other tabs, other keys and other people's scripts do to the tag."""

import json

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import needs_chromium, needs_tag
from tests.browser.shop import NO_ANSWER, Shop
from tests.browser.test_tag import kept, sent, settled
from tests.browser.test_tag_pages import NO_PAUSE
from tests.support import wait_until

pytestmark = [needs_chromium, needs_tag]

WITHDRAWN = [{"type": "withdraw"}]
FILL = """() => {
  let size = 2 ** 22;
  for (let n = 0; size >= 1; n++) {
    try { localStorage['fill' + n] = 'x'.repeat(size); } catch { size = Math.floor(size / 2); }
  }
}"""
EARLIER = """([name, by]) => {
  const kept = JSON.parse(localStorage.headwater);
  for (const each of [kept, ...kept.touches]) if (each[name]) each[name] -= by;
  localStorage.headwater = JSON.stringify(kept);
}"""


def test_what_a_full_disk_does_not_take_is_sent_all_the_same(shop: Shop, page: Page) -> None:
    """T-31, T-84: what was stored before is older than what this page knows."""
    page.goto(shop.at(shop.page() + "?gclid=1"))
    sent(shop)
    settled(page)
    page.evaluate(FILL)
    page.goto(shop.at("/?gclid=2"))
    assert [touch["ids"]["gclid"] for touch in sent(shop, 2)] == ["1", "2"]
    assert page.evaluate("headwater.getCheckoutAttribution()") == {"gclid": "2"}


@pytest.mark.parametrize("usual", ["granted", "unknown"])
def test_what_one_tab_takes_back_no_other_tab_keeps(shop: Shop, page: Page, usual: str) -> None:
    """T-102: nor does it set a cookie, store or send anything any more."""
    other = page.context.new_page()
    page.goto(shop.at(shop.page(consent=usual) + "?gclid=1"))
    page.evaluate("headwater.consent('granted')")
    sent(shop)
    settled(page)
    other.goto(shop.at("/"))
    other.evaluate("headwater.consent('denied')")
    wait_until(lambda: len(shop.posts) == 2)
    page.evaluate("history.pushState({}, '', '/?gclid=2')")
    settled(page)
    assert page.evaluate("headwater.getCheckoutAttribution()") == {}
    assert [post.body["events"] for post in shop.posts[1:]] == [WITHDRAWN]
    assert kept(page).get("touches", []) == []
    assert page.context.cookies() == []


@pytest.mark.parametrize("usual", ["granted", "unknown"])
def test_a_withdrawal_that_failed_is_said_from_the_next_page(
    shop: Shop, page: Page, usual: str
) -> None:
    """T-102, T-115: who it is is remembered until then, and no longer."""
    page.add_init_script(NO_PAUSE + "navigator.sendBeacon = () => false;")
    page.goto(shop.at(shop.page(consent=usual) + "?gclid=1"))
    page.evaluate("headwater.consent('granted')")
    sent(shop)
    settled(page)
    visitor = page.evaluate("headwater.visitor()")
    shop.statuses = [NO_ANSWER] * 3
    page.evaluate("headwater.consent('denied')")
    wait_until(lambda: len(shop.posts) == 4)
    page.goto(shop.at("/"))
    wait_until(lambda: len(shop.posts) == 5)
    assert (shop.posts[4].body["visitor"], shop.posts[4].body["events"]) == (visitor, WITHDRAWN)
    wait_until(lambda: page.evaluate("localStorage.headwater_left === undefined"))
    page.reload()
    settled(page)
    assert len(shop.posts) == 5


def test_who_only_the_server_knows_can_take_it_back(shop: Shop, page: Page) -> None:
    """T-102, T-83: script's own traces go after seven days, the server's cookie does not."""
    page.goto(shop.at(shop.page()))
    settled(page)
    page.evaluate("headwater.consent('denied')")
    wait_until(lambda: [post.body["events"] for post in shop.posts] == [WITHDRAWN])
    page.wait_for_function("localStorage.headwater_left === undefined")  # it has its answer
    page.reload()
    settled(page)
    assert len(shop.posts) == 1


def test_a_denial_of_nobody_writes_no_cookie(shop: Shop, page: Page) -> None:
    """T-101: not even to find the domain."""
    page.add_init_script(
        """const of = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
        window.wrote = [];
        const set = function (pair) { wrote.push(pair); of.set.call(this, pair); };
        Object.defineProperty(Document.prototype, 'cookie', { get: of.get, set });"""
    )
    page.goto(shop.at(shop.page(consent="unknown") + "?gclid=1"))
    page.wait_for_function("!!window.headwater?.visitor")
    page.evaluate("headwater.consent('denied')")
    settled(page)
    assert page.evaluate("wrote") == []
    assert {each.path for each in shop.received} == {"/", "/t.js"}


def test_what_came_by_another_key_is_not_for_this_one(shop: Shop, page: Page) -> None:
    """T-96: two workspaces on one origin; but a "no" was said to the site."""
    shop.answer["clickId"] = "clk_1"
    page.goto(shop.at(shop.page() + "?gclid=1"))
    sent(shop)
    settled(page)
    page.goto(shop.at(shop.page(path="/b", key="hw_pk_other")))
    told = "new Promise((done) => headwater('ready', ({clickId}) => done(clickId || '')))"
    assert page.evaluate(told) == ""
    assert page.evaluate("headwater.getCheckoutAttribution()") == {}
    assert len(shop.asked("/t/config")) == 2
    page.evaluate("headwater.consent('denied')")
    page.goto(shop.at("/?gclid=2"))
    settled(page)
    assert len(shop.touches) == 1


def test_views_push_nobody_out_of_the_queue(shop: Shop, page: Page) -> None:
    """T-112: of what waits for consent, views go first."""
    shop.config["providers"] = {"gtm": {"containerId": "GTM-X", "scriptUrl": shop.at("/vendor")}}
    page.goto(shop.at(shop.page(consent="unknown")))
    page.wait_for_function("!!window.headwater?.visitor")
    page.evaluate("headwater.identify('u'); for (let i = 0; i < 120; i++) headwater.page('/' + i)")
    page.evaluate("headwater.consent('granted')")
    page.wait_for_function("window.dataLayer?.some((each) => each.event == 'page_view')")
    assert page.evaluate("dataLayer.some((each) => each.user_id == 'u')")


@pytest.mark.parametrize("name", ["fresh", "config"])
def test_settings_are_asked_for_again_however_the_clock_jumped(
    shop: Shop, page: Page, name: str
) -> None:
    """T-101: and where they are older than a day nothing is done before the answer; nor is anything
    done after it, on this page or the next.
    """
    page.goto(shop.at(shop.page()))
    settled(page)
    back = -365 * 864e5 if name == "fresh" else 864e5
    page.evaluate(EARLIER, ["fresh", back])
    shop.config["consentDefault"] = "unknown"
    page.goto(shop.at("/?gclid=1"))
    settled(page)
    assert len(shop.asked("/t/config")) == 2
    page.evaluate("history.pushState({}, '', '/next?gclid=2')")
    page.evaluate("headwater.page()")
    settled(page)
    assert page.evaluate("headwater.getAttribution()") == {}
    page.goto(shop.at("/?gclid=3"))
    settled(page)
    assert shop.posts == [], "what is kept knows that people are asked by now"
    page.evaluate("headwater.consent('granted')")
    assert sent(shop)[0]["ids"]["gclid"] == "3"


def test_only_the_landing_comes_from_another_site(shop: Shop, page: Page) -> None:
    """T-98: the referrer stays the same as long as a single-page app does."""
    shop.config["referrals"] = True
    page.goto(shop.at(shop.page()), referer="https://blog.test/post")
    sent(shop)
    settled(page)
    page.evaluate(EARLIER, ["at", 18e5])
    page.evaluate("history.pushState({}, '', '/next')")
    settled(page)
    assert len(kept(page)["touches"]) == 1


def test_what_leaves_with_the_page_takes_no_cookies_to_another_site(shop: Shop, page: Page) -> None:
    """T-114: a beacon would."""
    cookie = {"name": "theirs", "value": "v", "domain": ".elsewhere.test", "path": "/"}
    page.context.add_cookies([cookie])
    shop.statuses = [503]
    shop.page(path="/next", src="/nothing.js")
    page.goto(shop.at(shop.page(src=shop.at("/t.js", "t.elsewhere.test")) + "?gclid=2"))
    sent(shop)
    page.wait_for_timeout(50)
    page.goto(shop.at("/next"))
    assert "cookie" not in (sent(shop, 2) and shop.posts[1].headers)


def test_where_cookies_cannot_be_seen_they_go_along_within_the_domain(
    shop: Shop, page: Page
) -> None:
    """T-92, T-114: the answer's cookie is all that such a page can have."""
    cookie = {"name": "hw_visitor", "value": "v" * 40, "domain": ".shop.test", "path": "/"}
    page.context.add_cookies([cookie, cookie | {"domain": ".elsewhere.test"}])
    blocked = "{get() { throw Error(); }, set() { throw Error(); }}"
    page.add_init_script(f"Object.defineProperty(Document.prototype, 'cookie', {blocked})")
    page.goto(shop.at(shop.page() + "?gclid=1"))
    sent(shop)
    settled(page)
    page.goto(shop.at(shop.page(src=shop.at("/t.js", "t.elsewhere.test")) + "?gclid=2"))
    sent(shop, 2)
    assert "cookie" in shop.posts[0].headers
    assert "cookie" not in shop.posts[1].headers


def test_a_site_beside_the_landing_is_told_who_it_is(shop: Shop, page: Page) -> None:
    """T-129: the cookie is what both have."""
    shop.page(path="/app")
    page.goto(shop.at(shop.page() + "?via=pat"))
    sent(shop)
    settled(page)
    visitor = page.evaluate("headwater.visitor()")
    page.goto(shop.at("/app", "app.shop.test"))
    told = "new Promise((done) => headwater('ready', ({visitor}) => done(visitor)))"
    assert page.evaluate(told) == visitor


def test_a_piece_that_failed_is_had_later_on_the_same_page(shop: Shop, page: Page) -> None:
    """T-6: a browser remembers which module failed."""
    shop.missing = {"send-"}
    page.goto(shop.at(shop.page() + "?gclid=1"))
    settled(page)
    shop.missing = set()
    page.evaluate("history.pushState({}, '', '/next')")
    assert sent(shop)[0]["ids"] == {"gclid": "1"}


def test_a_fetch_of_the_pages_own_that_throws_is_no_error_of_ours(shop: Shop, page: Page) -> None:
    """T-107."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script("window.fetch = () => { throw new Error('theirs') }")
    page.goto(shop.at(shop.page() + "?gclid=1"))
    settled(page)
    assert errors == []


def test_an_address_is_taken_apart_once(shop: Shop, page: Page) -> None:
    """T-128, T-46: twenty thousand parameters stopped a page for two seconds; and nothing in an
    address reaches more than the touch.
    """
    page.goto(shop.at(shop.page()))
    settled(page)
    taken = page.evaluate(
        """() => {
          const each = URLSearchParams.prototype[Symbol.iterator];
          let times = 0;
          URLSearchParams.prototype[Symbol.iterator] = function () {
            times++;
            return each.call(this);
          };
          history.pushState({}, '', '/x?' + 'p=1&'.repeat(1000));
          return times;
        }"""
    )
    assert 0 < taken < 4
    hostile = (
        "?__proto__=x&constructor=y&utm___proto__=z&__proto__[evil]=1&via=%3Cb%20onclick%3D1%3E"
    )
    page.goto(shop.at("/" + hostile))
    (touch,) = sent(shop)
    assert touch["partner"] == "<b onclick=1>"
    assert {"ids", "utm"}.isdisjoint(touch)
    assert page.evaluate("[({}).evil, ({}).x]") == [None, None]


def test_a_view_is_one_request_at_most(shop: Shop, page: Page) -> None:
    """T-128: with evidence one, else none; settings and pieces come once."""
    page.goto(shop.at(shop.page() + "?gclid=1"))
    sent(shop)
    settled(page)
    shop.received.clear()
    for number in range(3):
        page.evaluate("path => history.pushState({}, '', path)", f"/{number}")
        settled(page)
    assert shop.received == []
    page.evaluate("history.pushState({}, '', '/3?gclid=2&utm_source=a')")
    sent(shop)
    settled(page)
    assert [each.path for each in shop.received] == ["/t"]


def test_links_that_are_written_keep_their_query_as_it_was(shop: Shop, page: Page) -> None:
    """T-93: it may be signed."""
    shop.config["outbound"] = ["else.test"]
    shop.answer["clickId"] = "clk_1"
    link = "http://www.else.test/?a=b%20c&flag&s=%2f#part"
    page.goto(shop.at(shop.page(f"<a href='{link}'>there</a>") + "?via=pat"))
    sent(shop)
    settled(page)
    page.evaluate("addEventListener('click', (event) => event.preventDefault())")
    written = "(document.links[0].click(), document.links[0].search)"
    wait_until(lambda: "hw_id" in page.evaluate(written))
    assert page.evaluate(written) == "?a=b%20c&flag&s=%2f&hw_id=clk_1"


def test_forms_that_are_unusual_disturb_nobody(shop: Shop, page: Page) -> None:
    """T-107, T-131: fields may be called as a form's own methods are."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    odd = "<form data-headwater><input name=matches><input name=append></form>"
    page.goto(shop.at(shop.page(odd + "<form data-headwater></form>") + "?via=pat"))
    sent(shop)
    page.evaluate("headwater.forms()")
    value = "new FormData(document.forms[1]).get('headwater_visitor')"
    wait_until(lambda: page.evaluate(value))
    page.evaluate(
        "for (const each of [window, ...document.forms]) each.dispatchEvent(new Event('submit'))"
    )
    assert errors == []


def test_providers_are_told_no_more_of_the_page_before_than_of_this_one(
    shop: Shop, page: Page
) -> None:
    """T-121."""
    shop.config["providers"] = {"gtm": {"containerId": "GTM-X", "scriptUrl": shop.at("/vendor")}}
    page.goto(shop.at(shop.page()), referer=shop.at("/reset?token=secret&utm_source=a"))
    page.wait_for_function("window.dataLayer?.some((each) => each.event == 'page_view')")
    told = page.evaluate("dataLayer.find((each) => each.event == 'page_view').page_referrer")
    assert told == shop.at("/reset?utm_source=a")


def test_cookies_that_others_wrote_badly_are_taken_as_they_are(shop: Shop, page: Page) -> None:
    """T-135, T-136, T-107."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    dub = json.dumps({"partner": {"id": "pn_1", "name": "100% Pat", "image": ""}})
    for name, value in {"rewardful.referral": "50%", "dub_partner_data": dub}.items():
        cookie = {"name": name, "value": value, "domain": ".shop.test", "path": "/"}
        page.context.add_cookies([cookie])
    page.goto(shop.at(shop.page(shims="rewardful dub")))
    page.wait_for_function("window.DubAnalytics?.partner")
    read = "new Promise((done) => rewardful('ready', () => done(Rewardful.referral)))"
    assert page.evaluate(read) == "50%"
    assert page.evaluate("DubAnalytics.partner.name") == "100% Pat"
    assert errors == []
