"""A server that hangs, drips or is away, and what a visitor notices of it: nothing."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from headwater.client import Consent, Headwater, HeadwaterError, Request, Visit
from headwater.client.patience import Patience
from headwater.client.request import behind, networks
from headwater.client.settings import Settings
from headwater.client.signin import SignIn
from headwater.client.visit import seen
from tests.site.browser import AGENT
from tests.site.standin import Standin, soon
from tests.site.test_outbox import opened
from tests.support import free_port

VISITOR = "v" * 24


def visited(client: Headwater, method: str = "GET", query: str = "", **headers: str) -> Visit:
    """A page view of somebody who was there before."""
    given = {"user-agent": AGENT, "sec-fetch-dest": "document", "cookie": f"hw_visitor={VISITOR}"}
    request = Request(method, "https", "app.shop.test", "/", query, given | headers, "203.0.113.7")
    return seen(request, client.consent(request), Settings(), client.domains)


@contextmanager
def dripping() -> Iterator[str]:
    """A server that never ends its first header, and is never silent for long."""
    door = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            visitor, _ = door.accept()
            threading.Thread(target=drip, args=(visitor,), daemon=True).start()

    def drip(visitor: socket.socket) -> None:
        with visitor:
            while not ended.wait(0.05):
                try:
                    visitor.send(b"H")
                except OSError:
                    return

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{door.getsockname()[1]}"
    ended.set()
    door.close()


def test_who_waits_waits_no_longer_than_was_said() -> None:
    """However slowly a server answers: no limit of a socket ends this."""
    with dripping() as url:
        client = opened(url, consent="granted")
        begun = time.monotonic()
        with pytest.raises(HeadwaterError) as failed:
            client.patience.run(lambda: client.sale("u1", 100, timeout_s=5.0), 0.2)
        assert time.monotonic() - begun < 1.0
        assert (failed.value.status, failed.value.passing) == (0, True)
        client.close(0)


def test_pages_of_who_is_signed_in_wait_once_for_a_server_that_hangs(own: Standin) -> None:
    """The next ones not at all, and what they say waits once, however many there are."""
    client = opened(own.url, consent="granted")
    client._calls._delay_s = 0.05
    signin = SignIn(client, "app")
    own.slow_s = 5.0
    client.report(visited(client).request, VISITOR, {"id": "e1"}, Consent.alike("granted"))
    signin.keep_up(visited(client), "u1")
    begun = time.monotonic()
    outcomes = {signin.keep_up(visited(client), "u1").outcome for _ in range(5)}
    assert time.monotonic() - begun < 1.0
    assert outcomes == {"later"}
    assert len(client._calls) == 1
    signin.keep_up(visited(client, query="gclid=G"), "u1")
    assert len(client._calls) == 2, "who brings something new says more"
    client.close(0)


def test_a_server_that_is_back_is_asked_again_at_once(own: Standin) -> None:
    client = opened(own.url, consent="granted")
    client._calls._delay_s = 0.02
    signin = SignIn(client, "app")
    own.ill = 503
    assert signin.keep_up(visited(client), "u1").outcome == "later"
    own.ill = 0
    soon(lambda: client.counts.sent == 1)
    assert signin.keep_up(visited(client), "u1").outcome == "attached"
    client.close()


def test_patience_grows_and_one_alone_tries_again() -> None:
    patience = Patience(at_once=4)
    calls: list[int] = []

    def away() -> None:
        calls.append(1)
        raise HeadwaterError("no_answer", "")

    rests = []
    for _ in range(8):
        before = time.monotonic_ns() // 1_000_000
        with pytest.raises(HeadwaterError):
            patience.run(away, 1.0)
        rests.append(round((patience._resting_until_ms - before) / 1000))
        with pytest.raises(HeadwaterError) as refused:
            patience.run(away, 1.0)
        assert refused.value.code == "not_asked"
        patience._resting_until_ms = 0
        soon(lambda: patience._running == 0)
    assert rests == [2, 4, 8, 16, 32, 60, 60, 60]
    assert len(calls) == 8
    assert patience.run(lambda: 7, 1.0) == 7
    assert (patience._failures, patience._resting_until_ms) == (0, 0)


@pytest.mark.parametrize("answer", [(200, []), (200, True), (200, b"<html>"), (302, b"")], ids=str)
def test_what_stands_in_the_servers_place_breaks_no_sign_in(own: Standin, answer: Any) -> None:
    own.given = lambda _: (*answer, [])
    client = opened(own.url, consent="granted")
    signin = SignIn(client, "app")
    assert signin.attach(signin.finish(visited(client)), "u1").outcome == "later"
    assert client.counts.lost == {}
    client.close(0)


def test_a_consent_that_stays_at_home_is_that_of_leaving() -> None:
    """A-14: a callback that is posted from elsewhere brings no cookie of the site's consent."""
    client = opened(
        f"http://127.0.0.1:{free_port()}",
        consent=lambda request: request.header("x-consent") or "unknown",
    )
    signin = SignIn(client, "app")
    chosen = {"x-consent": "granted"}
    state = signin.begin(visited(client, **chosen))
    back = signin.finish(visited(client, "POST", cookie=""), state)
    assert (str(back.visitor), back.consent) == (VISITOR, Consent.alike("granted"))
    signal = signin.finish(visited(client, "POST", **{"cookie": "", "sec-gpc": "1"}), state)
    assert (signal.consent.sharing, signal.consent.source) == ("denied", "gpc"), "T-103"
    said_no = signin.finish(visited(client, "POST", **{"x-consent": "denied"}), state)
    assert (said_no.visitor, said_no.consent.measurement) == (None, "denied")
    never = signin.begin(visited(client))
    assert signin.finish(visited(client, "POST"), never).visitor is None
    client.close(0)


def test_a_proxy_behind_a_socket_of_the_machine_has_no_address() -> None:
    """As nginx before gunicorn on a unix socket: what it says is believed where any proxy is."""
    said = {"x-forwarded-proto": "https", "x-forwarded-for": "6.6.6.6, 203.0.113.7"}
    request = Request("GET", "http", "www.shop.test", "/", "", said, "")
    seen_by = behind(request, networks(["127.0.0.1/32"]))
    assert (seen_by.scheme, seen_by.peer) == ("https", "203.0.113.7")
    assert behind(request, ()) == request


@pytest.fixture
def own() -> Iterator[Standin]:
    standin = Standin().start()
    yield standin
    standin.stop()
