"""Providers in the page: each vendor's script is a stand-in of ours, impact.com's that of
`headwater sandbox` (N-20).
"""

import hashlib
import json
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from headwater.sandbox.visits import SCRIPT
from tests.browser.conftest import AGENT, needs_chromium, needs_tag
from tests.browser.shop import Shop
from tests.browser.test_tag import sent, settled
from tests.support import wait_until

pytestmark = [needs_chromium, needs_tag]

# What each stand-in does: says that it is there, once more each time it is loaded.
LOADED = "window.loaded = (window.loaded || []).concat(document.currentScript.src);"
# As the libraries do it: take the announcement, replace it, say when ready.
LIBRARY = """
const [token, options, name] = window.%(name)s._i[0];
window.calls = [];
const say = (...given) => { calls.push(given); if (given[1] == 'bad') throw new Error('theirs'); };
const library = {
  track: (...given) => say('track', ...given), capture: (...given) => say('capture', ...given),
  identify: (...given) => say('identify', ...given),
  people: {set: (...given) => say('people', ...given)},
};
window.options = options; window.token = token;
window.%(name)s = library;
window.release = () => options.loaded(library);
"""


def with_providers(shop: Shop, **providers: Any) -> None:
    scripts = {
        "impact": {"scriptUrl": "/vendor/impact.js"},
        "gtm": {"containerId": "GTM-X", "measurementId": "G-1", "scriptUrl": "/vendor"},
        "mixpanel": {"token": "mp", "scriptUrl": "/vendor/mixpanel.js", "apiHost": "/mp"},
        "posthog": {"key": "ph", "scriptUrl": "/vendor/posthog.js", "apiHost": "/ph"},
    }
    chosen = {name: scripts[name] | more for name, more in providers.items()}
    shop.config["providers"] = chosen
    for path in ("gtm.js", "gtag/js"):
        shop.scripts[f"/vendor/{path}"] = LOADED
    shop.scripts["/vendor/impact.js"] = SCRIPT.read_text()
    for name in ("mixpanel", "posthog"):
        shop.scripts[f"/vendor/{name}.js"] = LIBRARY % {"name": name}


def visit(shop: Shop, page: Page, body: str = "") -> None:
    page.goto(shop.at(shop.page(body)))
    settled(page)


IDENTIFIED = "(window.ire?.told || []).map((each) => each.call)"


def identified(page: Page, count: int) -> list[Any]:
    """Every call but for whose profile it names: `profiles` has that."""
    page.wait_for_function(f"{IDENTIFIED}.length >= {count}")
    calls = page.evaluate(IDENTIFIED)
    for name, *said in calls:
        if name == "identify":
            assert len(said[0].pop("customProfileId")) <= 70
    return calls


def profiles(page: Page, count: int) -> list[str]:
    """By whom each page view was made, as far as the network is told."""
    identified(page, count)
    return page.evaluate(f"{IDENTIFIED}.map((call) => call[1].customProfileId)")


def test_nothing_of_a_provider_is_there_where_none_is_on(shop: Shop, page: Page) -> None:
    """A-22, T-1, T-4."""
    visit(shop, page)
    page.evaluate("headwater.identify('u'); headwater.conversion('x'); headwater.beginCheckout({})")
    page.evaluate("headwater.getCheckoutAttribution()")
    assert page.evaluate("[window.dataLayer, window.ire, window.mixpanel]") == [None] * 3
    assert not [each for each in shop.received if "-vendor-" in each.path]


def test_impact_is_told_who_it_is_on_every_view(shop: Shop, page: Page) -> None:
    """A-19, A-21, T-16, T-17, T-20, T-21: unknown is two empty strings, and no plain address."""
    with_providers(shop, impact={})
    visit(shop, page)
    page.evaluate("headwater.page()")
    nobody = ["identify", {"customerId": "", "customerEmail": ""}]
    assert identified(page, 2) == [nobody, nobody]
    assert page.evaluate("window.ire_o") == "ire"
    scripts = "[...document.scripts].filter((each) => /impact.js/.test(each.src))"
    assert page.evaluate(f"{scripts}.map((each) => each.async)") == [True]


