"""Consent, Global Privacy Control and storage that is not there."""

import json

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import needs_chromium, needs_tag
from tests.browser.shop import Shop
from tests.browser.test_tag import kept, sent, settled
from tests.support import wait_until

pytestmark = [needs_chromium, needs_tag]

GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
IMPACT = "/vendor/impact.js"


def traces(page: Page) -> list[str]:
    """What the tag left in this browser."""
    cookies = [each["name"] for each in page.context.cookies()]
    return cookies + page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))")


@pytest.mark.parametrize("level", ["unknown", "denied"])
def test_before_anybody_agreed_nothing_is_asked_stored_or_sent(
    shop: Shop, page: Page, level: str
) -> None:
    """T-101: no cookie, no storage, no network; a grant on the same page loses nothing."""
    page.goto(shop.at(shop.page(consent=level) + "?im_ref=X&via=pat"))
    settled(page)
    page.evaluate("for (let i = 0; i < 12; i++) history.pushState({}, '', '/' + i)")
    page.evaluate("history.pushState({}, '', '/next?utm_source=later')")
    page.evaluate("headwater.identify('u1'); headwater.conversion('x')")
    assert page.evaluate("headwater.getCheckoutAttribution()") == {}
    settled(page)
    assert {each.path for each in shop.received} == {"/", "/t.js"}
    assert traces(page) == []
    assert page.evaluate("headwater.getAttribution()") == {}
    assert page.evaluate("headwater.visitor()") == ""
    page.evaluate("headwater.consent('granted')")
    first, second = sent(shop, 2)
    assert (first["ids"], first["partner"]) == ({"im_ref": "X"}, "pat")
    assert second["utm"] == {"source": "later"}
    assert shop.posts[0].body["consent"]["source"] == "banner"


def test_a_workspace_may_want_everybody_to_be_asked(shop: Shop, page: Page) -> None:
    """T-101: then the one request is for that wish, and carries nothing of the visitor."""
    shop.config["consentDefault"] = "unknown"
    page.goto(shop.at(shop.page() + "?im_ref=X"))
    settled(page)
    assert shop.posts == []
    assert traces(page) == []
    page.evaluate("headwater('consent', {measurement: 'granted'})")
    sent(shop)
    consent = shop.posts[0].body["consent"]
    assert consent == {
        "measurement": "granted",
        "sharing": "unknown",
        "personal": "unknown",
        "source": "banner",
    }
    page.goto(shop.at("/?im_ref=Y"))
    assert [touch["ids"]["im_ref"] for touch in sent(shop, 2)] == ["X", "Y"]


def test_who_takes_it_back_is_forgotten_here_and_there(shop: Shop, page: Page) -> None:
    """T-102: and stays forgotten on the next page, also where the site need not ask."""
    page.goto(shop.at(shop.page() + "?im_ref=X"))
    sent(shop)
    settled(page)
    visitor = page.evaluate("headwater.visitor()")
    page.evaluate("headwater.consent('denied')")
    wait_until(lambda: len(shop.posts) == 2)
    settled(page)
    withdrawn = shop.posts[-1].body
    assert (withdrawn["visitor"], withdrawn["events"]) == (visitor, [{"type": "withdraw"}])
    assert withdrawn["consent"]["measurement"] == "denied"
    assert page.context.cookies() == []
    assert kept(page)["touches"] == []
    assert visitor not in json.dumps(kept(page))
    page.goto(shop.at("/?im_ref=Y"))
    settled(page)
    assert len(shop.posts) == 2
    page.evaluate("headwater.consent('granted')")
    assert [touch["ids"]["im_ref"] for touch in sent(shop, 2)] == ["X", "Y"]


def test_a_denial_where_people_are_asked_leaves_nothing_at_all(shop: Shop, page: Page) -> None:
    """T-102."""
    page.goto(shop.at(shop.page(consent="unknown") + "?im_ref=X"))
    settled(page)
    page.evaluate("headwater.consent('granted')")
    sent(shop)
    settled(page)
    page.evaluate("headwater.consent('denied')")
    wait_until(lambda: len(shop.posts) == 2)
    assert traces(page) == []
    page.evaluate("headwater.consent('granted')")
    assert [touch["ids"]["im_ref"] for touch in sent(shop, 2)] == ["X", "X"]


