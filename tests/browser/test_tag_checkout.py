"""What a checkout is handed: section by section, and never late."""

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import needs_chromium, needs_tag
from tests.browser.shop import Shop
from tests.browser.test_tag import kept, sent, settled

pytestmark = [needs_chromium, needs_tag]

LANDING = "?im_ref=X&utm_source=s&utm_medium=m&utm_campaign=c&utm_term=t&utm_content=o&gclid=G"
LANDING += "&gbraid=B&wbraid=W&fbclid=F&impact_click_id=no&via=pat"
KEYS = {
    "im_ref": "X",
    "utm_source": "s",
    "utm_medium": "m",
    "utm_campaign": "c",
    "utm_term": "t",
    "utm_content": "o",
    "gclid": "G",
    "gbraid": "B",
    "wbraid": "W",
}
STUB_OF_IMPACT = "window.ire = function () { (ire.a = ire.a || []).push(arguments); };"
GTAG = "window.gtag = (get, id, field, answer) => answer("
GTAG += "{client_id: 'C.1', session_id: 1700000000, session_number: 3}[field]);"


def landed(shop: Shop, page: Page, query: str = LANDING, script: str = "") -> None:
    page.goto(shop.at(shop.page(f"<script>{script}</script>") + query))
    settled(page)


def checkout(page: Page) -> dict[str, str]:
    """What a backend would be sent; at most 600 ms later (T-41, T-119), so before a timer of 700:
    where the machine is late, both are.
    """
    timed = """async () => {
      let late = false;
      setTimeout(() => { late = true; }, 700);
      const found = await headwater.getCheckoutAttribution();
      return [JSON.parse(JSON.stringify(found)), late];
    }"""
    found, late = page.evaluate(timed)
    assert not late
    return found


def never(_: Route) -> None:
    """A file that does not come."""


def test_all_keys_in_order_and_no_other(shop: Shop, page: Page) -> None:
    """T-28, T-36, T-40: also on a later page without a query."""
    landed(shop, page)
    assert list(checkout(page).items()) == list(KEYS.items())
    page.goto(shop.at("/"))
    settled(page)
    assert checkout(page) == KEYS


def test_two_visits_are_not_blended(shop: Shop, page: Page) -> None:
    """T-42: of the last visit that has any of the keys, all and only its own."""
    landed(shop, page, "?im_ref=first&utm_source=a")
    landed(shop, page, "?gclid=second")
    landed(shop, page, "?fbclid=third")
    assert checkout(page) == {"gclid": "second"}


def test_nobody_known_is_an_empty_object(shop: Shop, page: Page) -> None:
    """T-88, T-35."""
    landed(shop, page, "")
    assert checkout(page) == {}
    assert page.evaluate("headwater.getAttribution()") == {}


def test_a_generated_click_id_wins_and_is_kept_beside(shop: Shop, page: Page) -> None:
    """T-38, T-47: what the address said is still there, and is what the server was told."""
    landed(shop, page, "?im_ref=X", "window.ire = (command, answer) => answer('made')")
    assert checkout(page) == {"im_ref": "made"}
    (touch,) = kept(page)["touches"]
    assert (touch["found"]["ids"]["im_ref"], touch["made"]) == ("X", "made")
    page.evaluate("delete window.ire")
    assert checkout(page) == {"im_ref": "made"}
    assert sent(shop)[0]["ids"] == {"im_ref": "X"}


def test_a_generated_click_id_needs_no_landing(shop: Shop, page: Page) -> None:
    """T-38."""
    landed(shop, page, "", "window.ire = (command, answer) => setTimeout(answer, 50, 'made')")
    assert checkout(page) == {"im_ref": "made"}
    page.evaluate("delete window.ire")
    assert checkout(page) == {"im_ref": "made"}
    assert shop.posts == []


@pytest.mark.parametrize(
    "ire",
    [
        STUB_OF_IMPACT,
        "window.ire = () => { throw new Error('theirs'); }",
        "window.ire = (command, answer) => answer(7)",
        "window.ire = (command, answer) => answer('')",
        "window.ire = (command, answer) => setTimeout(answer, 550, 'late')",
        "window.ire = 'nothing of the kind'",
    ],
)
def test_without_a_generated_one_the_address_decides(shop: Shop, page: Page, ire: str) -> None:
    """T-37, T-39."""
    landed(shop, page, "?im_ref=X", ire)
    assert checkout(page) == {"im_ref": "X"}


def test_googles_identity_is_asked_for_never_read(shop: Shop, page: Page) -> None:
    """T-48, T-50, T-51: numbers become strings."""
    shop.config["providers"] = {"gtm": {"measurementId": "G-1", "scriptUrl": "/vendor"}}
    shop.scripts["/vendor/gtag/js"] = ""
    landed(shop, page, "?gclid=G", GTAG + "document.cookie = '_ga=GA1.1.stolen'")
    assert checkout(page) == {
        "gclid": "G",
        "ga_client_id": "C.1",
        "ga_session_id": "1700000000",
        "ga_session_number": "3",
    }