def test_every_identify_names_a_profile_that_stays_a20(
    shop: Shop, page: Page, chromium: Browser
) -> None:
    """The browser's own until somebody signs in; theirs is the same on every device. It is told to
    that network alone, and gone with everything else (T-102).
    """
    with_providers(shop, impact={})
    path = shop.page(src="/t.js")
    other = chromium.new_context(user_agent=AGENT).new_page()
    for each in (page, other):
        each.goto(shop.at(path + "?im_ref=X", "localhost"))
        settled(each)
    (own,), (theirs,) = profiles(page, 1), profiles(other, 1)
    assert (own[:5], theirs[:5], len(own)) == ("anon:", "anon:", 41)
    assert own != theirs
    page.goto(shop.at(path, "localhost"))
    settled(page)
    assert profiles(page, 1) == [own]
    long = "u" * 66
    for each in (page, other):
        each.evaluate("long => { headwater.identify('u1'); headwater.identify(long) }", long)
    signed_in = ["user:u1", "user:" + hashlib.sha1(long.encode()).hexdigest()]
    assert profiles(page, 3) == [own, *signed_in]
    assert profiles(other, 3) == [theirs, *signed_in]
    assert own[5:] not in json.dumps([each.body for each in shop.posts])
    assert own[5:] != page.evaluate("headwater.visitor()")
    page.evaluate("headwater.consent('denied')")
    assert own[5:] not in page.evaluate("JSON.stringify(localStorage)")
    other.context.close()


@pytest.mark.parametrize(
    ("email", "digest"),
    [
        (" User@Example.com ", "63a710569261a24b3766275b7000ce8d7b32e2f7"),
        ("firebase@example.com", "2a2f2883bb1c5dd4ec5d18d95630834744609a7e"),
        ("apikey@example.com", "76ce7ed8519b3ab66d7520bbc3c4efcdff657028"),
        ("   ", ""),
    ],
)
def test_an_email_leaves_the_page_only_hashed(
    shop: Shop, page: Page, email: str, digest: str
) -> None:
    """A-18, T-22, T-23, A-17."""
    with_providers(shop, impact={})
    path = shop.page(src="/t.js")
    page.goto(shop.at(path, "localhost"))  # where there is WebCrypto
    settled(page)
    identified(page, 1)
    page.evaluate("email => headwater.identify('u1', {email})", email)
    last = identified(page, 2)[-1]
    assert last == ["identify", {"customerId": "u1", "customerEmail": digest}]


def test_without_a_way_to_hash_an_email_is_left_out(shop: Shop, page: Page) -> None:
    """T-22, T-120: plain http has no WebCrypto; and the same is said once."""
    with_providers(shop, impact={})
    visit(shop, page)
    identified(page, 1)
    page.evaluate("headwater.identify('u1', {email: 'a@b.test'})")
    page.evaluate("headwater.identify('u1', {email: 'a@b.test'})")
    page.wait_for_timeout(50)
    expected = ["identify", {"customerId": "u1", "customerEmail": ""}]
    assert identified(page, 2)[1:] == [expected]


def test_a_queue_that_is_there_stays(shop: Shop, page: Page) -> None:
    """T-18, T-17: and a script that is there is not loaded again."""
    with_providers(shop, impact={"scriptUrl": shop.at("/vendor/impact.js")})
    shop.scripts["/vendor/impact.js"] += "window.loads = (window.loads || 0) + 1"
    own = "<script>window.ire = function () { (ire.a = ire.a || []).push(arguments) };"
    own += f"ire('mine')</script><script src={shop.at('/vendor/impact.js')}></script>"
    visit(shop, page, own)
    assert [call[0] for call in identified(page, 2)] == ["mine", "identify"]
    assert page.evaluate("window.loads") == 1


