"""From a click to the partner's commission, through a site's own sign-in, on a real server."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.http.conftest import world, world_on_postgres, world_on_sqlite
from tests.http.world import World
from tests.site.browser import AGENT, Browser
from tests.site.shops import Shop, by_asgi, by_wsgi, loaded
from tests.site.standin import soon

__all__ = ["world", "world_on_postgres", "world_on_sqlite"]

SITE, APP = "https://www.shop.test", "https://app.shop.test"


@pytest.fixture(scope="module")
def shops(world: World) -> Iterator[dict[str, Shop]]:
    """One on each side of the gateway interfaces, both of the same workspace."""
    keys = (world.server.url, str(world.client.key), str(world.page.key))
    flask, starlette = loaded("flask_shop", *keys), loaded("starlette_shop", *keys)
    with by_wsgi(flask.app) as one, by_asgi(starlette.app) as other:
        yield {
            "flask": Shop("flask", one, flask),
            "starlette": Shop("starlette", other, starlette),
        }
        flask.client.close()


@pytest.fixture(params=["flask", "starlette"])
def browser(request: pytest.FixtureRequest, shops: dict[str, Shop]) -> Browser:
    """Somebody with a browser of their own: two with the same agent are one visitor of a link."""
    shop = shops[request.param]
    soon(lambda: shop.client.settings().consent)
    return Browser(shop.port, headers={"User-Agent": f"{AGENT} {World.name('v')}"})


def signed_in(browser: Browser, user: str, query: str = "") -> None:
    left = browser.get(f"{APP}/leave")
    state = parse_qs(urlsplit(left.header("location")).query)["state"][0]
    page = browser.get(f"{APP}/callback?code=code-of-{user}&state={state}{query}")
    assert browser.follow(page).text.startswith(user)


def signed_out(browser: Browser) -> None:
    kept = {"hw_visitor", "hw_done_app"}
    browser.jar = {key: cookie for key, cookie in browser.jar.items() if key[0] in kept}


def clicked(world: World, browser: Browser, link: Any, query: str = "") -> str:
    """A click on a short link, by the browser's agent, to the page it leads to."""
    answer = world.visit(link, agent=browser.headers["User-Agent"])
    browser.get(f"{SITE}/?hw_id={answer.click_id}{query}")
    return answer.click_id


def held(world: World, user: str) -> dict[str, str]:
    found = world.client.get(f"/customers/ext_{user}/attributions")
    return {each["provider"]: each["identifier"] for each in found}


def test_a_click_is_paid_for_after_a_sign_in(world: World, browser: Browser) -> None:
    """A-4, A-14: the touch is there with the customer, without waiting for anything."""
    user, link, mark = world.name("u"), world.link(), world.name("X:+%")
    click = clicked(world, browser, link, "&im_ref=" + mark.replace("%", "%25").replace("+", "%2B"))
    signed_in(browser, user)
    assert held(world, user) == {"headwater": click, "impact": mark}
    sale = world.sale(user, 10_000)
    receipt = world.receipt(sale["sale"]["id"])
    assert receipt["winner"]["linkId"] == link["id"]
    assert world.again(link)["leads"] == 1


def test_a_callback_posted_from_elsewhere_is_the_same_visitor(
    world: World, browser: Browser
) -> None:
    user, link = world.name("u"), world.link()
    click = clicked(world, browser, link)
    left = browser.get(f"{APP}/leave")
    state = parse_qs(urlsplit(left.header("location")).query)["state"][0]
    form = {"code": f"code-of-{user}", "state": state}
    browser.post(f"{APP}/callback", form, cross_site=True)
    assert held(world, user) == {"headwater": click}


def test_the_first_stays_and_a_later_first_is_told_once(world: World, browser: Browser) -> None:
    """A-3, A-26: an account without a click, then one with it, then another."""
    user = world.name("u")
    signed_in(browser, user)
    assert held(world, user) == {}
    signed_out(browser)
    browser.get(f"{SITE}/?im_ref=first")
    signed_in(browser, user)
    assert held(world, user) == {"impact": "first"}
    signed_out(browser)
    browser.get(f"{SITE}/?im_ref=second&gclid=G")
    signed_in(browser, user)
    assert held(world, user) == {"impact": "first", "google": "G"}


def test_the_address_goes_before_what_is_remembered(world: World, browser: Browser) -> None:
    """A-10."""
    user = world.name("u")
    browser.get(f"{SITE}/?im_ref=remembered")
    signed_in(browser, user, "&im_ref=of-the-address")
    assert held(world, user) == {"impact": "of-the-address"}


