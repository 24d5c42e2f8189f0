"""Routers, pages that come back whole, and sending that fails."""

import json

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import needs_chromium, needs_tag
from tests.browser.shop import NO_ANSWER, Shop
from tests.browser.test_tag import UUID4, kept, sent, settled
from tests.support import wait_until

pytestmark = [needs_chromium, needs_tag]

CONTAINER = "/vendor/gtm.js"
NO_NAVIGATION_API = "delete window.navigation; delete Window.prototype.navigation;"
NO_PAUSE = "Math.random = () => -0.499;"  # what is waited is a thousandth of it


def with_views(shop: Shop) -> None:
    """Page views can be seen in the data layer."""
    shop.config["providers"] = {"gtm": {"containerId": "GTM-X", "scriptUrl": shop.at("/vendor")}}
    shop.scripts[CONTAINER] = ""


def views(page: Page) -> list[str]:
    """Paths, as told."""
    told = page.evaluate("(window.dataLayer || []).filter((each) => each.event == 'page_view')")
    return [each["page_location"].partition(".test:")[2].partition("/")[2] for each in told]


@pytest.mark.parametrize("first", ["", NO_NAVIGATION_API], ids=["navigation API", "patched"])
def test_a_view_is_another_path_or_new_evidence(shop: Shop, page: Page, first: str) -> None:
    """T-110: not what a router strips, a fragment, or a parameter of the page's own."""
    with_views(shop)
    page.add_init_script(first)
    page.goto(shop.at(shop.page() + "?utm_source=a&tab=1"))
    page.wait_for_function("window.dataLayer?.some((each) => each.event == 'page_view')")
    steps = [
        "history.replaceState({}, '', '/')",
        "history.pushState({}, '', '/?tab=2')",
        "history.pushState({}, '', '/#part')",
        "history.pushState({}, '', '/plans')",
        "history.replaceState({}, '', '/plans?gclid=1')",
        "history.back()",
    ]
    for step in steps:
        page.evaluate(step)
        page.wait_for_timeout(20)
    assert views(page) == ["?utm_source=a", "plans", "plans?gclid=1", ""]
    assert [list(touch.get("utm", touch.get("ids"))) for touch in sent(shop, 2)] == [
        ["source"],
        ["gclid"],
    ]


def test_history_stays_what_it_was(shop: Shop, page: Page) -> None:
    """T-110: answers, `this`, errors, and another library that patches after us."""
    page.goto(shop.at(shop.page()))
    settled(page)
    page.evaluate(
        """() => {
          const before = history.pushState;
          history.pushState = function (...given) {
            window.told = given[2];
            return before.apply(this, given);
          };
        }"""
    )
    assert page.evaluate("history.pushState({at: 1}, '', '/there')") is None
    assert page.evaluate("[told, location.pathname, history.state.at]") == ["/there", "/there", 1]
    away = "history.pushState({}, '', 'https://else.test/')"
    thrown = page.evaluate(f"(() => {{ try {{ {away} }} catch (e) {{ return e.name }} }})()")
    assert thrown == "SecurityError"


def test_a_page_that_comes_back_whole_is_seen_again(shop: Shop, page: Page) -> None:
    """T-111: nothing of ours keeps it out of the cache, and a consent given meanwhile is read."""
    with_views(shop)
    shop.page(path="/next")
    page.goto(shop.at(shop.page() + "?gclid=1"))
    sent(shop)
    settled(page)
    page.evaluate(
        "window.same = true; addEventListener('pageshow', (e) => window.whole = e.persisted)"
    )
    page.goto(shop.at("/next"))
    settled(page)
    page.go_back(wait_until="commit")
    page.wait_for_function("window.whole === true")
    page.wait_for_function("dataLayer.filter((each) => each.event == 'page_view').length == 2")
    settled(page)
    assert len(shop.posts) == 1


