"""The tag and the server it is served by, together."""

from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser.conftest import Site, needs_chromium, needs_tag
from tests.browser.test_tag import settled
from tests.http.world import World

pytestmark = [needs_chromium, needs_tag]

SHOP = "www.shop.test"


def land(site: Site, world: World, page: Page, query: str, host: str = "track.shop.test") -> None:
    """On a page of the shop, with the tag from a name of the server's."""
    src = f"http://{host}:{urlsplit(world.server.url).port}/t.js"
    path = f"/{world.name('page')}"
    tag = f'<script async src="{src}" data-key="{world.page.key}"></script>'
    site.pages[path] = f"<!doctype html><title>Shop</title>{tag}"
    page.goto(site.at(SHOP, path + query))
    page.wait_for_function("!!window.headwater?.visitor")
    settled(page)


def signed_up(world: World, visitor: str) -> tuple[str, dict[str, str]]:
    """A new customer, and what they came by, as the backend learns it."""
    customer = world.name("u")
    body = {"customerExternalId": customer, "visitorId": visitor}
    said = world.client.post("/track/signup", body)
    found = {each["provider"]: each["identifier"] for each in said["attributions"]}
    return said["customer"]["id"], found


def cookie(page: Page, name: str) -> dict:
    (found,) = [each for each in page.context.cookies() if each["name"] == name]
    return found


def test_a_landing_becomes_the_customers(site: Site, world: World, page: Page) -> None:
    """T-96, T-83: one partner code, one network's id, one person; the page knows whom to thank."""
    link = world.link()
    land(site, world, page, f"?via={link['key']}&im_ref=X")
    thanked = (
        "new Promise((done) => headwater.ready(({partner, clickId}) => done([partner, clickId])))"
    )
    partner, click_id = page.evaluate(thanked)
    assert partner["name"] == "Pat"
    assert world.again(link)["clicks"] == 1
    durable = cookie(page, "hw_visitor")
    assert (durable["domain"], durable["httpOnly"]) == (".shop.test", True)
    assert durable["value"].startswith(page.evaluate("headwater.visitor()"))
    _, found = signed_up(world, durable["value"])
    assert found == {"impact": "X", "headwater": click_id}


def test_on_a_domain_of_links_the_tag_is_there_too(site: Site, world: World, page: Page) -> None:
    """T-83: it is the merchant's own host; and a link that is called `t` stays one."""
    domain = f"go.{world.name('d')}.test"
    world.client.post("/domains", {"slug": domain})
    world.link(domain=domain, key="t")
    land(site, world, page, "?gclid=G", domain)
    _, found = signed_up(world, page.evaluate("headwater.visitor()"))
    assert found == {"google": "G"}
    answer = world.client.click("t", domain=domain)
    assert answer.status == 302


def test_who_takes_it_back_leaves_nothing_at_the_server(
    site: Site, world: World, page: Page
) -> None:
    """T-102."""
    land(site, world, page, "?gclid=G")
    visitor = page.evaluate("headwater.visitor()")
    page.evaluate("headwater.consent('denied'); new Promise((done) => headwater.ready(done))")
    page.wait_for_function(
        "performance.getEntriesByType('resource').filter((r) => /t$/.test(r.name)).length == 2"
    )
    _, found = signed_up(world, visitor)
    assert found == {}


def test_a_page_of_somebody_else_is_refused_without_a_word(
    site: Site, world: World, page: Page
) -> None:
    """T-107: the allowed hosts are the workspace's; the page goes on."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    world.client.call("PATCH", "/workspaces/acme", {"allowedHostnames": ["else.test"]})
    try:
        land(site, world, page, "?gclid=G")
    finally:
        world.client.call("PATCH", "/workspaces/acme", {"allowedHostnames": []})
    assert page.evaluate("headwater.visitor()") == ""
    assert errors == []