def test_nor_does_what_another_tab_says_or_asks_afterwards(shop: Shop, page: Page) -> None:
    """T-102: as it goes, as it narrows what it may share, or asks for its settings."""
    shop.config["consentDefault"] = "unknown"
    page.goto(shop.at(shop.page() + "?im_ref=X"))
    settled(page)
    page.evaluate("headwater.consent('granted')")
    sent(shop)
    settled(page)
    others = [page.context.new_page() for _ in range(3)]
    for other in others:
        other.goto(shop.at("/"))
        settled(other)
    page.evaluate("headwater.consent('denied')")
    wait_until(lambda: len(shop.posts) == 2)
    leaves, narrows, asks = others
    leaves.goto("about:blank")
    assert traces(page) == []
    narrows.evaluate("headwater.consent({sharing: 'denied'})")
    settled(narrows)
    assert traces(page) == []
    asks.evaluate("headwater.page()")
    settled(asks)
    assert traces(page) == []
    assert len(shop.posts) == 2


def test_a_withdrawal_that_does_not_arrive_is_said_again(shop: Shop, page: Page) -> None:
    """T-102, T-115."""
    page.add_init_script("Math.random = () => -0.499")  # the pause is a thousandth
    page.goto(shop.at(shop.page() + "?im_ref=X"))
    sent(shop)
    settled(page)
    shop.statuses = [503, 503]
    page.evaluate("headwater.consent('denied')")
    wait_until(lambda: len(shop.posts) == 4)
    assert [each.body["events"] for each in shop.posts[1:]] == [[{"type": "withdraw"}]] * 3


def test_global_privacy_control_denies_sharing_alone(shop: Shop, page: Page) -> None:
    """T-103, T-106, T-15: measured, told with every event, and no vendor hears of it."""
    shop.config["providers"] = {"impact": {"scriptUrl": IMPACT}}
    shop.scripts[IMPACT] = "window.vendor = true"
    page.add_init_script(GPC)
    page.goto(shop.at(shop.page() + "?im_ref=X"))
    sent(shop)
    consent = shop.posts[0].body["consent"]
    assert (consent["measurement"], consent["sharing"]) == ("granted", "denied")
    assert consent["source"] == "gpc"
    page.evaluate("headwater.consent('granted')")
    settled(page)
    assert not shop.asked("/vendor/")
    page.evaluate("headwater.consent({sharing: 'granted', override: true})")
    wait_until(lambda: shop.asked("/vendor/"))


def test_what_may_be_shared_is_told_when_it_changes_not_at_the_next_landing(
    shop: Shop, page: Page
) -> None:
    """T-103, T-106: the same touches once more, with the new word; and once."""
    page.goto(shop.at(shop.page() + "?im_ref=X"))
    sent(shop)
    settled(page)
    page.evaluate("headwater.consent({sharing: 'denied'})")
    again = sent(shop, 2)
    assert {each["id"] for each in again} == {again[0]["id"]}
    settled(page)
    page.evaluate("headwater.consent({sharing: 'denied'})")
    page.goto(shop.at("/"))
    settled(page)
    assert len(shop.posts) == 2
    page.evaluate("headwater.consent({personal: 'denied'})")
    sent(shop, 3)
    settled(page)
    page.evaluate("headwater.consent('granted')")
    sent(shop, 4)
    purposes = ("measurement", "sharing", "personal")
    said = [[each.body["consent"][name] for name in purposes] for each in shop.posts]
    yes, no = "granted", "denied"
    assert said == [[yes, yes, yes], [yes, no, yes], [yes, no, no], [yes, yes, yes]]


def test_a_touch_that_is_told_once_more_is_no_later_click(shop: Shop, page: Page) -> None:
    """T-106: what another script of the page counted since then stays the last one."""
    shop.answer |= {"clickId": "clk_a"}
    page.goto(shop.at(shop.page() + "?hw_id=clk_a"))
    sent(shop)
    settled(page)
    page.evaluate("""() => {
      const entry = JSON.parse(localStorage.headwater);
      localStorage.headwater = JSON.stringify({ ...entry, clickId: 'clk_b' });
    }""")
    page.evaluate("headwater.consent({sharing: 'denied'})")
    sent(shop, 2)
    settled(page)
    assert kept(page)["clickId"] == "clk_b"
    shop.answer |= {"clickId": "clk_c"}
    page.goto(shop.at("/?via=cara"))
    sent(shop, 3)
    settled(page)
    assert kept(page)["clickId"] == "clk_c"