def test_a_prerendered_page_waits_until_somebody_looks(shop: Shop, page: Page) -> None:
    """T-117, T-129: and who asked to be told is told then."""
    shop.answer["clickId"] = "clk_1"
    page.add_init_script(
        "Object.defineProperty(Document.prototype, 'prerendering', {get: () => !window.looked})"
    )
    early = "<script>headwater('ready', ({clickId}) => (window.told = clickId))</script>"
    page.goto(shop.at(shop.page(early) + "?gclid=1"))
    wait_until(lambda: shop.asked("/t.js"))
    page.wait_for_timeout(50)
    assert shop.asked("/t/") == []
    assert page.evaluate("window.told === undefined")
    page.evaluate("window.looked = true; document.dispatchEvent(new Event('prerenderingchange'))")
    sent(shop)
    page.wait_for_function("window.told == 'clk_1'")


def test_what_was_not_taken_is_sent_again_as_the_same(shop: Shop, page: Page) -> None:
    """T-115: after 5xx and 429, with one id for ever, and then no more."""
    shop.statuses = [503, 429, 200]
    page.add_init_script(NO_PAUSE)
    page.goto(shop.at(shop.page() + "?gclid=1"))
    touches = sent(shop, 3)
    assert len({touch["id"] for touch in touches}) == 1
    assert UUID4.fullmatch(touches[0]["id"])
    settled(page)
    page.reload()
    settled(page)
    assert len(shop.posts) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_what_was_refused_is_not_asked_again(shop: Shop, page: Page, status: int) -> None:
    """T-115."""
    shop.statuses = [status]
    page.add_init_script(NO_PAUSE)
    page.goto(shop.at(shop.page() + "?gclid=1"))
    sent(shop)
    settled(page)
    page.reload()
    settled(page)
    assert len(shop.posts) == 1


def test_without_an_answer_it_is_tried_three_times_and_on_the_next_page(
    shop: Shop, page: Page
) -> None:
    """T-115: and it is older by then."""
    shop.statuses = [NO_ANSWER] * 3
    page.add_init_script(NO_PAUSE)
    page.goto(shop.at(shop.page() + "?gclid=1"))
    sent(shop, 3)
    page.wait_for_timeout(100)
    assert len(shop.posts) == 3
    shop.page(path="/next")
    page.goto(shop.at("/next"))
    touch = sent(shop, 4)[-1]
    assert (touch["ids"], touch["url"]) == ({"gclid": "1"}, shop.at("/?gclid=1"))
    assert touch["age"] >= 100


def test_who_leaves_at_once_is_not_lost(shop: Shop, page: Page) -> None:
    """T-111, T-113: what waits goes as a beacon, and again from the next page."""

    def told() -> list[dict]:
        """Without the last words of an earlier test's page, which may come now."""
        return [each for each in shop.touches if each["ids"] == {"gclid": "leaving"}]

    shop.statuses = [503]
    shop.page(path="/next")
    page.goto(shop.at(shop.page() + "?gclid=leaving"))
    wait_until(told)
    page.wait_for_timeout(50)  # the answer is there; the next try is seconds away
    page.goto(shop.at("/next"))
    touches = wait_until(lambda: len(told()) >= 3 and told())
    assert len({touch["id"] for touch in touches}) == 1
    kinds = {each.headers["content-type"].partition(";")[0] for each in shop.posts}
    assert kinds == {"text/plain"}, "what asks for no leave"
    assert not [each for each in shop.received if each.method == "OPTIONS"]


def test_a_refused_beacon_leaves_it_for_the_next_page(shop: Shop, page: Page) -> None:
    """T-113."""
    page.add_init_script(
        "navigator.sendBeacon = () => { sessionStorage.refused = 1; return false; }"
    )
    shop.statuses = [503]
    shop.page(path="/next")
    page.goto(shop.at(shop.page() + "?gclid=1"))
    sent(shop)
    page.wait_for_timeout(50)
    page.goto(shop.at("/next"))
    assert len(sent(shop, 2)) == 2
    assert page.evaluate("sessionStorage.refused") == "1"