def test_who_was_recommended_did_not_come_by_an_affiliate(world: World, browser: Browser) -> None:
    """A-13: a referral token and a click id in one address are one referral touch."""
    user = world.name("u")
    browser.get(f"{SITE}/?_saasquatch=token&im_ref=X")
    signed_in(browser, user)
    assert "impact" not in held(world, user)
    touches = world.client.get(f"/customers/ext_{user}/touches")
    assert [touch["referral"] for touch in touches] == ["token"]


def test_nothing_of_one_user_goes_to_the_next(world: World, browser: Browser) -> None:
    """T-45: two users of one device, a touch of the first."""
    first, second = world.name("u"), world.name("u")
    clicked(world, browser, world.link(), "&im_ref=X")
    signed_in(browser, first)
    signed_out(browser)
    signed_in(browser, second)
    assert set(held(world, first)) == {"headwater", "impact"}
    assert held(world, second) == {}


def test_who_looks_around_is_nobody(world: World, browser: Browser) -> None:
    """A-9, A-16: neither a visit nor a second provider makes an attribution."""
    user = world.name("u")
    signed_in(browser, user)
    browser.get(f"{SITE}/?im_ref=X")
    left = browser.get(f"{APP}/leave")
    state = parse_qs(urlsplit(left.header("location")).query)["state"][0]
    browser.get(f"{APP}/callback?code=code-of-{user}&state={state}")
    assert held(world, user) == {}


def test_a_checkout_is_kept_for_the_payment(world: World, browser: Browser) -> None:
    """T-78 to T-82: what the processor gets back with the payment, and what the server holds."""
    user, link = world.name("u"), world.link()
    click = clicked(world, browser, link)
    place = f"{APP}/customers/cloud-subscription-checkout/pro"
    body = b'{"im_ref": "X", "utm_source": "n", "ga_session_id": 17, "novelty": 1}'
    headers = {"Authorization": f"Bearer {user}", "Content-Type": "application/json"}
    pages = [browser.ask("POST", place, body=body, headers=headers) for _ in range(2)]
    assert [page.status for page in pages] == [201, 201]
    assert pages[0].body == pages[1].body
    url = urlsplit(pages[0].text.split('"')[3])
    given = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert (given["im_ref"], given["ga_session_id"], given["hw_click"]) == ("X", "17", click)
    kept = world.client.get(f"/checkout/attribution{url.path}")
    assert kept["metadata"]["im_ref"] == "X"


def test_the_tags_path_leads_to_the_server(world: World, browser: Browser) -> None:
    config = browser.get(f"{SITE}/hw/config?key={world.page.key}")
    assert config.status == 200
    assert config.header("etag")
    event = {"type": "touch", "id": world.name("event"), "age": 0, "ids": {"gclid": "G"}}
    body = json.dumps({"key": world.page.key, "events": [event]})
    headers = {"Content-Type": "text/plain", "Origin": SITE}
    page = browser.ask("POST", f"{SITE}/hw", body=body.encode(), headers=headers)
    assert page.status == 200, page.body
    assert browser.refused == []
    assert browser.cookie("hw_visitor").domain == "shop.test"
    user = world.name("u")
    signed_in(browser, user)
    assert held(world, user) == {"google": "G"}


def test_privacy_control_is_kept_with_the_touch(world: World, browser: Browser) -> None:
    """T-103, T-104, T-106."""
    user = world.name("u")
    browser.headers["Sec-GPC"] = "1"
    browser.get(f"{SITE}/?gclid=G")
    signed_in(browser, user)
    touches = world.client.get(f"/customers/ext_{user}/touches")
    assert {touch["consent"]["sharing"] for touch in touches} == {"denied"}


def test_a_backend_tells_a_whole_life(world: World, shops: dict[str, Shop]) -> None:
    """Trial, sale, refund and dispute, at once or later, with the time they happened."""
    client, user, invoice = shops["flask"].client, world.name("u"), world.name("in")
    client.signup(user)
    started = client.milestone(user, "trial_start", world.name("t"), occurred_at="2026-01-05")
    assert (started["source"], started["occurredAt"][:10]) == ("client", "2026-01-05")
    sold = client.sale(
        user, 2900, invoice_id=invoice, plan="pro", scope="personal", occurred_at="2026-02-05"
    )
    assert sold["sale"]["invoiceId"] == invoice
    client.later.refund(f"ext_{invoice}", 900, "r1", occurred_at="2026-02-06")
    told = client.dispute(f"ext_{invoice}", "dp_1", amount=2000, reason="theirs")
    assert (told["originalAmount"], told["outcome"]) == (2000, None)
    kinds = {"sale", "refund", "dispute"}
    receipts = f"/receipts?customerExternalId={user}"
    soon(lambda: {each["kind"] for each in world.client.get(receipts)} == kinds)
    (*_, sale) = world.client.get(f"{receipts}&kind=sale")
    assert sale["linkId"] is None
