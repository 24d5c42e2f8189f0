"""Checkouts that Stripe hosts are handed the click (T-95)."""

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route

from tests.browser.conftest import needs_chromium, needs_tag
from tests.browser.ebb import query_of
from tests.browser.shop import Shop
from tests.browser.test_tag import settled
from tests.support import wait_until

pytestmark = [needs_chromium, needs_tag]

PAY = "https://buy.stripe.com/test_1"
BODY = f"""
<a id=plain href="{PAY}?prefilled_email=a%40b.test">Buy</a>
<a id=own href="{PAY}?client_reference_id=mine">Buy</a>
<a id=other href="https://else.test/">Away</a>
<stripe-pricing-table id=table></stripe-pricing-table>
<stripe-buy-button id=button client-reference-id=mine></stripe-buy-button>
<button onclick="headwater('consent', 'denied')">No</button>
"""
REFERENCE = "document.getElementById('{}').getAttribute('client-reference-id')"


def visit(shop: Shop, page: Page, query: str = "?via=pat", **data: str) -> list[str]:
    """Where links lead; the piece is there."""
    followed: list[str] = []

    def answer(route: Route) -> None:
        followed.append(route.request.url)
        route.fulfill(body="Pay here")

    for host in ("https://buy.stripe.com/**", "https://else.test/**"):
        page.route(host, answer)
    page.goto(shop.at(shop.page(BODY, **{"with": "stripe"} | data) + query))
    settled(page)
    wait_until(lambda: shop.asked("/t/stripe-"))
    return followed


def reference(page: Page, name: str) -> Any:
    return page.evaluate(REFERENCE.format(name))


def test_payment_links_carry_the_click_of_the_moment(shop: Shop, page: Page) -> None:
    """T-95, T-94, T-80: what the page said itself stays, and other links are left alone."""
    shop.answer["clickId"] = "clk_1"
    followed = visit(shop, page)
    page.wait_for_function(REFERENCE.format("table"))
    expected = [
        ("plain", {"prefilled_email": "a@b.test", "client_reference_id": "dub_id_clk_1"}),
        ("own", {"client_reference_id": "mine"}),
        ("other", {}),
    ]
    for name, query in expected:
        page.click(f"#{name}")
        wait_until(lambda: followed)
        assert query_of(followed.pop()) == query
        page.goto(shop.at("/"))
        page.wait_for_function(REFERENCE.format("table"))


def test_tables_and_buttons_are_marked_also_when_they_come_later(shop: Shop, page: Page) -> None:
    """T-95, T-102: and no longer once the visitor takes their consent back."""
    shop.answer["clickId"] = "clk_1"
    visit(shop, page)
    page.wait_for_function(REFERENCE.format("table"))
    assert reference(page, "table") == "dub_id_clk_1"
    assert reference(page, "button") == "mine"
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<stripe-buy-button id=late>')")
    page.wait_for_function(REFERENCE.format("late"))
    page.click("button")
    page.wait_for_function(f"!{REFERENCE.format('late')}")
    assert [reference(page, name) for name in ("table", "button")] == [None, "mine"]


def test_without_a_click_or_consent_nothing_is_handed_on(shop: Shop, page: Page) -> None:
    """T-101, T-80: never empty."""
    shop.answer["clickId"] = "clk_1"
    followed = visit(shop, page, consent="unknown")
    page.click("#plain")
    wait_until(lambda: followed)
    assert query_of(followed[0]) == {"prefilled_email": "a@b.test"}
    shop.answer["clickId"] = "not what / Stripe takes"
    followed = visit(shop, page, query="?via=sue")
    page.dispatch_event("#table", "pointerover")
    assert reference(page, "table") is None
    page.click("#plain")
    wait_until(lambda: followed)
    assert urlsplit(followed[0]).query == "prefilled_email=a%40b.test"


def test_a_grant_on_the_page_is_enough(shop: Shop, page: Page) -> None:
    """T-101. Where the answer takes longer than the tag waits, from when somebody points at it."""
    shop.answer["clickId"] = "clk_1"
    visit(shop, page, consent="unknown")
    assert reference(page, "table") is None
    page.evaluate(
        "document.querySelector('button').onclick = () => headwater('consent', 'granted')"
    )
    page.click("button")
    wait_until(lambda: pointed_at(page, "table") == "dub_id_clk_1")


def pointed_at(page: Page, name: str) -> str | None:
    page.dispatch_event(f"#{name}", "pointerover")
    return reference(page, name)
