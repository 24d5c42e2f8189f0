"""A visitor through every way to sign in, in three frameworks (A-10 to A-16, A-26)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from tests.site.browser import Browser, Page
from tests.site.shops import Shop
from tests.site.standin import Standin, soon

SITE, APP = "https://www.shop.test", "https://app.shop.test"


def unique(prefix: str = "u") -> str:
    return f"{prefix}{uuid4().hex}"


def landed(standin: Standin, visitor: Browser, query: str, *, site: str = SITE) -> None:
    """On the site, and the server knows it."""
    visitor.get(f"{site}/?{query}")
    known = str(visitor.value("hw_visitor")).partition(".")[0]
    value = query.rpartition("=")[2]
    soon(lambda: value in str(standin.touches.get(known)))


def state_of(page: Page) -> str:
    return parse_qs(urlsplit(page.header("location")).query)["state"][0]


def signed_in(visitor: Browser, user: str) -> Page:
    """By OAuth with a GET callback, from leaving to the account."""
    left = visitor.get(f"{APP}/leave")
    assert left.header("location").startswith("https://id.test/authorize?")
    back = visitor.get(f"{APP}/callback?code=code-of-{user}&state={state_of(left)}")
    return visitor.follow(back)


def signups(standin: Standin, user: str) -> list[dict[str, Any]]:
    calls = [call.json for call in standin.to("/track/signup")]
    return [call for call in calls if call["customerExternalId"] == user]


def test_a_click_survives_oauth_with_a_get_callback(visitor: Browser, standin: Standin) -> None:
    """A-4, A-14."""
    user, mark = unique(), unique("X")
    landed(standin, visitor, f"im_ref={mark}")
    assert signed_in(visitor, user).text.startswith(user)
    assert standin.held[user] == {"impact": mark}
    assert signups(standin, user)[0]["customerEmail"] == f"{user}@mail.test"


@pytest.mark.parametrize("by", ["state", "cookie"])
def test_a_click_survives_a_callback_posted_from_elsewhere(
    visitor: Browser, standin: Standin, by: str
) -> None:
    """A-14: the visitor's own cookie does not come along (SameSite=Lax); the state does, or the
    cookie made for that."""
    user, mark = unique(), unique("X")
    landed(standin, visitor, f"im_ref={mark}")
    before = visitor.value("hw_visitor")
    left = visitor.get(f"{APP}/leave")
    form = {"code": f"code-of-{user}"} | ({"state": state_of(left)} if by == "state" else {})
    page = visitor.post(f"{APP}/callback", form, cross_site=True)
    assert page.status in (302, 303)
    assert standin.held[user] == {"impact": mark}
    assert visitor.value("hw_visitor") == before, "the cookie that could not be seen is still there"
    assert visitor.value("hw_signin") is None, "spent"


def test_the_carrying_cookie_is_short_lived_and_out_of_reach(visitor: Browser) -> None:
    visitor.get(f"{SITE}/")
    visitor.get(f"{APP}/leave")
    cookie = visitor.cookie("hw_signin")
    assert (cookie.same_site, cookie.secure, cookie.http_only) == ("none", True, True)
    assert (cookie.max_age, cookie.host_only) == (600, True)
    plain = Browser(visitor.port)
    plain.get("http://app.shop.test/leave")
    assert plain.refused == [], "over plain http it is written so that browsers take it"
    assert plain.cookie("hw_signin").same_site == "lax"


def test_a_magic_link_opened_in_another_browser(
    visitor: Browser, standin: Standin, full_shop: Shop
) -> None:
    """A-14: the link carries the visitor who asked for it, and the other browser becomes his."""
    mark = unique("X")
    standin.held.pop("mia", None)
    landed(standin, visitor, f"im_ref={mark}")
    link = visitor.get(f"{APP}/mail").text
    other = Browser(full_shop.port)
    other.follow(other.get(APP + link))
    assert standin.held["mia"] == {"impact": mark}
    assert other.value("hw_visitor") == visitor.value("hw_visitor")
    assert len([name for name, _ in other.jar if name == "hw_visitor"]) == 1


def test_a_browser_with_a_visitor_of_its_own_keeps_him(
    visitor: Browser, standin: Standin, full_shop: Shop
) -> None:
    """What that visitor brought is attached too, with the next page."""
    mark, other_mark = unique("X"), unique("G")
    standin.held.pop("mia", None)
    landed(standin, visitor, f"im_ref={mark}")
    link = visitor.get(f"{APP}/mail").text
    other = Browser(full_shop.port)
    landed(standin, other, f"gclid={other_mark}")
    own = other.value("hw_visitor")
    other.follow(other.get(APP + link))
    assert other.value("hw_visitor") == own
    assert standin.held["mia"] == {"impact": mark, "google": other_mark}


def test_a_failed_sign_in_keeps_what_he_came_with(visitor: Browser, standin: Standin) -> None:
    """A-15: through the provider and back to the sign-in page, then it succeeds."""
    user, mark = unique(), unique("X")
    query = f"im_ref={mark}&utm_source=n%2Bs&via=pat&hw_id=c1&signup=pro&next=/x&_saasquatch=tok"
    left = visitor.get(f"{APP}/leave?{query}")
    failed = visitor.get(f"{APP}/callback?error=denied&state={state_of(left)}")
    target = failed.header("location")
    assert urlsplit(target).path == "/sign-in"
    kept = urlsplit(target).query.split("&")
    assert kept == [pair for pair in query.split("&") if pair != "next=/x"], "as they were written"
    soon(lambda: mark in str(standin.touches))
    signed_in(visitor, user)
    assert standin.held[user]["impact"] == mark


def test_a_page_for_members_sends_back_with_the_parameters(
    visitor: Browser, standin: Standin
) -> None:
    """A-15, A-11: without a session nothing is attached and no marker is written."""
    mark = unique("X")
    before = len(standin.to("/track/signup"))
    page = visitor.get(f"{APP}/account?im_ref={mark}&utm_campaign=a%20b&code=secret")
    assert page.header("location") == f"/sign-in?im_ref={mark}&utm_campaign=a%20b"
    assert len(standin.to("/track/signup")) == before
    assert visitor.value("hw_done_app") is None


def test_a_second_provider_attaches_nothing(visitor: Browser, standin: Standin) -> None:
    """A-16: who is signed in and links another provider is not told to the server."""
    user, mark = unique(), unique("X")
    signed_in(visitor, user)
    before = len(signups(standin, user))
    landed(standin, visitor, f"im_ref={mark}")
    left = visitor.get(f"{APP}/leave")
    page = visitor.get(f"{APP}/callback?code=code-of-{user}&state={state_of(left)}")
    assert page.status in (302, 303)
    assert len(signups(standin, user)) == before
    assert standin.held[user] == {}


def test_a_forged_or_old_state_is_as_none(
    visitor: Browser, standin: Standin, full_shop: Shop
) -> None:
    """Whoever makes one up attaches no visitor but the one whose browser it is."""
    user, mark, own = unique(), unique("X"), unique("G")
    landed(standin, visitor, f"im_ref={mark}")
    state = state_of(visitor.get(f"{APP}/leave"))
    body, _, mac = state.partition(".")
    victim = Browser(full_shop.port)
    landed(standin, victim, f"gclid={own}")
    victim.get(f"{APP}/callback?code=code-of-{user}&state={body}.{mac[:-2]}AA")
    assert standin.held[user] == {"google": own}


def test_the_address_goes_before_the_cookie(visitor: Browser, standin: Standin) -> None:
    """A-10: X in the URL and Y in the cookie attributes X; nothing in the URL attributes Y."""
    user, other, x, y = unique(), unique(), unique("X"), unique("Y")
    landed(standin, visitor, f"im_ref={y}")
    left = visitor.get(f"{APP}/leave")
    visitor.get(f"{APP}/callback?code=code-of-{user}&state={state_of(left)}&im_ref={x}")
    call = signups(standin, user)[0]
    assert call["landing"]["ids"] == {"im_ref": x}
    assert standin.held[user] == {"impact": x}
    fresh = Browser(visitor.port)
    landed(standin, fresh, f"im_ref={y}")
    signed_in(fresh, other)
    assert "landing" not in signups(standin, other)[0]
    assert standin.held[other] == {"impact": y}


def test_a_later_click_of_an_old_user_is_a_signup_once(visitor: Browser, standin: Standin) -> None:
    """A-26, A-3: first association at a later sign-in; the third changes nothing."""
    user, mark, later = unique(), unique("X"), unique("Y")
    signed_in(visitor, user)
    assert standin.held[user] == {}
    landed(standin, visitor, f"im_ref={mark}")
    visitor.jar.pop(("session", "app.shop.test"), None)
    visitor.jar = {k: c for k, c in visitor.jar.items() if k[0] in {"hw_visitor", "hw_done_app"}}
    signed_in(visitor, user)
    assert standin.held[user] == {"impact": mark}
    visitor.jar = {k: c for k, c in visitor.jar.items() if k[0] in {"hw_visitor", "hw_done_app"}}
    landed(standin, visitor, f"im_ref={later}")
    signed_in(visitor, user)
    assert standin.held[user] == {"impact": mark}
    assert len(signups(standin, user)) == 3, "every sign-in asks; the server knows what is new"


def test_a_page_asks_once_and_a_new_landing_asks_again(visitor: Browser, standin: Standin) -> None:
    """A-11, A-12: the marker holds exactly this visitor and this customer."""
    user, mark = unique(), unique("X")
    assert signed_in(visitor, user).text == f"{user} suppressed"
    assert visitor.cookie("hw_done_app").host_only
    assert "idempotency-key" in standin.to("/track/signup")[-1].headers
    assert visitor.get(f"{APP}/account").text == f"{user} suppressed"
    assert visitor.get(f"{APP}/account?im_ref={mark}").text == f"{user} attached"
    assert standin.held[user] == {"impact": mark}
    headers = standin.to("/track/signup")[-1].headers
    assert "idempotency-key" not in headers, "pages by the hour leave nothing to remember"
    visitor.get(f"{SITE}/?hw_id=anotherclick")
    assert visitor.get(f"{APP}/account").text == f"{user} attached", "another value of the cookie"


def test_all_cookies_together_are_small(visitor: Browser) -> None:
    """T-89, with all that may be in them."""
    query = "hw_id=" + "c" * 128 + "&im_ref=" + "X" * 260
    visitor.get(f"{APP}/leave?{query}")
    signed_in(visitor, unique())
    visitor.get(f"{APP}/leave?{query}")
    ours = [c for c in visitor.jar.values() if c.name.startswith("hw_")]
    assert {cookie.name for cookie in ours} == {"hw_visitor", "hw_signin", "hw_done_app"}
    assert sum(len(cookie.name) + len(cookie.value) + 3 for cookie in ours) <= 1024


def test_the_marker_of_another_site_suppresses_nothing(visitor: Browser, standin: Standin) -> None:
    """A-12."""
    user = unique()
    signed_in(visitor, user)
    marker = visitor.jar.pop(("hw_done_app", "app.shop.test"))
    page = visitor.get(
        f"{APP}/account",
        headers={
            "Cookie": f"{visitor._cookies('https', 'app.shop.test', False)}; "
            f"hw_done_www={marker.value}"
        },
    )
    assert page.text == f"{user} attached"


def test_a_sign_in_does_not_wait_for_a_server_that_is_ill(
    visitor: Browser, standin: Standin, full_shop: Shop
) -> None:
    """A-11: it is told later, and there is no marker as long as nobody confirmed it."""
    user, mark = unique(), unique("X")
    landed(standin, visitor, f"im_ref={mark}")
    standin.ill = 503
    page = signed_in(visitor, user)
    assert page.text == f"{user} later"
    assert visitor.value("hw_done_app") is None
    assert user not in standin.held
    standin.ill = 0
    soon(lambda: standin.held.get(user) == {"impact": mark})
    # The thread that told it may not have said so yet.
    soon(lambda: visitor.get(f"{APP}/account").text == f"{user} attached")
    assert visitor.value("hw_done_app") is not None
