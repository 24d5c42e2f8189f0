"""What the shops do not show: consent, caches, referrers, a server in trouble, odd applications."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from headwater.client import Consent, Headwater, Request, SetupError
from headwater.client.middleware.asgi import HeadwaterMiddleware
from headwater.client.middleware.flask import HeadwaterMiddleware as ByWsgi
from tests.site.browser import Browser
from tests.site.shops import by_asgi, by_wsgi
from tests.site.standin import PUBLIC, SECRET, Standin, soon

SITE = "https://www.shop.test"


class Site:
    """One application with a client of its own; what it answers beside a page, `headers` say."""

    def __init__(self, standin: Standin, **options: Any) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.visits: list[Any] = []
        given = {"domains": ["shop.test"], "trusted_proxies": ["127.0.0.0/8"]} | options
        self.client = Headwater(standin.url, SECRET, PUBLIC, **given)
        self.client._outbox._delay_s = 0.02
        self.app = HeadwaterMiddleware(self.page, self.client, proxy_path="/hw")

    async def page(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        self.visits.append(scope["headwater"])
        headers = [(b"content-type", b"text/html"), *self.headers]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"page"})


@pytest.fixture
def own() -> Iterator[Standin]:
    standin = Standin().start()
    yield standin
    standin.stop()


@pytest.fixture
def opened(own: Standin) -> Iterator[Callable[..., tuple[Site, Browser]]]:
    with ExitStack() as stack:

        def start(**options: Any) -> tuple[Site, Browser]:
            site = Site(own, **({"consent": "granted"} | options))
            return site, Browser(stack.enter_context(by_asgi(site.app)))

        yield start


def test_a_visitor_may_share_all_the_same(own: Standin, opened: Any) -> None:
    """T-103: a choice of his own for this site goes before the signal for all."""
    chosen = Consent("granted", "granted", "granted", source="user")
    _, browser = opened(consent=lambda _: chosen)
    browser.get(f"{SITE}/?gclid=a", headers={"Sec-GPC": "1"})
    assert soon(lambda: own.to("/t"))[0].json["consent"] == chosen.body()


def test_who_refuses_is_forgotten(own: Standin, opened: Any) -> None:
    """T-102: the cookie goes, and the server is told; nothing new is kept."""
    answers = {"said": "granted"}
    _, browser = opened(consent=lambda _: answers["said"])
    browser.get(f"{SITE}/?gclid=a")
    known = browser.value("hw_visitor")
    soon(lambda: own.touches.get(known))
    answers["said"] = "denied"
    browser.get(f"{SITE}/style.css", headers={"Sec-Fetch-Dest": "style"})
    assert browser.value("hw_visitor") == known, "with the next page, once"
    browser.get(f"{SITE}/?gclid=b")
    assert browser.value("hw_visitor") is None
    soon(lambda: own.touches[known] == [])
    call = own.to("/t")[-1].json
    assert (call["visitor"], call["events"]) == (known, [{"type": "withdraw"}])
    assert call["consent"]["measurement"] == "denied"
    assert browser.get(f"{SITE}/?gclid=c").set_cookies == []


def test_who_was_not_asked_is_not_remembered(own: Standin, opened: Any) -> None:
    """T-101: no cookie, nothing sent; a cookie that is there stays until he says no."""
    site, browser = opened(consent=lambda _: "unknown")
    assert browser.get(f"{SITE}/?gclid=a").set_cookies == []
    browser.get(f"{SITE}/", headers={"Cookie": f"hw_visitor={'k' * 24}"})
    assert [visit.cookie for visit in site.visits] == [None, None]
    site.client.close()
    assert own.to("/t") == []


@pytest.mark.parametrize(("default", "kept"), [("granted", True), ("denied", False), (None, False)])
def test_without_a_word_of_the_site_the_workspaces_counts(
    own: Standin, opened: Any, default: str | None, kept: bool
) -> None:
    own.config = {"clickParam": "cid"} | ({"consentDefault": default} if default else {})
    site, browser = opened(consent=None)
    soon(lambda: site.client.settings().click_param == "cid")
    browser.get(f"{SITE}/?cid=one")
    assert (browser.value("hw_visitor") is not None) is kept
    if kept:
        assert str(browser.value("hw_visitor")).endswith(".one"), "the workspace's own parameter"


def test_until_the_workspace_has_spoken_nobody_is_remembered(own: Standin, opened: Any) -> None:
    own.ill = 503
    _, browser = opened(consent=None)
    page = browser.get(f"{SITE}/?gclid=a")
    assert (page.status, page.set_cookies) == (200, [])


def test_a_workspace_that_answers_some_hosts_alone_is_asked_as_one(
    own: Standin, opened: Any
) -> None:
    """`allowedHostnames`: the first request to a host of the site shows its name."""
    asked = own.file

    def choosy(path: str, call: Any) -> Any:
        origin = call.headers.get("origin")
        if path == "/t/config" and origin != "https://www.shop.test":
            return 403, {"error": {"code": "forbidden", "message": "Not here."}}, []
        return asked(path, call)

    own.file = choosy
    site, browser = opened(consent=None)
    own.config = {"clickParam": "cid", "consentDefault": "granted"}
    soon(lambda: own.to("/t/config"))
    browser.get("https://evil.test/")
    browser.get(f"{SITE}/")
    soon(lambda: site.client.settings().click_param == "cid")
    assert [call.headers["origin"] for call in own.to("/t/config")] == ["https://shop.test", SITE]
    browser.get(f"{SITE}/?cid=one")
    assert str(browser.value("hw_visitor")).endswith(".one")


def test_a_site_may_say_it_by_purpose(own: Standin, opened: Any) -> None:
    """T-100."""
    _, browser = opened(consent=lambda _: Consent("granted", "denied", "denied"))
    browser.get(f"{SITE}/?gclid=a")
    call = soon(lambda: own.to("/t"))[0].json
    purposes = {"measurement": "granted", "sharing": "denied", "personal": "denied"}
    assert call["consent"] == purposes | {"source": "site"}


@pytest.mark.parametrize("answer", [lambda _: 1 / 0, lambda _: "perhaps"])
def test_a_consent_function_that_fails_costs_nobody_a_page(
    own: Standin, opened: Any, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    site, browser = opened(consent=answer)
    page = browser.get(f"{SITE}/?gclid=a")
    assert (page.status, page.body, page.set_cookies) == (200, b"page", [])
    assert site.visits[0].cookie is None, "and it allows nothing"
    assert "visit_not_read" in caplog.text


def test_an_answer_for_all_makes_no_visitor(opened: Any) -> None:
    """A cache between would hand one visitor's cookie to everybody."""
    site, browser = opened()
    for value in (b"public, max-age=60", b"max-age=0, s-maxage=60", b"PUBLIC"):
        site.headers = [(b"Cache-Control", value)]
        assert browser.get(f"{SITE}/").set_cookies == []
    for value in (b"private", b"no-store", b"max-age=60", b"public, no-store"):
        site.headers = [(b"Cache-Control", value)]
        assert len(browser.get(f"{SITE}/").set_cookies) == 1