def test_tag_manager_and_gtag(shop: Shop, page: Page) -> None:
    """T-57, T-58, T-60, T-61, T-62, T-66, T-67."""
    with_providers(shop, gtm={})
    page.goto(shop.at(shop.page() + "?im_ref=X"))
    sent(shop)
    settled(page)
    page.wait_for_function("window.loaded?.length == 2")
    page.evaluate("headwater.beginCheckout({tier: 'nobody'})")
    page.wait_for_timeout(400)  # Google is asked, and says nothing
    page.evaluate(
        """async () => {
          headwater.beginCheckout({tier: 'pro'});
          headwater.identify('u7', {email: ' A@B.test '});
          headwater.conversion('execution_error', {error: 'e'.repeat(300)});
        }"""
    )
    page.wait_for_function("dataLayer.some((each) => each.event == 'begin_checkout')")
    layer = page.evaluate("dataLayer.map((each) => each.length ? ['arguments', ...each] : each)")
    commands = [each for each in layer if isinstance(each, list)]
    assert commands[0][:2] == ["arguments", "js"]
    assert commands[1] == ["arguments", "config", "G-1", {"send_page_view": False}]
    pushed = [each for each in layer if isinstance(each, dict)]
    assert pushed[0]["event"] == "gtm.js"
    assert isinstance(pushed[0]["gtm.start"], int)
    view = {"page_title": "Shop", "page_location": shop.at("/?im_ref=X"), "page_referrer": ""}
    assert pushed[1] == {"event": "page_view"} | view
    assert {"user_data": {"email": "a@b.test"}} in pushed
    assert {"user_id": "u7"} in pushed
    (failed,) = [each for each in pushed if each.get("event") == "execution_error"]
    assert failed["error"] == "e" * 100
    checkouts = [each for each in pushed if each.get("event") == "begin_checkout"]
    expected = {"event": "begin_checkout", "user_id": "u7", "im_ref": "X", "tier": "pro"}
    assert checkouts == [expected]


def test_gtag_alone_pushes_no_events(shop: Shop, page: Page) -> None:
    """T-58."""
    with_providers(shop, gtm={"containerId": ""})
    visit(shop, page)
    page.wait_for_function("window.loaded?.length == 1")
    page.evaluate("headwater.conversion('x')")
    assert page.evaluate("dataLayer.filter((each) => each.event)") == []


@pytest.mark.parametrize(
    ("name", "event"), [("mixpanel", "track"), ("posthog", "capture")], ids=["mixpanel", "posthog"]
)
def test_analytics_hear_all_in_order_once_they_are_there(
    shop: Shop, page: Page, name: str, event: str
) -> None:
    """T-64: kept until the library says so; a call that fails spoils no other."""
    with_providers(shop, **{name: {}})
    visit(shop, page)
    page.wait_for_function("!!window.release")
    page.evaluate("headwater.identify('u1'); headwater.conversion('one', {share_id: 1, a: 2})")
    page.evaluate("headwater.conversion('bad'); headwater.conversion('two')")
    assert page.evaluate("calls") == []
    page.evaluate("release(); headwater.conversion('three')")
    calls = [each for each in page.evaluate("calls") if each[1] != "$pageview"]
    shown = {"a": 2} if name == "mixpanel" else {"share_id": 1, "a": 2}
    assert calls == [
        ["identify", "u1"],
        [event, "one", shown],
        [event, "bad", {}],
        [event, "two", {}],
        [event, "three", {}],
    ]
    options = page.evaluate("[window.token, options.api_host]")
    assert options == {"mixpanel": ["mp", "/mp"], "posthog": ["ph", "/ph"]}[name]


def test_mixpanels_options_and_events_that_are_off(shop: Shop, page: Page) -> None:
    """T-64."""
    with_providers(shop, mixpanel={"disabledEvents": ["app:noise"]})
    visit(shop, page)
    page.wait_for_function("!!window.release")
    page.evaluate("release(); headwater.conversion('app:noise')")
    page.evaluate("headwater.conversion('survey_submitted', {a: 1})")
    said = [["track", "survey_submitted", {"a": 1}], ["people", {"a": 1}]]
    assert page.evaluate("calls") == said
    options = page.evaluate("({...options, loaded: 0})")
    assert options == {
        "api_host": "/mp",
        "persistence": "cookie",
        "cross_subdomain_cookie": True,
        "track_pageview": True,
        "loaded": 0,
    }


