"""What the tag does at once and what in a task of its own, and that nobody who calls can tell."""

from playwright.sync_api import Page, Route

from tests.browser.conftest import needs_chromium, needs_tag
from tests.browser.shop import STUB, Shop
from tests.browser.test_tag import kept, sent, settled
from tests.browser.test_tag_hardships import EARLIER
from tests.support import wait_until

pytestmark = [needs_chromium, needs_tag]

WATCHED = """<script>
var did = [];
const cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
Object.defineProperty(document, 'cookie', {
  get: () => (did.push('cookie'), cookie.get.call(document)),
  set: (given) => (did.push('cookie'), cookie.set.call(document, given)),
});
const theirs = window.fetch;
window.fetch = (...given) => (did.push('fetch'), theirs(...given));
</script><script onload="early = did.join()" """


HELD_BACK = """{
const theirs = window.setTimeout;
const held = [];
window.setTimeout = (call, ms, ...more) => ms > 0 ? theirs(call, ms, ...more) : held.push(call);
window.release = () => {
  window.setTimeout = theirs;
  for (const call of held) call();
};
window.__tcfapi = (command, version, call) => {
  call({ gdprApplies: false }, true);
  window.asked = true;
};
}"""


def test_evaluating_the_tag_costs_neither_cookies_nor_network(shop: Shop, page: Page) -> None:
    """T-128: they come in a task of their own."""
    path = shop.page()
    shop.pages[path] = shop.pages[path].replace("<script async ", WATCHED)
    page.goto(shop.at(path + "?gclid=1"))
    sent(shop)
    assert page.evaluate("early") == ""
    assert set(page.evaluate("did")) == {"cookie", "fetch"}


def test_a_choice_made_at_once_joins_the_one_that_was_kept(shop: Shop, page: Page) -> None:
    """T-101: also in the tag's first task, in which nothing was read yet."""
    page.goto(shop.at(shop.page(consent="unknown") + "?gclid=1"))
    settled(page)
    page.evaluate("headwater.consent({measurement: 'granted', personal: 'granted'})")
    sent(shop)
    early = STUB + "headwater('consent', {sharing: 'granted'})"
    page.goto(shop.at(shop.page(consent="unknown", before=early)))
    settled(page)
    said = {"measurement": "granted", "personal": "granted", "sharing": "granted"}
    assert kept(page)["choice"] == said
    assert [each["found"]["ids"] for each in kept(page)["touches"]] == [{"gclid": "1"}]


def test_pieces_that_come_before_that_task_know_what_was_kept(shop: Shop, page: Page) -> None:
    """T-101, T-105: as where a browser holds timers back, in the background or as a page loads.
    What is the rule where nobody is asked is no answer in place of a person's.
    """
    page.goto(shop.at(shop.page()))
    settled(page)
    page.evaluate("headwater.consent({sharing: 'denied'})")
    page.add_init_script(HELD_BACK)
    page.goto(shop.at(shop.page(**{"with": "tcf"})))
    page.wait_for_function("window.asked")
    page.evaluate("release()")
    settled(page)
    assert kept(page)["choice"]["sharing"] == "denied"


def test_what_another_tab_takes_back_meanwhile_is_not_kept_here(shop: Shop, page: Page) -> None:
    """T-102."""
    other = page.context.new_page()
    other.goto(shop.at(shop.page() + "?gclid=1"))
    sent(shop)
    settled(other)
    other.evaluate(EARLIER, ["fresh", 864e5])  # so that the next page waits for its settings
    held: list[Route] = []
    page.route("**/t/config*", lambda route: held.append(route))  # noqa: PLW0108 - asked how many it takes
    with page.expect_request("**/t/config*"):
        page.goto(shop.at("/?gclid=2"))
    other.evaluate("headwater.consent('denied')")
    wait_until(lambda: len(shop.posts) == 2)
    held[0].abort()  # with settings it would look once more anyway
    settled(page)
    assert [each["type"] for each in shop.posts[1].body["events"]] == ["withdraw"]
    assert len(shop.posts) == 2
    assert kept(page)["touches"] == []