@pytest.mark.parametrize(
    ("header", "value", "kept"),
    [
        (b"CDN-Cache-Control", b"max-age=60", True),
        (b"Vercel-CDN-Cache-Control", b"max-age=60", True),
        (b"Surrogate-Control", b"max-age=60", True),
        (b"X-Accel-Expires", b"60", True),
        (b"X-Accel-Expires", b"0", False),
        (b"CDN-Cache-Control", b"no-store", False),
    ],
    ids=str,
)
def test_a_word_to_the_cache_in_front_counts(
    opened: Any, header: bytes, value: bytes, kept: bool
) -> None:
    site, browser = opened()
    site.headers = [(header, value), (b"Cache-Control", b"private")]
    assert (browser.get(f"{SITE}/").set_cookies == []) is kept


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ([], "private"),
        ([b"max-age=60"], "max-age=60, private"),
        ([b"no-cache", b"max-age=0"], "no-cache, max-age=0, private"),
        ([b"no-store"], "no-store"),
        ([b"private, max-age=60"], "private, max-age=60"),
        ([b"public"], "public"),
    ],
    ids=str,
)
def test_an_answer_with_a_cookie_is_for_one_alone(
    opened: Any, said: list[bytes], given: str
) -> None:
    """Caches keep what does not forbid it, some with its cookies."""
    site, browser = opened()
    site.headers = [(b"Cache-Control", each) for each in said]
    page = browser.get(f"{SITE}/")
    assert [v for n, v in page.headers if n.lower() == "cache-control"] == [given]
    unseen = browser.get(f"{SITE}/", headers={"Sec-Fetch-Dest": "image"})
    assert unseen.header("cache-control") == (said[0].decode() if said else "")


