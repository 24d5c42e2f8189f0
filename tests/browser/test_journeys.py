"""People in a real browser, from landing to paid invoice; each journey ends at the server.

The landing site has the middleware, and the tag from Headwater under a name of the shop; the blog
has that tag alone; the app has the middleware, and the tag by a path of its own.
"""

import re

from playwright.sync_api import Page, Route

from headwater.shop.settings import APP, BLOG, LINKS, SITE
from tests.browser.conftest import needs_chromium, needs_tag
from tests.browser.ebb import AGENT, Ebb, Person, fresh, query_of

pytestmark = [needs_chromium, needs_tag]

NOTHING: dict[str, str] = {}


def impact(value: str) -> dict[str, str]:
    return {"impact": f"im_ref={value}"}


def test_a_partners_link_is_paid_for(ebb: Ebb, person: Person) -> None:
    """From the click through sign-up and checkout to the commission, with all that came along."""
    click = fresh("ir")
    query = f"/?im_ref={click}&utm_source=news&utm_medium=mail"
    person.page.goto(ebb.link(path=query))
    own = query_of(person.page.url)["hw_id"]
    user = person.make_account()
    order = person.buy()
    assert ebb.origins(user) == {"headwater": f"hw_id={own}"} | impact(click)
    assert ebb.credited(user, "lead") == (ebb.partner["id"], 500)
    assert ebb.credited(user, "sale") == (ebb.partner["id"], 190)
    kept = ebb.client.get(f"/checkout/attribution/{order['id']}")
    brought = {"im_ref": click, "utm_source": "news", "utm_medium": "mail"}
    assert kept["attribution"] == brought
    assert kept["metadata"].items() >= brought.items() | {"hw_click": own}.items()
    assert (kept["customerExternalId"], kept["clientReferenceId"]) == (user, own)


def test_what_the_page_knows_reaches_the_checkout(ebb: Ebb, person: Person) -> None:
    """A landing on the app itself: the tag holds it, and hands it over when somebody buys."""
    click = fresh("ir")
    person.go(APP, f"/sign-up?im_ref={click}&utm_campaign=june&gclid=g-{click}")
    person.told()
    user = person.fill_in()
    order = person.buy("standard-yearly")
    brought = {"im_ref": click, "utm_campaign": "june", "gclid": f"g-{click}"}
    assert order["attribution"] == brought
    assert (order["tier"], order["cycle"], order["amount"]) == ("standard", "yearly", 9000)
    assert ebb.client.get(f"/checkout/attribution/{order['id']}")["attribution"] == brought
    assert ebb.origins(user) == impact(click) | {"google": f"gclid=g-{click}"}
    assert ebb.sold(user) == [(9000, None, None)], "a sale that no link brought"


def test_later_visits_add_and_never_replace(ebb: Ebb, person: Person) -> None:
    """B-20, A-3, T-42: the first identifier stays, each touch is kept whole."""
    first, later = fresh("ir"), fresh("ir")
    own = person.come(SITE, f"/?im_ref={first}&utm_source=one")
    person.told()
    visitor = person.cookie()
    person.go(BLOG, f"/?im_ref={later}&gclid=g-{later}&utm_source=two")
    person.told()
    person.go(SITE)
    user = person.make_account()
    assert person.cookie() == visitor
    assert ebb.origins(user) == own | impact(first) | {"google": f"gclid=g-{later}"}
    assert ebb.leads(user) == [ebb.lead]
    seen = {
        each["utm"]["source"]: {one["parameter"]: one["value"] for one in each["ids"]}
        for each in ebb.touches(user)
    }
    assert seen == {
        "one": {"im_ref": first},
        "two": {"im_ref": later, "gclid": f"g-{later}"},
    }


def test_a_landing_is_one_touch_whoever_saw_it(ebb: Ebb, person: Person) -> None:
    """T-85, T-98: the middleware and the tag both report it; so does a reload."""
    person.go(SITE, f"/?im_ref={fresh('ir')}")
    person.told()
    person.page.reload()
    person.told()
    assert len(ebb.touches(person.make_account())) == 1


def test_cleared_script_storage_loses_nobody(ebb: Ebb, person: Person) -> None:
    """T-84: what scripts keep is only the second leg."""
    click = fresh("ir")
    own = person.come(BLOG, f"/?im_ref={click}")
    person.told()
    person.page.evaluate("localStorage.clear()")
    person.context.clear_cookies(name="hw_v")
    user = person.make_account()
    assert ebb.origins(user) == own | impact(click)
    assert ebb.leads(user) == [ebb.lead]


def test_the_tag_alone_gets_its_visitor_a_cookie(ebb: Ebb, person: Person) -> None:
    """T-83: the blog can set none; the answer to the tag does. A partner's code is paid for."""
    key = ebb.link().rpartition("/")[2]
    person.go(BLOG, f"/?via={key}")
    person.told()
    (kept,) = [each for each in person.context.cookies() if each["name"] == "hw_visitor"]
    assert (kept["httpOnly"], kept["sameSite"], kept["domain"]) == (True, "Lax", ".shop.localhost")
    person.page.evaluate("localStorage.clear()")
    person.context.clear_cookies(name="hw_v")
    assert ebb.leads(person.make_account()) == [ebb.lead]


