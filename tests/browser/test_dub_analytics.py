"""Pages written for `@dub/analytics`: its loader from npm, our script, a real browser."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Site, needs_chromium, needs_loader
from tests.http.world import World
from tests.support import DOMAIN, wait_until

pytestmark = [needs_chromium, needs_loader]

SHOP = "shop.test"


def build(site: Site, world: World, body: str = "", **options: Any) -> str:
    """A page that injects the script as the package's README says; its path."""
    api = world.server.url
    options = {"apiHost": api, "scriptProps": {"src": f"{api}/scripts/dub.js"}} | options
    path = f"/{world.name('page')}"
    site.pages[path] = (
        f"<!doctype html><title>Shop</title><script type=module>import {{ inject }} from"
        f" '/loader.js'; inject({json.dumps(options)});</script>{body}"
    )
    return path


def cookie(page: Page, name: str = "dub_id") -> str:
    found = [each for each in page.context.cookies() if each["name"] == name]
    return found[0]["value"] if found else ""


def kept(page: Page, name: str = "dub_id") -> str:
    return wait_until(lambda: cookie(page, name))


def test_a_referral_is_a_click_and_the_partner_is_known(
    site: Site, world: World, page: Page
) -> None:
    link = world.link()
    path = build(site, world, domainsConfig={"refer": DOMAIN})
    page.goto(site.at(SHOP, f"{path}?via={link['key']}"))
    click_id = kept(page)
    assert world.again(link)["clicks"] == 1
    partner = "window.DubAnalytics.partner"
    assert page.evaluate(f"{partner}.name") == "Pat"
    (stored,) = [each for each in page.context.cookies() if each["name"] == "dub_id"]
    assert stored["domain"] == f".{SHOP}"
    assert stored["sameSite"] == "Lax"
    assert 89 < (stored["expires"] - page.evaluate("Date.now()") / 1000) / 86400 < 91
    # The next page knows both, and who asks to be told when they are known is told.
    page.goto(site.at(SHOP, build(site, world, domainsConfig={"refer": DOMAIN})))
    page.wait_for_function(f"window.DubAnalytics && {partner}")
    page.evaluate("window.dubAnalytics('ready', () => { window.told = true; })")
    assert page.evaluate("window.told") is True
    assert (cookie(page), world.again(link)["clicks"]) == (click_id, 1)


def test_who_asked_before_the_script_came_is_told(site: Site, world: World, page: Page) -> None:
    link = world.link()
    stub = "<script>window.dubAnalytics = function () {"
    stub += " (dubAnalytics.q = dubAnalytics.q || []).push(arguments); };"
    stub += " dubAnalytics('ready', () => { window.told = DubAnalytics.partner.id; });</script>"
    path = build(site, world, stub, domainsConfig={"refer": DOMAIN})
    page.goto(site.at(SHOP, f"{path}?via={link['key']}"))
    page.wait_for_function("window.told")
    assert page.evaluate("window.told") == world.partner["id"]


def test_redirect_and_script_hand_out_the_same_click(site: Site, world: World, page: Page) -> None:
    path = build(site, world, domainsConfig={"refer": DOMAIN})
    link = world.link(url=site.at(SHOP, path))
    edge = f"http://{DOMAIN}:{urlsplit(world.server.url).port}/{link['key']}"
    page.goto(edge)
    (click_id,) = parse_qs(urlsplit(page.url).query)["hw_id"]
    page.goto(site.at(SHOP, f"{path}?dub_id={click_id}&via={link['key']}"))
    assert kept(page) == click_id
    page.wait_for_function("window.DubAnalytics && window.DubAnalytics.partner")
    assert world.again(link)["clicks"] == 1


def test_the_click_of_the_redirect_is_kept_under_either_name(
    site: Site, world: World, page: Page
) -> None:
    """A workspace calls it `hw_id` unless it was told otherwise."""
    path = build(site, world)
    link = world.link(url=site.at(SHOP, path))
    page.goto(f"http://{DOMAIN}:{urlsplit(world.server.url).port}/{link['key']}")
    (click_id,) = parse_qs(urlsplit(page.url).query)["hw_id"]
    assert kept(page) == click_id
    page.goto(site.at(SHOP, f"{path}?hw_id=ours&dub_id=theirs"))
    wait_until(lambda: cookie(page) == "theirs")


def test_a_page_reports_lead_and_sale_by_the_click_of_the_cookie(
    site: Site, world: World, page: Page
) -> None:
    link, customer = world.link(), world.name("u")
    path = build(
        site,
        world,
        domainsConfig={"refer": DOMAIN},
        publishableKey=world.page.key,
    )
    page.goto(site.at(SHOP, f"{path}?via={link['key']}"))
    kept(page)
    lead = {"eventName": "Sign up", "customerExternalId": customer}
    page.evaluate("lead => window.dubAnalytics.trackLead(lead)", lead)
    wait_until(lambda: world.again(link)["leads"] == 1)
    sale = {"eventName": "Bought", "customerExternalId": customer, "amount": 2900}
    page.evaluate("sale => window.dubAnalytics.trackSale(sale)", sale)
    wait_until(lambda: world.again(link)["saleAmount"] == 2900)