def test_a_cookie_the_site_sets_itself_stays(opened: Any) -> None:
    site, browser = opened()
    site.headers = [(b"set-cookie", b"hw_visitor=" + b"s" * 24), (b"set-cookie", b"a=1")]
    assert browser.get(f"{SITE}/").set_cookies == ["hw_visitor=" + "s" * 24, "a=1"]


def test_who_comes_back_from_paying_did_not_land(own: Standin, opened: Any) -> None:
    """T-99."""
    own.config = {"clickParam": "hw_id", "ignoreReferrers": ["checkout.stripe.com"]}
    site, browser = opened()
    soon(lambda: site.client.settings().ignored_referrers)
    browser.get(f"{SITE}/thanks?utm_source=pay", referer="https://checkout.stripe.com/c/1")
    browser.get(f"{SITE}/thanks?utm_source=other", referer="https://notcheckout.stripe.com.test/")
    soon(lambda: own.to("/t"))
    site.client.close()
    assert [call.json["events"][0]["utm"] for call in own.to("/t")] == [{"source": "other"}]


def test_other_sites_are_touches_where_the_workspace_wants_them(own: Standin, opened: Any) -> None:
    """T-98, T-99: one's own hosts never are."""
    own.config = {"clickParam": "hw_id", "referrals": True}
    site, browser = opened()
    soon(lambda: site.client.settings().referrals)
    for referrer in ("https://app.shop.test/x", f"{SITE}/", "", "javascript:1", "https://["):
        browser.get(f"{SITE}/", referer=referrer)
    browser.get(f"{SITE}/", referer="https://user@blog.test:8443/post?q=private#x")
    soon(lambda: own.to("/t"))
    site.client.close()
    assert [c.json["events"][0]["referrer"] for c in own.to("/t")] == ["https://blog.test:8443"]


def test_nobody_waits_for_a_server_that_hangs(own: Standin, opened: Any) -> None:
    """B-22: pages come at once; the tag's path gives up soon and then rests."""
    own.slow_s = 1.0
    _, browser = opened()
    begun = time.monotonic()
    for number in range(10):
        assert browser.get(f"{SITE}/?gclid={number}").status == 200
    assert time.monotonic() - begun < 5, "half of ten answers"
    own.slow_s = 0.0


def test_what_http_cannot_carry_does_not_close_the_tags_path(own: Standin, opened: Any) -> None:
    site, browser = opened()
    bad = Request("GET", "https", "www.shop.test", "/hw.js", "", {"referer": "a\nX: y"})
    proxy = site.app._front.proxy
    assert proxy.answer(proxy.asked(bad), b"").status == 400
    assert browser.get(f"{SITE}/hw.js").status == 200


def test_the_tags_path_rests_after_a_failure(own: Standin, opened: Any) -> None:
    _, browser = opened()
    own.stop()
    assert browser.get(f"{SITE}/hw.js").status == 502
    assert browser.get(f"{SITE}/hw.js").status == 503
    assert browser.get(f"{SITE}/hw.js").header("cache-control") == "no-store"
    assert browser.get(f"{SITE}/").status == 200


def test_what_the_server_refuses_the_tag_hears(own: Standin, opened: Any) -> None:
    own.ill = 403
    _, browser = opened()
    assert browser.get(f"{SITE}/hw.js").status == 403
    assert browser.get(f"{SITE}/hw.js").status == 403, "an answer is no failure"