@pytest.mark.parametrize(
    "gtag", ["() => {}", "() => { throw new Error(); }", "(a, b, c, answer) => answer(null)"]
)
def test_googles_silence_holds_nothing_up(shop: Shop, page: Page, gtag: str) -> None:
    """T-50, T-53."""
    shop.config["providers"] = {"gtm": {"measurementId": "G-1", "scriptUrl": "/vendor"}}
    shop.scripts["/vendor/gtag/js"] = ""
    landed(shop, page, "?gclid=G", f"window.gtag = {gtag}")
    assert checkout(page) == {"gclid": "G"}


READY = "window.rewardful = (method, ready) => setTimeout(() => {"
READY += " window.Rewardful = {referral: 'uuid-2'}; ready(); }, 50)"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("window.Rewardful = {referral: 'uuid-1'}", {"rewardful_referral": "uuid-1"}),
        (READY, {"rewardful_referral": "uuid-2"}),
        ("window.Rewardful = {referral: ''}; window.rewardful = (m, ready) => ready()", {}),
        ("window.rewardful = () => {}", {}),
        ("window.rewardful = (m, ready) => ready()", {}),
        ("window.Rewardful = {referral: 7}", {}),
    ],
)
def test_a_referral_of_rewardful_goes_along(
    shop: Shop, page: Page, script: str, expected: dict[str, str]
) -> None:
    """T-52, T-53, T-54, T-55."""
    landed(shop, page, "?im_ref=X&via=not-a-referral", script)
    assert checkout(page) == {"im_ref": "X"} | expected
    assert "uuid" not in str(kept(page))


def test_a_chunk_on_a_slow_line_costs_the_ceiling_and_no_more(shop: Shop, page: Page) -> None:
    """T-41, T-69, T-119."""
    page.route("**/page-*.js", never)
    landed(shop, page)
    assert checkout(page) == {}
    held = page.evaluate("headwater.getAttribution({timeoutMs: 1e9})")
    assert held["im_ref"] == "X"


def test_attribution_is_there_while_the_server_thinks(shop: Shop, page: Page) -> None:
    """T-119: all of the last touch, as strings, whatever the server does."""
    page.route("**/t/send-*.js", never)
    page.goto(shop.at(shop.page() + LANDING))
    page.wait_for_function("localStorage.headwater?.includes('im_ref')")
    expected = KEYS | {"fbclid": "F", "partner": "pat", "visitor": ""}
    assert page.evaluate("headwater.getAttribution({timeoutMs: 50})") == expected
    assert checkout(page) == KEYS


def test_who_uses_this_browser_next_inherits_nothing(shop: Shop, page: Page) -> None:
    """T-45: what one user claimed is not another's; what came since is."""
    shop.answer["clickId"] = "clk_1"
    landed(shop, page, "?im_ref=hers")
    page.evaluate("headwater.identify('she')")
    page.wait_for_function("localStorage.headwater.includes('owner')")
    landed(shop, page, "?im_ref=his")
    page.evaluate("headwater.identify('he')")
    page.wait_for_function("!localStorage.headwater.includes('hers')")
    assert checkout(page) == {"im_ref": "his"}
    page.evaluate("headwater.identify('it')")
    page.wait_for_function("!localStorage.headwater.includes('his')")
    assert checkout(page) == {}
    assert "clk_1" not in str(kept(page))


def test_links_to_the_owners_other_sites_carry_the_click(shop: Shop, page: Page) -> None:
    """T-93, T-94: written as they are followed, and never over what is there."""
    shop.config["outbound"] = ["app.test"]
    targets = {
        "out": "http://eu.app.test/in?a=1#x",
        "there": "http://app.test/?hw_id=theirs",
        "else": "http://notapp.test/",
        "own": "/next",
    }
    links = "".join(f"<a id={name} href='{url}'>x</a>" for name, url in targets.items())
    page.goto(shop.at(shop.page(links + "<a>none</a>") + "?hw_id=clk_1"))
    settled(page)
    page.wait_for_function(
        "performance.getEntriesByType('resource').some((r) => /page-/.test(r.name))"
    )
    page.evaluate("addEventListener('click', (event) => event.preventDefault())")
    hrefs = "[...document.links].map((each) => each.href)"
    before = page.evaluate(hrefs)
    for name in targets:
        page.click(f"#{name}")
    after = page.evaluate(hrefs)
    assert after[0] == "http://eu.app.test/in?a=1&hw_id=clk_1#x"
    assert after[1:] == before[1:]


def test_marked_forms_send_along_who_it_is(shop: Shop, page: Page) -> None:
    """T-131: as known when they are sent."""
    form = "<form data-headwater method=post action=/sent></form><form id=other></form>"
    shop.answer["clickId"] = "clk_1"
    shop.page(form + "<script>headwater('forms')</script>")
    page.goto(shop.at("/"))
    settled(page)
    page.wait_for_selector("input[name=headwater_click]", state="attached")
    page.evaluate("headwater.page('/?via=pat')")
    settled(page)
    page.evaluate("addEventListener('submit', (event) => event.preventDefault())")
    page.evaluate("document.forms[0].requestSubmit(); document.forms[0].requestSubmit()")
    given = page.evaluate("[...new FormData(document.forms[0])]")
    assert given == [
        ["headwater_visitor", "made-by-the-server-0123456789"],
        ["headwater_click", "clk_1"],
    ]
    assert page.evaluate("document.forms[1].elements.length") == 0
