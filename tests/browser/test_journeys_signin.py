"""Through every sign-in with what the visitor brought: the server knows it at the end."""

import pytest
from playwright.sync_api import Browser

from headwater.shop.settings import APP, SITE
from tests.browser.conftest import needs_chromium, needs_tag
from tests.browser.ebb import AGENT, Ebb, Person, fresh, query_of

pytestmark = [needs_chromium, needs_tag]


def test_the_origin_survives_a_link_in_a_mail(ebb: Ebb, person: Person) -> None:
    person.go(APP, "/sign-in?im_ref=mail-1")
    person.page.goto(person.ask_for_a_letter())
    assert ebb.origins(person.user()) == {"impact": "im_ref=mail-1"}


def test_a_mail_that_is_opened_elsewhere_still_says_who_asked(
    ebb: Ebb, person: Person, chromium: Browser
) -> None:
    """The other browser becomes the same visitor's."""
    click = fresh("ir")
    person.go(SITE, f"/?im_ref={click}")
    visitor = person.cookie()
    person.go(APP, "/sign-in")
    letter = person.ask_for_a_letter()
    other = chromium.new_context(user_agent=AGENT)
    elsewhere = Person(ebb, other.new_page(), person.email)
    elsewhere.page.goto(letter)
    assert ebb.origins(elsewhere.user()) == {"impact": f"im_ref={click}"}
    assert elsewhere.cookie() == visitor
    other.close()


@pytest.mark.parametrize("mode", ["get", "post"])
def test_the_origin_survives_a_provider(ebb: Ebb, person: Person, mode: str) -> None:
    """A-14: also where it answers with a POST from its own site, which brings no Lax cookie."""
    click = fresh("ir")
    person.go(SITE, f"/?im_ref={click}")
    person.go(APP, "/sign-in")
    person.leave_for_harbor(mode)
    user = person.user()
    order = person.buy()
    assert ebb.origins(user) == {"impact": f"im_ref={click}"}
    assert ebb.client.get(f"/checkout/attribution/{order['id']}")["customerExternalId"] == user


def test_a_failed_sign_in_begins_anew_with_all_that_came(ebb: Ebb, person: Person) -> None:
    """A-15: the address has it again, even where no cookie is left."""
    click = fresh("ir")
    person.go(APP, f"/sign-in?im_ref={click}&utm_source=news&signup=1&token=secret")
    person.leave_for_harbor("get", answer="Deny")
    person.page.wait_for_url("**/sign-in?*")
    asked = query_of(person.page.url)
    kept = {"note": "denied", "im_ref": click, "utm_source": "news", "signup": "1"}
    assert asked == kept
    person.context.clear_cookies()
    person.page.reload()
    person.page.get_by_role("link", name="I am new here").click()
    assert ebb.origins(person.fill_in()) == {"impact": f"im_ref={click}"}


def test_a_page_behind_the_door_sends_back_with_all_that_came(ebb: Ebb, person: Person) -> None:
    click = fresh("ir")
    person.go(APP, f"/account?im_ref={click}&utm_source=news")
    assert query_of(person.page.url) == {"im_ref": click, "utm_source": "news"}
    person.leave_for_harbor("post")
    assert ebb.origins(person.user()) == {"impact": f"im_ref={click}"}


def test_an_old_user_who_comes_by_a_link_is_associated_then_and_once(
    ebb: Ebb, person: Person
) -> None:
    """B-18, A-26: and the lead is the partner's."""
    user = person.make_account()
    assert ebb.origins(user) == {}
    person.sign_out()
    person.page.goto(ebb.link())
    own = query_of(person.page.url)["hw_id"]
    person.go(APP, "/sign-in")
    person.fill_in("/sign-in")
    assert ebb.origins(user) == {"headwater": f"hw_id={own}"}
    assert ebb.credited(user, "lead") == (ebb.partner["id"], 500)
    person.sign_out()
    person.fill_in("/sign-in")
    leads = ebb.client.get(f"/receipts?kind=lead&customerExternalId={user}")
    assert len(leads) == 1


def test_another_way_into_an_account_attaches_nothing(ebb: Ebb, person: Person) -> None:
    """A-16: the provider is added to who is signed in already."""
    user = person.make_account()
    person.page.goto(ebb.at(SITE, f"/?im_ref={fresh('ir')}"))
    person.page.goto(ebb.at(APP, "/sign-in"))
    person.leave_for_harbor("get")
    assert person.user() == user
    assert (ebb.origins(user), ebb.touches(user)) == ({}, [])
    person.sign_out()
    person.leave_for_harbor("get")
    assert person.user() == user


def test_two_users_of_one_device_do_not_inherit(ebb: Ebb, person: Person) -> None:
    """T-45: what one has claimed is nobody else's; what comes later is who signs in then."""
    first, second = fresh("ir"), fresh("ir")
    own = person.come(SITE, f"/?im_ref={first}")
    one = person.make_account()
    person.sign_out()
    other = Person(ebb, person.page, f"{fresh('ola')}@mail.test")
    two = other.make_account()
    assert ebb.origins(one) == own | {"impact": f"im_ref={first}"}
    assert ebb.leads(one) == [ebb.lead]
    assert (ebb.origins(two), ebb.touches(two), ebb.leads(two)) == ({}, [], [])
    order = other.buy()
    assert ebb.client.get(f"/checkout/attribution/{order['id']}")["attribution"] == {}
    assert ebb.sold(two) == [(1900, None, None)], "a sale that no link brought"
    other.sign_out()
    person.go(APP, f"/sign-in?im_ref={second}")
    other.fill_in("/sign-in")
    assert ebb.origins(two) == {"impact": f"im_ref={second}"}
    assert ebb.origins(one) == own | {"impact": f"im_ref={first}"}