def test_the_server_may_end_a_visitor_through_the_path(own: Standin, opened: Any) -> None:
    """After a withdrawal its answer removes the cookie, on the site's own domain."""
    _, browser = opened()
    browser.get(f"{SITE}/")
    gone = "hw_visitor=; Path=/; Domain=track.test; Max-Age=0; HttpOnly"
    own.heard = lambda _: (200, {"visitor": None}, [("set-cookie", gone)])
    page = browser.ask("POST", f"{SITE}/hw", body=b"{}")
    assert "Domain=shop.test; Max-Age=0" in page.set_cookies[0]
    assert browser.value("hw_visitor") is None


def test_a_peer_that_is_no_proxy_of_ours_is_not_believed(own: Standin, opened: Any) -> None:
    _, browser = opened(trusted_proxies=[])
    browser.get("https://www.shop.test/?gclid=a", headers={"X-Forwarded-For": "203.0.113.7"})
    assert browser.cookie("hw_visitor").secure is False, "it came by http"
    assert soon(lambda: own.to("/t"))[0].headers["x-forwarded-for"] == "127.0.0.1"


def test_an_application_that_ends_sends_what_waits(own: Standin) -> None:
    own.slow_s = 0.05
    site = Site(own, consent="granted")
    with by_asgi(site.app) as port:
        for number in range(5):
            Browser(port).get(f"{SITE}/?gclid={number}")
    assert len(own.to("/t")) == 5
    assert site.client.counts.lost == {}


def test_an_application_with_nothing_around_it_is_a_wsgi_one_too(own: Standin) -> None:
    client = Headwater(own.url, SECRET, PUBLIC, domains=["shop.test"], consent="granted")

    def plain(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html")])
        return [str(environ["headwater"].cookie).encode()]

    with by_wsgi(ByWsgi(plain, client)) as port:
        browser = Browser(port)
        page = browser.get(f"{SITE}/?gclid=%FF%C3%BC")
        assert page.text == browser.value("hw_visitor")
        soon(lambda: own.to("/t"))
    client.close()


@pytest.mark.parametrize("path", ["hw", "/", "/hw/", "/h w", "/../t", "https://x.test"])
def test_a_path_that_is_none_is_refused_at_once(path: str) -> None:
    client = Headwater("http://127.0.0.1:9", SECRET, PUBLIC)
    with pytest.raises(SetupError, match="/hw"):
        HeadwaterMiddleware(None, client, proxy_path=path)
    client.close(0)


def test_a_middleware_without_the_publishable_key_is_refused_at_once() -> None:
    with pytest.raises(SetupError, match="publishable_key"):
        HeadwaterMiddleware(None, Headwater("http://127.0.0.1:9", SECRET))


def test_the_client_brings_nothing_of_the_server_along() -> None:
    """A site's backend gets the standard library, the table of parameters and the client."""
    script = """
import sys
import headwater.client, headwater.client.signin, headwater.client.checkout
import headwater.client.middleware.asgi, headwater.client.middleware.flask
import headwater.client.checkout.asgi
loaded = {name.partition(".")[0] for name in sys.modules}
foreign = loaded - set(sys.stdlib_module_names) - {"headwater"} - BEFORE
ours = {n.split(".")[1] for n in sys.modules if n.startswith("headwater.")}
assert ours == {"client", "landing"}, ours
assert not foreign, foreign
"""
    before = "import sys\nBEFORE = {name.partition('.')[0] for name in sys.modules}\n"
    done = subprocess.run(
        [sys.executable, "-c", before + script], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_several_lines_of_a_header_are_one(own: Standin, opened: Any) -> None:
    """Cookies come in pieces by HTTP/2; of several privacy signals one is enough."""
    request = Request("GET", "https", "a", "/", "", {"sec-gpc": "0, 1", "cookie": "a=1; a=2"})
    assert request.gpc
    assert request.cookies["a"] == ("1", "2")
    site, browser = opened()
    browser.get(f"{SITE}/", headers={"Cookie": f"hw_visitor=bad; hw_visitor={'g' * 24}"})
    assert site.visits[0].cookie == "g" * 24, "the first that is one"