def test_calls_made_before_the_script_came_are_made(site: Site, world: World, page: Page) -> None:
    link, customer = world.link(), world.name("u")
    world.lead(world.click(link), customer)
    sale = {"customerExternalId": customer, "eventName": "Bought", "amount": 700}
    early = f"<script type=module>window.dubAnalytics.trackSale({json.dumps(sale)});</script>"
    page.goto(site.at(SHOP, build(site, world, early, publishableKey=world.page.key)))
    wait_until(lambda: world.again(link)["saleAmount"] == 700)


def test_a_click_is_reported_by_hand_once(site: Site, world: World, page: Page) -> None:
    link = world.link()
    page.goto(site.at(SHOP, build(site, world)))
    page.wait_for_function("window.DubAnalytics")
    of = {"domain": DOMAIN, "key": link["key"]}
    page.evaluate("of => { dubAnalytics.trackClick(of); dubAnalytics.trackClick(of); }", of)
    assert kept(page)
    assert world.again(link)["hits"] == 1


def test_a_visit_of_a_page_with_a_link_is_a_click(site: Site, world: World, page: Page) -> None:
    path = build(site, world, domainsConfig={"site": DOMAIN})
    link = world.link(key=path.strip("/"))
    page.goto(site.at(SHOP, path))
    first = kept(page)
    page.goto(site.at(SHOP, path))
    page.wait_for_function("window.DubAnalytics")
    assert (cookie(page), world.again(link)["hits"]) == (first, 1)


def test_links_to_the_owners_other_sites_carry_the_click(
    site: Site, world: World, page: Page
) -> None:
    body = (
        '<a id=out href="http://www.app.test/in?a=1">app</a>'
        '<a id=below href="http://eu.docs.test/">docs</a>'
        '<a id=apex href="http://docs.test/">docs</a>'
        '<a id=else href="http://else.test/">else</a>'
        f'<a id=own href="http://{SHOP}/next">next</a>'
        '<iframe id=frame src="http://app.test/frame"></iframe>'
        '<iframe id=doc srcdoc="<a href=http://app.test/within>in</a>"></iframe>'
    )
    domains = {"outbound": ["app.test", "*.docs.test", SHOP]}
    page.goto(site.at(SHOP, build(site, world, body, domainsConfig=domains) + "?dub_id=abc"))
    page.wait_for_function("document.querySelector('#out').href.includes('dub_id')")
    told = {
        name: page.evaluate(f"document.querySelector('#{name}').{what}")
        for name, what in {
            "out": "href",
            "below": "href",
            "apex": "href",
            "else": "href",
            "own": "href",
            "frame": "src",
        }.items()
    }
    assert told == {
        "out": "http://www.app.test/in?a=1&dub_id=abc",
        "below": "http://eu.docs.test/?dub_id=abc",
        "apex": "http://docs.test/",
        "else": "http://else.test/",
        "own": f"http://{SHOP}/next",
        "frame": "http://app.test/frame?dub_id=abc",
    }
    page.wait_for_function(
        "document.querySelector('#doc').contentDocument.querySelector('a').href.includes('dub_id')"
    )
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<a id=late href=http://app.test/late>l</a>');"
        "history.pushState({}, '', '/elsewhere')"
    )
    assert page.evaluate("document.querySelector('#late').href").endswith("late?dub_id=abc")


@pytest.mark.parametrize(
    ("model", "expected"), [("first-click", "first"), ("last-click", "second"), (None, "second")]
)
def test_the_first_click_stays_where_it_is_the_one_that_counts(
    site: Site, world: World, page: Page, model: str | None, expected: str
) -> None:
    options = {"attributionModel": model} if model else {}
    path = build(site, world, **options)
    for click_id in ("first", "second"):
        page.goto(site.at(SHOP, f"{path}?dub_id={click_id}"))
        page.wait_for_function("window.DubAnalytics")
    assert cookie(page) == expected


def test_a_page_with_blocked_storage_or_without_answers_goes_on(
    site: Site, world: World, page: Page
) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    path = build(site, world, "<h1>Shop</h1>", apiHost="http://127.0.0.1:9")
    page.add_init_script(
        "Object.defineProperty(document, 'cookie', {get() { throw new Error('blocked'); }})"
    )
    page.goto(site.at(SHOP, f"{path}?via=nobody"))
    page.wait_for_timeout(200)
    assert page.inner_text("h1") == "Shop"
    page.evaluate("window.dubAnalytics.trackLead({eventName: 'x', customerExternalId: 'y'})")
    assert errors == []
