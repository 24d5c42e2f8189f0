"""The script of the stand-in of impact.com, on a page without the tag (N-20)."""

from typing import Any

import pytest
from playwright.sync_api import Page

from headwater.sandbox.visits import SCRIPT
from tests.browser.conftest import needs_chromium
from tests.browser.shop import Shop
from tests.support import wait_until

pytestmark = needs_chromium

DAY_S = 86_400
HASHED = "63a710569261a24b3766275b7000ce8d7b32e2f7"
# As a page announces it, before the script is there.
LOADER = """<!doctype html><link rel=icon href=data:,><script>
window.ire_o = 'ire';
window.ire = window.ire || function () { (ire.a = ire.a || []).push(arguments); };
ire('identify', {customerId: 'u1', customerEmail: '%(email)s'});
ire('trackConversion', 2004, {orderId: 'in_1'});
window.ids = []; window.ask = () => ire('generateClickId', (id) => ids.push(id));
</script><script async src='/utt/A1000-x.js%(how)s'></script>"""


def visit(shop: Shop, page: Page, query: str = "", how: str = "", email: str = HASHED) -> None:
    shop.scripts["/utt/A1000-x.js"] = SCRIPT.read_text()
    shop.pages["/"] = LOADER % {"how": how, "email": email}
    page.goto(shop.at(f"/{query}"))
    page.wait_for_function("!!window.ire.told")


def told(page: Page) -> list[Any]:
    calls = page.evaluate("ire.told")
    assert all(each["at"] > 0 for each in calls)
    return [each["call"] for each in calls]


def test_what_was_queued_is_replayed_in_order_and_then_heard_at_once(
    shop: Shop, page: Page
) -> None:
    visit(shop, page, how="?say")
    page.evaluate("ire('identify', {customerId: 'u2'})")
    queued = ["identify", {"customerId": "u1", "customerEmail": HASHED}]
    calls = [
        queued,
        ["trackConversion", 2004, {"orderId": "in_1"}],
        ["identify", {"customerId": "u2"}],
    ]
    assert told(page) == calls
    wait_until(lambda: len(shop.posts) == 3)
    assert sorted(str(each.body["call"]) for each in shop.posts) == sorted(map(str, calls))


def test_a_plain_address_is_refused_loudly(shop: Shop, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    visit(shop, page, email="a@b.test")
    assert said == ["ire: customerEmail is not hashed"] == page.evaluate("ire.refused")
    again = (
        "() => { try { ire('identify', {customerEmail: 'a@b'}) } catch (e) { return e.message } }"
    )
    assert page.evaluate(again) == said[0]
    assert shop.posts == []


def test_a_click_id_is_the_landings_then_the_stored_then_a_new_one(shop: Shop, page: Page) -> None:
    """With the cookies the network says it leaves, for as long as it says."""
    visit(shop, page)
    page.evaluate("ask()")
    page.wait_for_function("ids.length == 1")
    (made,) = page.evaluate("ids")
    assert 40 <= len(made) <= 64
    visit(shop, page)
    page.evaluate("ask(); ids.push('later')")
    page.wait_for_function("ids.length == 2")
    assert page.evaluate("ids") == ["later", made]
    visit(shop, page, "?im_ref=X")
    visit(shop, page)
    page.evaluate("ask()")
    page.wait_for_function("ids.length == 1")
    assert page.evaluate("ids") == ["X"]
    now = page.evaluate("Date.now() / 1000")
    cookies = {each["name"]: each["expires"] for each in page.context.cookies()}
    days = {name: round((until - now) / DAY_S) for name, until in cookies.items() if until > 0}
    assert days == {"IR_PI": 400, "IR_click": 180}, "Chromium keeps none of 720 days so long"
    assert cookies["IR_gbd"] == -1


@pytest.mark.parametrize(
    ("how", "ids"), [("never", []), ("empty", [""]), ("twice", ["X", "X"]), ("throw", ["thrown"])]
)
def test_a_click_id_may_go_wrong(shop: Shop, page: Page, how: str, ids: list[str]) -> None:
    visit(shop, page, "?im_ref=X", f"?click={how}")
    page.evaluate("try { ask() } catch { ids.push('thrown') }")
    page.evaluate("new Promise((done) => setTimeout(done, 5))")
    assert page.evaluate("ids") == ids