def test_ten_touches_are_kept_and_the_first_of_all(shop: Shop, page: Page) -> None:
    """T-97, T-43: and each until its own day."""
    page.goto(shop.at(shop.page() + "?ttclid=first"))
    settled(page)
    for number in range(12):
        page.evaluate("path => headwater.page(path)", f"/?im_ref={number}")
        page.evaluate("new Promise((done) => headwater.ready(done))")
    touches = kept(page)["touches"]
    names = [touch["found"]["ids"] for touch in touches]
    assert names == [{"ttclid": "first"}, *({"im_ref": str(number)} for number in range(3, 12))]
    days = [round((touch["until"] - touch["at"]) / 86_400_000) for touch in touches]
    assert days == [28] + [365] * 9


def test_what_is_kept_stays_small(shop: Shop, page: Page) -> None:
    """T-112, T-46, T-89: ten touches as large as may be, and the cookie is only a name."""
    names = [row[0] for row in shop.config["table"] if row[1] == "click"][:5]
    page.goto(shop.at(shop.page()))
    settled(page)
    for number in range(10):
        value = f"{number}" + "é" * 500
        query = "&".join(f"{name}={value}" for name in names)
        page.evaluate("path => headwater.page(path)", f"/?{query}")
        page.evaluate("new Promise((done) => headwater.ready(done))")
    touches = kept(page)["touches"]
    assert len(json.dumps(touches, ensure_ascii=False)) < 100_000
    assert touches[0]["found"]["ids"]["gclid"].startswith("0")
    assert touches[-1]["found"]["ids"]["gclid"].startswith("9")
    assert sum(len(each["name"] + each["value"]) for each in page.context.cookies()) < 64


def test_an_expired_touch_is_none(shop: Shop, page: Page) -> None:
    """T-43."""
    page.goto(shop.at(shop.page() + "?im_ref=old"))
    settled(page)
    page.evaluate(
        """() => {
          const kept = JSON.parse(localStorage.headwater);
          kept.touches[0].until = Date.now() - 1;
          localStorage.headwater = JSON.stringify(kept);
        }"""
    )
    page.goto(shop.at("/"))
    settled(page)
    assert page.evaluate("headwater.getCheckoutAttribution()") == {}


def test_two_tabs_keep_what_both_saw(shop: Shop, page: Page) -> None:
    """T-96."""
    other = page.context.new_page()
    page.goto(shop.at(shop.page()))
    other.goto(shop.at("/"))
    for each in (page, other):
        settled(each)
    page.evaluate("headwater.page('/?gclid=one')")
    settled(page)
    other.evaluate("headwater.page('/?gclid=two')")
    settled(other)
    assert [each["found"]["ids"]["gclid"] for each in kept(page)["touches"]] == ["one", "two"]
    assert len(shop.touches) == 2


def test_settings_are_asked_for_now_and_then(shop: Shop, page: Page) -> None:
    """T-128: where they are fresh, a page with nothing new asks for the tag alone."""
    page.goto(shop.at(shop.page()))
    settled(page)
    shop.received.clear()
    page.goto(shop.at("/"))
    settled(page)
    assert {each.path for each in shop.received} <= {"/", "/t.js"}


def test_settings_that_cannot_be_had_hold_nothing_up(shop: Shop, page: Page) -> None:
    """T-107: an error is no settings; the next page asks again and nothing of this one is lost."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    shop.config_status = 500
    page.goto(shop.at(shop.page() + "?gclid=1"))
    settled(page)
    assert shop.posts == []
    shop.config_status = 200
    page.evaluate("history.pushState({}, '', '/next')")
    (touch,) = sent(shop)
    assert touch["ids"] == {"gclid": "1"}
    assert errors == []


def test_a_chunk_that_cannot_be_had_is_asked_for_later(shop: Shop, page: Page) -> None:
    """T-107, T-6."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    shop.missing = {"send-", "page-"}
    page.goto(shop.at(shop.page() + "?gclid=1"))
    settled(page)
    assert page.evaluate("headwater.getCheckoutAttribution()") == {}
    shop.missing = set()
    page.goto(shop.at("/"))
    sent(shop)
    assert page.evaluate("headwater.getCheckoutAttribution()") == {"gclid": "1"}
    assert errors == []
