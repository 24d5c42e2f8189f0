"""Consent and privacy signals in a real browser: what the server knows in the end, and what not."""

from typing import Any

from headwater.shop.settings import BLOG, CAREFUL, SITE
from tests.browser.conftest import needs_chromium, needs_tag
from tests.browser.ebb import Ebb, Person, fresh
from tests.browser.test_journeys import NOTHING, impact

pytestmark = [needs_chromium, needs_tag]


def test_global_privacy_control_keeps_the_touch_and_shares_nothing(
    ebb: Ebb, person: Person
) -> None:
    """T-103, T-104: measurement of one's own goes on; what was said stands on each touch. The first
    page does not say it, only the header does.
    """
    person.context.set_extra_http_headers({"Sec-GPC": "1"})
    click = fresh("ir")
    own = person.come(BLOG, f"/?im_ref={click}")
    person.told()
    person.context.add_init_script(
        "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true });"
    )
    person.go(SITE, "/?gclid=g")
    user = person.make_account()
    assert ebb.origins(user) == own | impact(click) | {"google": "gclid=g"}
    assert ebb.leads(user) == [ebb.lead]
    said = [consent_of(each) for each in ebb.touches(user)]
    assert said == [("granted", "denied", "gpc")] * 2


def test_who_declines_is_forgotten(ebb: Ebb, person: Person) -> None:
    """T-101, T-102: nothing is kept before the answer, and nothing after a no."""
    key = ebb.link().rpartition("/")[2]
    person.go(CAREFUL, f"/?im_ref={fresh('ir')}&via={key}")
    person.page.wait_for_load_state("networkidle")
    assert [each["name"] for each in person.context.cookies()] == []
    person.answer("No")
    user = person.make_account()
    assert {each["name"] for each in person.context.cookies()} == {"consent", "session"}
    assert person.page.evaluate("Object.keys(localStorage)") == []
    assert (ebb.origins(user), ebb.touches(user), ebb.leads(user)) == (NOTHING, [], [])


def test_a_no_that_becomes_a_yes_on_the_same_page_loses_nothing(ebb: Ebb, person: Person) -> None:
    """T-101: what the visitor landed with is still there when they agree."""
    click, key = fresh("ir"), ebb.link().rpartition("/")[2]
    person.go(CAREFUL, f"/?im_ref={click}&via={key}")
    person.answer("No")
    person.page.get_by_role("button", name="Privacy choices").click()
    person.answer("Yes")
    person.told()
    user = person.make_account()
    assert ebb.origins(user).items() >= impact(click).items()
    assert ebb.leads(user) == [ebb.lead]
    assert [consent_of(each)[:2] for each in ebb.touches(user)] == [("granted", "granted")]


def test_a_visitor_who_is_told_to_be_forgotten_is(ebb: Ebb, person: Person) -> None:
    """T-102: a no later takes back what nobody has claimed, here and at the server."""
    person.come(SITE, f"/?im_ref={fresh('ir')}")
    person.told()
    visitor = person.cookie().partition(".")[0]
    person.page.get_by_role("button", name="Privacy choices").click()
    person.answer("No")
    user = person.make_account()
    assert person.cookie() == ""
    assert (ebb.origins(user), ebb.touches(user), ebb.leads(user)) == (NOTHING, [], [])
    assert ebb.known_of(visitor) == []


def test_a_no_that_only_the_tag_hears_reaches_the_server(ebb: Ebb, person: Person) -> None:
    """T-102: where no backend could tell it."""
    person.go(BLOG, f"/?im_ref={fresh('ir')}")
    person.told()
    visitor = person.cookie()
    with person.page.expect_response(lambda each: each.url.endswith("/t") and each.ok):
        person.page.evaluate("headwater('consent', 'denied')")
    assert person.cookie() == ""
    assert ebb.known_of(visitor) == []


def consent_of(touch: dict[str, Any]) -> tuple[str, str, str]:
    said = touch["consent"]
    return said["measurement"], said["sharing"], said["source"]
