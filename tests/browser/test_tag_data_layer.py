"""A page that speaks to Google's data layer alone (T-143)."""

from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import needs_chromium, needs_tag
from tests.browser.shop import Shop
from tests.browser.test_tag import sent, settled
from tests.browser.test_tag_providers import with_providers
from tests.browser.test_tag_readers import GTAG, LANDING
from tests.support import wait_until

pytestmark = [needs_chromium, needs_tag]

# As a container's runtime does it: what is there, then a `push` of its own over what was there.
RUNTIME = """() => {
  window.seen = [...dataLayer];
  const before = dataLayer.push;
  dataLayer.push = function (...given) { seen.push(...given); return before.apply(this, given); };
}"""
UNTOUCHED = "!dataLayer.hasOwnProperty('push') && dataLayer.push === Array.prototype.push"


def visit(shop: Shop, page: Page, body: str = "", **data: str) -> None:
    with_providers(shop, mixpanel={}, gtm={})
    page.goto(shop.at(shop.page(body, **{"with": "data-layer"} | data) + LANDING))
    settled(page)
    wait_until(lambda: shop.asked("/t/data-layer-") and shop.asked("/t/consent-"))


def told(page: Page, count: int) -> list[Any]:
    """What Mixpanel hears of events; it was told who it is before."""
    page.wait_for_function("!!window.release")
    page.evaluate("release()")
    page.wait_for_function(f"calls.length >= {count}")
    return page.evaluate("calls")


def test_events_are_told_as_if_the_page_had_called_the_tag(shop: Shop, page: Page) -> None:
    """T-143, T-72: both forms, of before and after; nothing is reported to the server as a sale."""
    early = "dataLayer.push({user_data: {email: 'a@b.test'}});"
    early += "gtag('event', 'sign_up', {method: 'form', user_id: 7});"
    visit(shop, page, GTAG % early)
    page.evaluate(
        """() => {
          dataLayer.push({event: 'begin_checkout', 'gtm.uniqueEventId': 4, eventCallback() {},
                          ecommerce: {value: 49, currency: 'USD'}});
          dataLayer.push({ecommerce: null}, {event: 'gtm.click'}, {event: 'view_item'}, null, 7);
          gtag('event', 'purchase', {transaction_id: 't1', value: 49});
        }"""
    )
    told(page, 4)
    page.evaluate("gtag('set', 'user_id', 8); gtag('event', 'login')")
    calls = told(page, 6)
    assert [each for each in calls if each[1] != "begin_checkout"] == [
        ["identify", "7"],
        ["track", "sign_up", {"method": "form"}],
        ["track", "purchase", {"transaction_id": "t1", "value": 49}],
        ["identify", "8"],
        ["track", "login", {}],
    ]
    (begun,) = [each for each in calls if each[1] == "begin_checkout"]
    assert begun[2] == {"user_id": "7", "im_ref": "X", "value": 49, "currency": "USD"}
    assert [event["type"] for post in shop.posts for event in post.body["events"]] == ["touch"]
    assert {each.path for each in shop.received if each.method == "POST"} == {"/t"}
    said = page.evaluate("dataLayer.filter((each) => each?.user_data).map((each) => ({...each}))")
    assert said[1:] == [{"user_data": {"email": "a@b.test"}}]


def test_nothing_goes_round_in_circles(shop: Shop, page: Page) -> None:
    """T-143: Google hears once what the page pushed, and what we push is not heard."""
    visit(shop, page, GTAG % "dataLayer.push({event: 'purchase', value: 1});")
    page.wait_for_function("dataLayer.some((each) => each.event == 'page_view')")
    page.evaluate("headwater.conversion('purchase', {value: 2})")
    calls = told(page, 2)
    assert [each[2] for each in calls] == [{"value": 1}, {"value": 2}]
    pushed = "dataLayer.filter((each) => each.event == 'purchase').map((each) => each.value)"
    assert page.evaluate(pushed) == [1, 2]


def test_push_is_left_alone(shop: Shop, page: Page) -> None:
    """T-143: a container that puts its own over it is heard too, and a layer that is made anew."""
    visit(shop, page, GTAG % "")
    page.wait_for_function("dataLayer.some((each) => each.event == 'page_view')")
    assert page.evaluate(UNTOUCHED)
    length = page.evaluate("dataLayer.length")
    page.evaluate(RUNTIME)
    assert page.evaluate("gtag('event', 'purchase', {value: 1}) || dataLayer.length") == length + 1
    page.evaluate(
        "dataLayer.splice(0, dataLayer.length - 1); gtag('event', 'purchase', {value: 2})"
    )
    assert page.evaluate("seen.length") == length + 2
    page.evaluate("window.dataLayer = Object.freeze([{event: 'purchase', value: 3}])")
    page.evaluate("dispatchEvent(new Event('load'))")
    assert [each[2]["value"] for each in told(page, 3)] == [1, 2, 3]


def test_what_is_heard_waits_for_consent_which_is_heard_too(shop: Shop, page: Page) -> None:
    """T-143, T-101."""
    commands = "gtag('consent', 'default', {analytics_storage: 'denied', ad_storage: 'denied',"
    commands += " ad_user_data: 'denied'}); gtag('event', 'purchase', {value: 1});"
    visit(shop, page, GTAG % commands, consent="unknown")
    assert not shop.posts
    assert page.evaluate("window.mixpanel") is None
    page.evaluate(
        "gtag('consent', 'update', {analytics_storage: 'granted', ad_storage: 'granted',"
        " ad_user_data: 'granted'})"
    )
    sent(shop)
    assert told(page, 1) == [["track", "purchase", {"value": 1}]]


def test_the_email_of_one_user_is_not_told_with_the_next(shop: Shop, page: Page) -> None:
    """T-45."""
    visit(shop, page, GTAG % "")
    page.evaluate(
        """() => {
          dataLayer.push({event: 'login', user_id: 'a', user_data: {email: 'a@b.test'}});
          dataLayer.push({event: 'login', user_id: 'b'});
          dataLayer.push({user_id: null});
          dataLayer.push({event: 'login'});
        }"""
    )
    told(page, 5)
    said = (
        "dataLayer.filter((each) => each.user_id && !each.event || each.user_data && !each.event)"
    )
    assert page.evaluate(said) == [
        {"user_data": {"email": "a@b.test"}},
        {"user_id": "a"},
        {"user_id": "b"},
    ]
