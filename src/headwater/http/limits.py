"""How often one key, or one address without a good key, may call the API of this process; and how
often one address may guess the password of a link.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from headwater.http.address import network, visitor_address
from headwater.http.asgi import Scope
from headwater.http.visitor import Headers, headers_of
from headwater.kit.clock import SECOND_US
from headwater.kit.problems import Code, Problem
from headwater.runtime import App

MINUTE_US = 60 * SECOND_US
CALLERS_MAX = 50_000
_BEARER = b"Bearer "


class Window:
    """A sliding minute: the calls since it began, and of those in the minute before it the share
    that is not a minute old.

    As exact as a list of times where calls come evenly, and two numbers instead of thousands.
    """

    __slots__ = ("before", "begun_us", "now")

    def __init__(self, begun_us: int) -> None:
        self.begun_us = begun_us
        self.before = 0
        self.now = 0

    def turn(self, at_us: int) -> None:
        passed = (at_us - self.begun_us) // MINUTE_US
        if passed > 0:
            self.before = self.now if passed == 1 else 0
            self.now = 0
            self.begun_us += passed * MINUTE_US

    def ends_in_us(self, at_us: int) -> int:
        return self.begun_us + MINUTE_US - at_us

    def used(self, at_us: int) -> int:
        return self.now + self.before * self.ends_in_us(at_us) // MINUTE_US

    def wait_us(self, at_us: int, limit: int) -> int:
        """Until one more call is within the limit, for a window that is full."""
        room = limit - self.now
        if room <= 0:
            return self.ends_in_us(at_us) + 1
        return self.ends_in_us(at_us) - room * MINUTE_US // self.before + 1


class Windows:
    """One of each caller, in as much memory as `CALLERS_MAX` of them take."""

    def __init__(self) -> None:
        self._windows: dict[bytes, Window] = {}

    def __len__(self) -> int:
        return len(self._windows)

    def of(self, caller: bytes, at_us: int) -> Window:
        """As it stands at this moment."""
        window = self._windows.get(caller)
        if window is None:
            if len(self._windows) >= CALLERS_MAX:
                self._forget(at_us)
            window = self._windows[caller] = Window(at_us)
        window.turn(at_us)
        return window

    def _forget(self, at_us: int) -> None:
        """Who has not called for two minutes; if all have, those who came first."""
        since = at_us - 2 * MINUTE_US
        kept = {caller: each for caller, each in self._windows.items() if each.begun_us > since}
        if len(kept) >= CALLERS_MAX:
            kept = dict(list(kept.items())[CALLERS_MAX // 2 :])
        self._windows = kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What one call is told: the headers of its answer, and the problem if it came too often."""

    headers: list[tuple[bytes, bytes]]
    problem: Problem | None


class Limits:
    """Counts per caller, in memory: each process of a cluster counts its own calls."""

    def __init__(self, app: App, is_good: Callable[[str], bool]) -> None:
        """`is_good` says of a key whether it is known to open a workspace."""
        self._is_good = is_good
        self._clock = app.clock
        self._by_key = app.config.limits.per_key_per_minute
        self._by_address = app.config.limits.per_address_per_minute
        self._trusted = [network(cidr) for cidr in app.config.server.trusted_proxies]
        # Apart, so that however many addresses there are, no key is forgotten for them.
        self._keys = Windows()
        self._addresses = Windows()

    def admit(self, scope: Scope) -> Admission | None:
        """None where there is no limit. A call that is refused does not count."""
        if not self._by_key and not self._by_address:
            return None
        headers = headers_of(scope["headers"])
        key = _key_in(headers.get(b"authorization", b""))
        good = key is not None and self._is_good(key)
        limit = self._by_key if good else self._by_address
        if limit == 0 and key is not None:
            limit = self._by_key  # where visitors may call as they like, guessers of keys may not
        if limit == 0:
            return None
        at_us = self._clock.monotonic_us()
        if key is not None and good:
            window = self._keys.of(_digest(key), at_us)
        else:
            window = self._addresses.of(self._address(scope, headers, key), at_us)
        left = limit - window.used(at_us)
        reset_at_us = self._clock.now_us() + window.ends_in_us(at_us)
        if left <= 0:
            return _refused(limit, reset_at_us, window.wait_us(at_us, limit))
        window.now += 1
        return Admission(headers=_headers(limit, left - 1, reset_at_us), problem=None)

    def _address(self, scope: Scope, headers: Headers, key: str | None) -> bytes:
        """Those who send a key count apart: one that is good is not known to be before its first
        call, which visitors from the same address must not use up.
        """
        client = scope["client"][0] if scope.get("client") else ""
        forwarded = headers.get(b"x-forwarded-for", b"") if self._trusted else b""
        address = visitor_address(client, forwarded, self._trusted)
        return f"{address} {'key' if key is not None else ''}".encode("latin-1")


def _key_in(authorization: bytes) -> str | None:
    if not authorization.startswith(_BEARER):
        return None
    return authorization[len(_BEARER) :].decode("latin-1").strip()


def _digest(key: str) -> bytes:
    """Not the key itself: what a process holds in memory may end in a dump."""
    return blake2b(key.encode("latin-1"), digest_size=16).digest()


class Guesses:
    """Wrong passwords, per link and address. While there were too many, the right one opens nothing
    either: else it would show among the wrong ones.
    """

    def __init__(self, app: App) -> None:
        self._clock = app.clock
        self._limit = app.config.limits.password_guesses_per_minute
        self._windows = Windows()

    def wait_s(self, link_number: int, address: str) -> int:
        """Until the next guess is looked at; 0: it may be made now."""
        if not self._limit:
            return 0
        at_us = self._clock.monotonic_us()
        window = self._windows.of(_guesser(link_number, address), at_us)
        if window.used(at_us) < self._limit:
            return 0
        return -(-window.wait_us(at_us, self._limit) // SECOND_US)

    def wrong(self, link_number: int, address: str) -> None:
        if self._limit:
            at_us = self._clock.monotonic_us()
            self._windows.of(_guesser(link_number, address), at_us).now += 1


def _guesser(link_number: int, address: str) -> bytes:
    return f"{link_number} {address}".encode("latin-1", "replace")


def _refused(limit: int, reset_at_us: int, wait_us: int) -> Admission:
    """In seconds, as HTTP has it; the reference sends a time, which its own SDKs misread."""
    wait_s = -(-wait_us // SECOND_US)
    problem = Problem(
        Code.RATE_LIMITED,
        f"More than {limit} calls in a minute. Nothing was recorded: send it again in {wait_s} s.",
    )
    headers = [*_headers(limit, 0, reset_at_us), (b"retry-after", b"%d" % wait_s)]
    return Admission(headers=headers, problem=problem)


def _headers(limit: int, left: int, reset_at_us: int) -> list[tuple[bytes, bytes]]:
    return [
        (b"x-ratelimit-limit", b"%d" % limit),
        (b"x-ratelimit-remaining", b"%d" % left),
        (b"x-ratelimit-reset", b"%d" % (reset_at_us // 1000)),
    ]