def test_a_queue_for_analytics_is_bounded(shop: Shop, page: Page) -> None:
    """T-112."""
    with_providers(shop, mixpanel={})
    visit(shop, page)
    page.wait_for_function("!!window.release")
    page.evaluate("for (let i = 0; i < 150; i++) headwater.conversion('e' + i); release()")
    names = page.evaluate("calls.map((each) => each[1])")
    assert names == [f"e{number}" for number in range(50, 150)]


def test_a_provider_that_is_missing_takes_no_other_along_and_is_tried_again(
    shop: Shop, page: Page
) -> None:
    """A-23, T-5, T-6, T-13, T-14: what was made is not made twice."""
    with_providers(shop, impact={}, gtm={})
    shop.missing = {"impact-vendor"}
    visit(shop, page)
    views = "dataLayer.filter((each) => each.event == 'page_view').length"
    page.wait_for_function(f"window.dataLayer && {views} == 1")
    assert page.evaluate("window.ire") is None
    shop.missing = set()
    page.evaluate("headwater.page('/again')")
    page.wait_for_function("!!window.ire")
    page.evaluate("headwater.page('/third')")
    page.wait_for_function(f"{views} == 3")
    assert page.evaluate("dataLayer.filter((each) => each.event == 'gtm.js').length") == 1
    assert [call[0] for call in identified(page, 1)] == ["identify"]


def test_a_provider_that_throws_spoils_nothing(shop: Shop, page: Page) -> None:
    """A-23, T-7, T-8, T-10, T-107."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    with_providers(shop, gtm={}, impact={})
    broken = "<script>window.dataLayer = Object.assign([], {push(each) {"
    broken += " if (each.event == 'page_view') throw new Error('theirs');"
    broken += " return Array.prototype.push.call(this, each); }})</script>"
    visit(shop, page, broken)
    assert [call[0] for call in identified(page, 1)] == ["identify"]
    assert errors == []


def test_a_burst_before_the_chunk_is_there_is_bounded(shop: Shop, page: Page) -> None:
    """T-112, T-108: the last hundred, in order."""
    with_providers(shop, gtm={})
    burst = "<script>for (let i = 0; i < 150; i++) headwater('conversion', 'e' + i)</script>"
    visit(shop, page, burst)
    page.wait_for_function("window.dataLayer?.some((each) => each.event == 'e149')")
    names = page.evaluate("dataLayer.map((each) => each.event).filter((each) => /^e/.test(each))")
    assert names == [f"e{number}" for number in range(150 - len(names), 150)]
    assert 90 <= len(names) <= 100


POLICY = (
    "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src {own}; img-src data:;"
    " base-uri 'none'; require-trusted-types-for 'script'; trusted-types headwater"
)


def test_under_a_strict_policy_all_of_it_works(shop: Shop, page: Page) -> None:
    """T-122, T-123, T-107."""
    violations: list[str] = []
    page.on("console", lambda message: violations.append(message.text))
    with_providers(shop, impact={}, gtm={}, mixpanel={}, posthog={})
    path = shop.page("<p id=there></p>")
    shop.pages[path] = shop.pages[path].replace("<script", "<script nonce=abc")
    shop.headers = {"content-security-policy": POLICY.format(own=shop.at("", "track.shop.test"))}
    page.goto(shop.at(path + "?im_ref=X"))
    sent(shop)
    nonces = "[...document.scripts].map((each) => each.nonce)"
    wait_until(lambda: page.evaluate(nonces) == ["abc"] * 7)
    wait_until(lambda: len(shop.asked("/vendor/")) == 5)
    assert not [text for text in violations if "olicy" in text]