def test_no_vendor_is_there_before_sharing_is_allowed(shop: Shop, page: Page) -> None:
    """T-15: nor told anything of before, once somebody refused."""
    shop.config["providers"] = {"impact": {"scriptUrl": IMPACT}}
    shop.scripts[IMPACT] = "window.vendor = true"
    shop.config["consentDefault"] = "unknown"
    page.goto(shop.at(shop.page()))
    settled(page)
    page.evaluate("headwater.consent({measurement: 'granted', sharing: 'denied'})")
    settled(page)
    page.evaluate("headwater.identify('u1')")
    assert page.evaluate("window.ire") is None
    assert not shop.asked("/vendor/")
    page.evaluate("headwater.consent({sharing: 'granted'}); headwater.identify('u2')")
    page.wait_for_function("window.vendor")
    calls = page.evaluate("[...ire.a].map((each) => each[1].customerId)")
    assert set(calls) == {"u2"}


BLOCKED = {
    "cookies": "Object.defineProperty(Document.prototype, 'cookie', {get() { throw Error(); },"
    " set() { throw Error(); }})",
    "storage": "Object.defineProperty(window, 'localStorage', {get() { throw Error(); }})",
    "a full disk": "const full = new Proxy({}, {set() { throw Error(); }});"
    "Object.defineProperty(window, 'localStorage', {value: full})",
}


@pytest.mark.parametrize("what", [*BLOCKED, "all"])
def test_without_storage_the_page_is_measured_all_the_same(
    shop: Shop, page: Page, what: str
) -> None:
    """T-84, T-92, T-31: in memory, for this page, without a word."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    both = BLOCKED["cookies"] + ";" + BLOCKED["storage"]
    page.add_init_script(both if what == "all" else BLOCKED[what])
    page.goto(shop.at(shop.page() + "?im_ref=X"))
    (touch,) = sent(shop)
    assert touch["ids"] == {"im_ref": "X"}
    settled(page)
    assert page.evaluate("headwater.getCheckoutAttribution()") == {"im_ref": "X"}
    assert len(shop.posts) == 1
    assert errors == []


@pytest.mark.parametrize(
    "damaged", ["", "{", "null", "[]", '"x"', '{"touches": 1}', '{"touches": [null, {}, 7]}']
)
def test_storage_that_holds_nonsense_is_as_good_as_none(
    shop: Shop, page: Page, damaged: str
) -> None:
    """T-30."""
    shop.page(path="/empty", src="/nothing.js")
    page.goto(shop.at("/empty"))
    page.evaluate("text => { localStorage.headwater = text; }", damaged)
    page.goto(shop.at(shop.page() + "?im_ref=X"))
    (touch,) = sent(shop)
    assert touch["ids"] == {"im_ref": "X"}


def test_robots_are_left_alone_unless_the_page_says_otherwise(shop: Shop, page: Page) -> None:
    """T-118."""
    page.add_init_script("Object.defineProperty(navigator, 'webdriver', {value: true})")
    page.goto(shop.at(shop.page() + "?im_ref=X"))
    settled(page)
    assert page.evaluate("headwater.getCheckoutAttribution()") == {}
    assert {each.path for each in shop.received} == {"/", "/t.js"}
    page.goto(shop.at(shop.page(automation="on") + "?im_ref=X"))
    sent(shop)


def test_a_sandboxed_preview_is_left_alone(shop: Shop, page: Page) -> None:
    """T-118."""
    inner = shop.page(path="/inner")
    shop.pages["/outer"] = f"<iframe sandbox=allow-scripts src='{inner}?im_ref=X'></iframe>"
    page.goto(shop.at("/outer"))
    frame = page.frames[1]
    frame.wait_for_function("!!window.headwater?.visitor")
    assert frame.evaluate("headwater.getAttribution()") == {}
    assert not shop.asked("/t/")
