"""Limits an operator may set: told in every answer, counted per caller over a sliding minute."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from dub import Dub
from dub.models import errors

from headwater.config import Overrides, load
from headwater.http.limits import CALLERS_MAX, MINUTE_US, Guesses, Limits
from headwater.kit.clock import SECOND_US
from tests.clients.typescript import NODE, Sdk, SdkError
from tests.http.test_contract import ROUTES
from tests.http.world import ask
from tests.support import Answer, Client, Server, Store, initialise

LIMIT = 2
KEYED = {"HEADWATER_LIMITS_PER_KEY_PER_MINUTE": str(LIMIT)}
OPEN = {"HEADWATER_LIMITS_PER_ADDRESS_PER_MINUTE": str(LIMIT)}
UNLIMITED = {("GET", "/healthz"), ("GET", "/readyz")}


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def limited(store: Store) -> Iterator[Server]:
    key = initialise(store)["secret_key"]
    server = Server(store, role="core", key=key, env=KEYED | OPEN).start()
    assert server.client.call("GET", "/links").status == 200, "a key is good from then on"
    yield server
    server.stop()


def told(answer: Answer) -> tuple[int, str | None, str | None]:
    headers = answer.headers
    return answer.status, headers.get("x-ratelimit-remaining"), headers.get("x-ratelimit-limit")


def test_every_endpoint_tells_the_limit_and_keeps_it(limited: Server) -> None:
    """Each from an address of its own, with a key that opens nothing: the limit comes first."""
    for number, (method, path) in enumerate(sorted(set(ROUTES) - UNLIMITED)):
        sent = {
            "method": method,
            "source": f"127.0.{1 + number // 200}.{1 + number % 200}",
            "headers": {"authorization": f"Bearer hw_sk_{number}"},
        }
        place = path.replace("{", "").replace("}", "")
        answers = [ask(limited, place, **sent) for _ in range(3)]
        assert [told(answer)[1:] for answer in answers] == [("1", "2"), ("0", "2"), ("0", "2")]
        assert answers[0].status != 429
        assert answers[2].status == 429, (method, path)
        assert answers[2].json["error"]["code"] == "rate_limit_exceeded"
        assert 1 <= int(answers[2].headers["retry-after"]) <= 60


def test_a_call_without_a_key_counts_for_its_address_and_says_cors(limited: Server) -> None:
    visitor = Client(limited.url, None)
    body = {"domain": "go.acme.test", "key": "none"}
    answers = [visitor.call("POST", "/track/click", body) for _ in range(LIMIT + 1)]
    assert [answer.status for answer in answers] == [404, 404, 429]
    assert answers[-1].headers["access-control-allow-origin"] == "*"
    assert limited.client.call("GET", "/links").status == 200, "a key counts for itself"


def test_keys_that_open_nothing_count_for_the_address_whatever_they_are(limited: Server) -> None:
    """Else whoever invents one for each call has no limit, and may try as many as he likes."""
    for path in ("/links", "/qr?url=x"):
        source = f"127.0.9.{len(path)}"
        statuses = [
            ask(limited, path, headers={"authorization": f"Bearer {n}"}, source=source).status
            for n in range(LIMIT + 3)
        ]
        assert statuses[LIMIT:] == [429] * 3
        assert 429 not in statuses[:LIMIT]


def test_a_good_key_counts_for_itself_whoever_shares_its_address(limited: Server) -> None:
    good = {"authorization": f"Bearer {limited.key}"}
    source = "127.0.9.99"
    assert ask(limited, "/links", headers=good, source=source).status == 200
    for number in range(LIMIT + 1):
        bad = {"authorization": f"Bearer {number}"}
        ask(limited, "/links", headers=bad, source=source)
        ask(limited, "/qr?url=x", source=source)
    assert ask(limited, "/links", headers=good, source=source).status == 200


def test_redirects_and_health_are_not_limited(limited: Server) -> None:
    for _ in range(LIMIT + 3):
        assert limited.client.call("GET", "/readyz").status == 200
        assert limited.client.click("none").status == 404


def test_the_api_prefix_is_no_way_around(limited: Server) -> None:
    paths = ["/links", "/api/links", "/links"]
    assert [limited.client.call("GET", path).status for path in paths] == [200, 200, 429]


def test_without_a_setting_nothing_is_said(store: Store) -> None:
    server = Server(store, role="core", key=initialise(store)["secret_key"]).start()
    try:
        assert "x-ratelimit-limit" not in server.client.call("GET", "/links").headers
    finally:
        server.stop()


def test_the_python_sdk_has_a_class_for_it(limited: Server) -> None:
    with Dub(token=str(limited.key), server_url=limited.url) as sdk:
        sdk.links.list(request={})
        sdk.links.list(request={})
        with pytest.raises(errors.RateLimitExceeded) as thrown:
            sdk.links.list(request={})
    assert thrown.value.data.error.code.value == "rate_limit_exceeded"


@pytest.mark.skipif(NODE is None, reason="there is no Node.js to run the SDK with")
def test_the_typescript_sdk_has_a_class_for_it(limited: Server) -> None:
    sdk = Sdk(limited.url, str(limited.key))
    try:
        sdk("links.list", {}, pages=1)
        sdk("links.list", {}, pages=1)
        with pytest.raises(SdkError) as thrown:
            sdk("links.list", {}, pages=1)
    finally:
        sdk.close()
    assert thrown.value.name == "RateLimitExceeded"


class Hands:
    """A clock somebody turns by hand."""

    at_us = 1_000 * MINUTE_US

    def now_us(self) -> int:
        return self.at_us

    monotonic_us = now_us


def limits(limit: int) -> tuple[Limits, Hands]:
    config: Any = load(Overrides(data="nowhere"))
    clock = Hands()
    given = SimpleNamespace(per_key_per_minute=limit, per_address_per_minute=limit)
    of_config = SimpleNamespace(limits=given, server=config.server)
    app: Any = SimpleNamespace(clock=clock, config=of_config)
    return Limits(app, lambda key: not key.startswith("bad")), clock


def scope(key: str = "k") -> dict[str, Any]:
    return {"headers": [(b"authorization", f"Bearer {key}".encode())], "client": ("192.0.2.1", 1)}


@pytest.mark.parametrize("limit", [1, 7, 60, 600])
@pytest.mark.parametrize("early_s", [0, 20, 59])
def test_whoever_waits_as_told_is_admitted(limit: int, early_s: int) -> None:
    """Not a second too late either: nobody is sent away for longer than a minute."""
    given, clock = limits(limit)
    for _ in range(limit):
        assert given.admit(scope()).problem is None
    clock.at_us += early_s * SECOND_US
    for _ in range(3 * limit):
        refused = given.admit(scope())
        while refused.problem is not None:
            wait_s = int(dict(refused.headers)[b"retry-after"])
            assert 1 <= wait_s <= 61
            clock.at_us += wait_s * SECOND_US
            refused = given.admit(scope())


def test_no_minute_has_twice_the_limit() -> None:
    """The weakness of windows that do not slide: the end of one and the start of the next."""
    given, clock = limits(100)
    clock.at_us += 1
    assert given.admit(scope()).problem is None
    clock.at_us += 59 * SECOND_US
    admitted = 1
    for _ in range(200):
        admitted += given.admit(scope()).problem is None
    clock.at_us += 2 * SECOND_US
    for _ in range(200):
        admitted += given.admit(scope()).problem is None
    assert admitted <= 104


def guesses(limit: int) -> tuple[Guesses, Hands]:
    clock = Hands()
    given = SimpleNamespace(password_guesses_per_minute=limit)
    app: Any = SimpleNamespace(clock=clock, config=SimpleNamespace(limits=given))
    return Guesses(app), clock


@pytest.mark.parametrize("limit", [1, 10])
def test_whoever_guesses_waits_and_then_has_one_more_try(limit: int) -> None:
    given, clock = guesses(limit)
    for _ in range(limit):
        assert given.wait_s(1, "192.0.2.1") == 0
        given.wrong(1, "192.0.2.1")
    wait_s = given.wait_s(1, "192.0.2.1")
    assert 1 <= wait_s <= 61
    assert given.wait_s(2, "192.0.2.1") == 0, "another link"
    assert given.wait_s(1, "192.0.2.2") == 0, "somebody else"
    clock.at_us += (wait_s - 1) * SECOND_US - 1
    assert given.wait_s(1, "192.0.2.1") > 0
    tries = 0
    for _ in range(60):
        clock.at_us += SECOND_US
        while given.wait_s(1, "192.0.2.1") == 0:
            given.wrong(1, "192.0.2.1")
            tries += 1
    assert 1 <= tries <= limit + 1


def test_guessers_are_forgotten_before_they_fill_the_memory() -> None:
    given, _ = guesses(1)
    for number in range(CALLERS_MAX + 10):
        given.wrong(number, "192.0.2.1")
    assert len(given._windows) <= CALLERS_MAX
    assert given.wait_s(CALLERS_MAX + 9, "192.0.2.1") > 0


def test_an_operator_may_let_them_guess() -> None:
    given, _ = guesses(0)
    for _ in range(1000):
        given.wrong(1, "192.0.2.1")
    assert given.wait_s(1, "192.0.2.1") == 0


def test_callers_are_forgotten_before_they_fill_the_memory() -> None:
    given, clock = limits(1)
    for number in range(CALLERS_MAX + 10):
        given.admit(scope(str(number)))
    assert len(given._keys) <= CALLERS_MAX
    assert given.admit(scope(str(CALLERS_MAX + 9))).problem is not None, "the latest are known"
    clock.at_us += 3 * MINUTE_US
    for number in range(CALLERS_MAX):
        given.admit(scope(f"later {number}"))
    assert len(given._keys) <= CALLERS_MAX


def test_nobody_is_forgotten_for_addresses_that_send_invented_keys() -> None:
    given, _ = limits(1)
    assert given.admit(scope()).problem is None
    for number in range(CALLERS_MAX + 10):
        address = (f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 1)
        given.admit(scope(f"bad{number}") | {"client": address})
    assert len(given._addresses) <= CALLERS_MAX
    assert given.admit(scope()).problem is not None