def test_a_blocked_tag_loses_nobody(ebb: Ebb, person: Person) -> None:
    """The middleware saw the landing; the purchase goes on without the page's word."""
    click, blocked = fresh("ir"), []

    def block(route: Route) -> None:
        blocked.append(route.request.url)
        route.abort()

    person.context.route(re.compile(r"track\.shop\.localhost|/hw(\.js|/|$)"), block)
    own = person.come(SITE, f"/?im_ref={click}")
    user = person.make_account()
    order = person.buy()
    assert {re.sub(r".*/", "", each) for each in blocked} == {"t.js", "hw.js"}
    assert ebb.origins(user) == own | impact(click)
    assert order["attribution"] == NOTHING
    kept = ebb.client.get(f"/checkout/attribution/{order['id']}")
    assert kept["attribution"] == {"im_ref": click}
    assert ebb.leads(user) == [ebb.lead]
    assert ebb.credited(user, "sale") == (ebb.partner["id"], 190)


BLOCKED_STORAGE = """
for (const name of ['localStorage', 'sessionStorage']) {
  Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });
}
"""


def test_blocked_storage_loses_nobody(ebb: Ebb, person: Person) -> None:
    """T-84, T-92: the tag works from memory and cookies, and disturbs nobody."""
    click = fresh("ir")
    errors = watched(person.page)
    person.context.add_init_script(BLOCKED_STORAGE)
    own = person.come(BLOG, f"/?im_ref={click}")
    person.told()
    user = person.make_account()
    assert ebb.origins(user) == own | impact(click)
    assert ebb.leads(user) == [ebb.lead]
    assert errors == []


def test_a_router_that_strips_the_query_first_loses_nothing(ebb: Ebb, person: Person) -> None:
    """T-36, T-109: the tag comes late and knows the address that was asked for."""
    click = fresh("ir")
    person.context.add_init_script(f"""
      if (location.host.startsWith('{BLOG}')) history.replaceState({{}}, '', '/');
    """)
    own = person.come(BLOG, f"/?im_ref={click}&gclid=g-{click}")
    person.told()
    assert person.page.url == ebb.at(BLOG)
    user = person.make_account()
    assert ebb.origins(user) == own | impact(click) | {"google": f"gclid=g-{click}"}
    assert ebb.leads(user) == [ebb.lead]


def test_a_browser_that_strips_the_query_still_has_the_edges_cookie(
    ebb: Ebb, person: Person
) -> None:
    """T-88: what a filter takes from the address, the short link's own answer has kept."""
    link = ebb.link(path="/?gclid=stripped")

    def strip(route: Route) -> None:
        answer = ebb.client.click(link.rpartition("/")[2], domain=LINKS, agent=AGENT)
        kept = {"set-cookie": answer.headers["set-cookie"], "location": ebb.at(SITE)}
        route.fulfill(status=answer.status, headers=kept)

    person.context.route(link, strip)
    person.page.goto(link)
    assert person.page.url == ebb.at(SITE)
    user = person.make_account()
    person.buy()
    assert set(ebb.origins(user)) == {"headwater"}
    assert ebb.credited(user, "sale") == (ebb.partner["id"], 190)


def test_back_and_forward_are_not_new_visits(ebb: Ebb, person: Person) -> None:
    """T-111: the page comes back whole, with its address, and is no second touch."""
    click = fresh("ir")
    own = person.come(SITE, f"/?im_ref={click}")
    person.told()
    shown = "addEventListener('pageshow', (event) => (window.back = event.persisted))"
    person.page.evaluate(shown)
    person.go(BLOG)
    person.page.go_back(wait_until="commit")
    assert person.page.evaluate("window.back") is True
    person.told()
    person.page.go_forward(wait_until="commit")
    user = person.make_account()
    assert ebb.origins(user) == own | impact(click)
    assert len(ebb.touches(user)) == 1
    assert ebb.leads(user) == [ebb.lead]


def test_two_tabs_are_one_visitor(ebb: Ebb, person: Person) -> None:
    first, second = fresh("ir"), fresh("g")
    other = person.context.new_page()
    own = person.come(BLOG, f"/?im_ref={first}")
    other.goto(ebb.at(SITE, f"/?gclid={second}"))
    Person(ebb, other, "").told()
    person.told()
    visitor = person.cookie().partition(".")[0]
    for page in (person.page, other):
        assert page.evaluate("headwater.visitor()") == visitor
    user = person.make_account()
    assert ebb.origins(user) == own | impact(first) | {"google": f"gclid={second}"}
    assert ebb.leads(user) == [ebb.lead]


def test_a_partners_code_is_one_click_whoever_saw_it(ebb: Ebb, person: Person) -> None:
    """`?via=` of a partner's link: the tag and the middleware both report it (T-85)."""
    key = ebb.link().rpartition("/")[2]
    person.go(SITE, f"/?via={key}")
    person.told()
    assert person.page.evaluate("headwater.getAttribution()")["partner"] == key
    user = person.make_account()
    person.buy()
    assert set(ebb.origins(user)) == {"headwater"}
    assert ebb.credited(user, "sale") == (ebb.partner["id"], 190)
    (link,) = [each for each in ebb.client.get("/links?pageSize=100") if each["key"] == key]
    assert (link["clicks"], link["leads"], link["saleAmount"]) == (1, 1, 1900)


def watched(page: Page) -> list[str]:
    """What is thrown in the page, or refused by its policy."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: line.type == "error" and errors.append(line.text))
    return errors
