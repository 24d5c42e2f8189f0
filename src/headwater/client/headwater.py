"""The client of a site: calls of its backend, what the site is, and what waits to be sent."""

import atexit
import ssl
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

from headwater.client import cookies
from headwater.client.api import PATIENCE_S, Calls, an_object, understood
from headwater.client.consent import STATES, Asked, Consent, State, answered
from headwater.client.errors import HeadwaterError, SetupError
from headwater.client.facts import Json
from headwater.client.later import Later
from headwater.client.letter import Letter, Memory
from headwater.client.outbox import Counts, Outbox
from headwater.client.patience import Patience
from headwater.client.request import Request, networks
from headwater.client.settings import Latest, Settings
from headwater.client.spool import Spool
from headwater.client.world import ticks_ms

QUEUE = 1000
FAREWELL_S = 2.0
AT_ONCE = 4  # calls a visitor waits for
_OF_THE_KEY = (401, 403)


class Headwater(Calls):
    """Make one when the process starts and share it: it is safe to use from every thread.

    `domains` are the site's registrable domains, whose cookie spans all their hosts. `consent` is
    what counts for visitors: a word for all, a function asked on each page, or None for the
    workspace's own default. `trusted_proxies` are networks whose `X-Forwarded-*` are believed.
    """

    def __init__(
        self,
        url: str,
        secret_key: str,
        publishable_key: str | None = None,
        *,
        domains: Sequence[str] = (),
        consent: Asked | State | None = None,
        trusted_proxies: Sequence[str] = (),
        timeout_s: float = PATIENCE_S,
        queue_size: int = QUEUE,
        spool: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(url, secret_key, timeout_s=timeout_s, tls=tls)
        if isinstance(consent, str) and consent not in STATES:
            raise SetupError("consent is 'granted', 'denied', 'unknown', a function, or None.")
        self.publishable_key = publishable_key or ""
        self.domains = tuple(_domain(each) for each in domains)
        self.trusted_proxies = networks(trusted_proxies)
        self._consent = consent
        origin = f"https://{self.domains[0]}" if self.domains else ""
        self._latest = Latest(self.wire, self.publishable_key, origin)
        self._outbox = Outbox(
            self._post, Memory(queue_size), idle=self._tend, anew=self._latest.begin_anew
        )
        # Apart, so that neither a flood of touches nor one that fails holds up what is worth money.
        self.patience = Patience(AT_ONCE)
        self._calls = Outbox(
            self._call,
            Spool(spool, queue_size) if spool else Memory(queue_size),
            anew=self.patience.begin_anew,
            setup=_OF_THE_KEY,
        )
        self._spooled = spool is not None
        self.later = Later(self._calls)
        if spool:
            self._calls.open()  # what another process left there
        _close_at_exit(self)

    @property
    def counts(self) -> Counts:
        """What was sent later, repeated and lost, in this process."""
        return self._outbox.counts.plus(self._calls.counts)

    def start(self, wait_s: float = 0.0) -> None:
        """Ask for the workspace's settings now, in the background, rather than at first use.

        After `close` it begins anew. Where no request waits it may take a moment, so that the
        first ones, and workers forked from here, know them.
        """
        self._outbox.open()
        if self._calls.closed:
            self._calls.open()
        if wait_s and self.publishable_key:
            self._latest.asked.wait(wait_s)

    def close(self, timeout_s: float = FAREWELL_S) -> None:
        """Send what waits, for so long; the rest is counted as lost, unless it is in a spool. Also
        done at a normal exit.
        """
        deadline = ticks_ms() + round(timeout_s * 1000)
        self._outbox.hurry()
        self._calls.close(timeout_s)
        self._outbox.close(max(0.0, (deadline - ticks_ms()) / 1000))

    def settings(self, request: Request | None = None) -> Settings:
        """The last known ones, at once. A request to a host of the site shows as whom to ask."""
        if request is not None and self.domain(request):
            self._latest.ask_as(request.origin)
        if self._latest.due:
            self._outbox.wake()
        return self._latest.settings

    def consent(self, request: Request) -> Consent:
        """For this visitor, now; a site's function that fails allows nothing."""
        if callable(self._consent):
            given = answered(self._consent(request))
        elif self._consent is not None:
            given = Consent.alike(self._consent, "default")
        else:
            given = Consent.alike(self.settings(request).consent or "unknown", "default")
        return given.under(gpc=request.gpc)

    def domain(self, request: Request) -> str | None:
        return cookies.domain_for(request.hostname, self.domains)

    def report(
        self, request: Request, visitor: str, touch: Mapping[str, Any], consent: Consent
    ) -> bool:
        """Have a touch sent later. False where it is lost, because too much waits already."""
        body = self._about(visitor, consent)
        return self._outbox.put(Letter("/t", body, _as(request), visitor, touch))

    def withdraw(self, request: Request, visitor: str, consent: Consent) -> bool:
        """Have the visitor forgotten: whoever was asked said no (T-102)."""
        body = self._about(visitor, consent) | {"events": [{"type": "withdraw"}]}
        return self._outbox.put(Letter("/t", body, _as(request), visitor))

    def undelivered(self, visitor: str) -> list[dict[str, Any]]:
        """Touches of a visitor that still wait here."""
        mine = [each for each in self._outbox.waiting() if each.visitor == visitor]
        return [letter.aged(letter.touch) for letter in mine if letter.touch is not None]

    def _post(self, letter: Letter) -> None:
        answer = self._delivered(letter, letter.headers)
        refused = answer.get("refused") if letter.touch is not None else None
        if refused:  # the server took the call, and not the one event in it
            code = str(refused[0].get("code", "refused"))
            raise HeadwaterError(code, str(refused[0].get("message", "")), status=422)

    def _call(self, letter: Letter) -> None:
        """A repeat is the same call: it counts once."""
        headers = {
            "Authorization": f"Bearer {self.secret_key}",
            "Content-Type": "application/json",
        }
        key = letter.key
        self._delivered(letter, headers | ({"Idempotency-Key": key} if key else {}))

    def _delivered(self, letter: Letter, headers: Mapping[str, str]) -> Json:
        reply = self.wire.send(
            "POST",
            letter.path,
            headers=headers,
            body=letter.payload(),
            timeout_s=self._timeout_s,
        )
        answer = an_object(understood(reply))
        self.patience.heard()
        return answer

    def _about(self, visitor: str, consent: Consent) -> dict[str, Any]:
        return {"key": self.publishable_key, "visitor": visitor, "consent": consent.body()}

    def _tend(self) -> None:
        if self._spooled:
            self._calls.wake()  # also in a worker forked from a process that is gone
        if self._latest.due:
            self._latest.refresh()


def _as(request: Request) -> dict[str, str]:
    """Headers by which the server judges a visitor as if he had come himself."""
    given = {
        "Content-Type": "text/plain",
        "Origin": request.origin,
        "User-Agent": request.header("user-agent"),
        "X-Forwarded-For": request.peer,
        "Sec-GPC": "1" if request.gpc else "",
    }
    return {name: value for name, value in given.items() if value}


def _domain(given: str) -> str:
    name = given.lower().strip(".")
    if cookies.is_address(name) or "." not in name or not set(name) <= _OF_NAMES:
        raise SetupError(
            f"{given!r} is no domain of a site. Name the part all its hosts share, as example.com."
        )
    return name


_OF_NAMES = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")


def _close_at_exit(client: Headwater) -> None:
    known = weakref.ref(client)

    def close() -> None:
        client = known()
        if client is not None:
            client.close()

    atexit.register(close)
