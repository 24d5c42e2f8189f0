"""A visitor through a sign-in: what he brought comes along, whichever way he returns.

`begin` before he leaves, `finish` where he comes back, `attach` once it is known who he is. What
counts of the visitor is, in this order: the address he comes back with (A-10), the token, the
cookie. None of these calls fails or holds up a sign-in.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from headwater.client import cookies, tokens
from headwater.client.api import body_of
from headwater.client.consent import Consent
from headwater.client.cookies import Visitor
from headwater.client.errors import HeadwaterError, SetupError
from headwater.client.facts import in_thread
from headwater.client.headwater import Headwater
from headwater.client.letter import SIGN_UP
from headwater.client.log import log
from headwater.client.parameters import keep_parameters, kept
from headwater.client.visit import Visit
from headwater.client.world import new_nonce, now_s

COOKIE, MARKER = "hw_signin", "hw_done_"
# Of what he came with, in a token. All cookies together stay below 1,024 bytes (T-89).
QUERY_MAX, COOKIE_QUERY_MAX = 1000, 280
LASTS_S, MARKER_LASTS_S = 600, 3600
PATIENCE_S = 2.0
_SAYS_MORE = ("landing", "customer_name", "customer_email", "event_name", "metadata")
_SITE = re.compile(r"[a-z0-9-]{1,20}")


class Outcome(StrEnum):
    """What became of an attachment. Only `attached` leaves a marker (A-11)."""

    ATTACHED = "attached"
    LATER = "later"
    REFUSED = "refused"
    LOST = "lost"
    LINKING = "linking"
    SUPPRESSED = "suppressed"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who came back. `consent` is that of now, or of when he left where the site cannot
    tell now: its own cookie of it may not come along from elsewhere either. `linking` adds a way to
    sign in to an account that is there; `query` has the parameters he left with.
    """

    visit: Visit
    visitor: Visitor | None
    consent: Consent
    linking: bool = False
    query: str = ""
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Attached:
    """`answer` is the server's, where it came in time."""

    outcome: Outcome
    answer: Mapping[str, Any] | None = None


class SignIn:
    """`site` names this host's markers: those of other hosts of the domain are not its own (A-12).

    `also` are parameters of the site itself that survive a failed sign-in, as its mark of a signup.
    """

    def __init__(
        self,
        client: Headwater,
        site: str,
        *,
        secret: str | bytes | None = None,
        also: Sequence[str] = ("signup",),
        lasts_s: int = LASTS_S,
        marker_lasts_s: int = MARKER_LASTS_S,
    ) -> None:
        if not _SITE.fullmatch(site):
            raise SetupError(f"{site!r} is no name of a site: a-z, 0-9 and '-', at most 20.")
        self._client, self._also = client, tuple(also)
        self._site, self._marker = site, f"{MARKER}{site}"
        self._key = tokens.derived(secret or client.secret_key, f"headwater sign-in {site}")
        self._lasts_s, self._marker_lasts_s = lasts_s, marker_lasts_s

    def begin(
        self,
        visit: Visit,
        *,
        binding: str = "",
        linking: bool = False,
        by_cookie: bool = False,
        lasts_s: int | None = None,
    ) -> str:
        """A token for the `state` of OAuth or for a link in a mail.

        It proves nothing about who brings it back: keep your own check of `state`, or bind it to
        the session (`binding`, the same at `finish`). `by_cookie` also puts it into a cookie that
        comes along with a POST from elsewhere, as the visitor's own does not.
        """
        query = kept(visit.request.query, self._client.settings(), self._also)
        values = {
            "v": visit.cookie or "",
            "l": int(linking),
            "x": now_s() + (lasts_s or self._lasts_s),
            "n": new_nonce(),
            "c": visit.consent.brief,
        }
        if by_cookie:
            short = values | {"p": query if len(query) <= COOKIE_QUERY_MAX else ""}
            token = tokens.signed(short, self._key, binding)
            self._put(visit, COOKIE, token, self._lasts_s, cross_site=True)
        long = values | {"p": query if len(query) <= QUERY_MAX else ""}
        return tokens.signed(long, self._key, binding)

    def finish(self, visit: Visit, token: str = "", *, binding: str = "") -> Arrival:
        """Without a token that of the cookie counts; a bad one is as none."""
        given = [token] if token else list(visit.request.cookies.get(COOKIE, ()))
        opened = (tokens.opened(each, self._key, binding, now_s()) for each in given)
        values = next((each for each in opened if each), {})
        brought = cookies.parsed(str(values.get("v", "")))
        consent = visit.consent.or_else(str(values.get("c", "")), gpc=visit.request.gpc)
        allowed = consent.measurement == "granted"
        return Arrival(
            visit=visit,
            consent=consent,
            visitor=(brought or visit.visitor) if allowed else None,
            linking=bool(values.get("l")),
            query=str(values.get("p", "")),
            carried=brought is not None,
        )

    def back(self, url: str, arrival: Arrival) -> str:
        """Where a sign-in that failed begins anew, with what the visitor came with (A-15)."""
        settings = self._client.settings()
        with_address = keep_parameters(url, arrival.visit.request.query, settings, self._also)
        return keep_parameters(with_address, arrival.query, settings, self._also)

    def attach(
        self,
        arrival: Arrival,
        customer_external_id: str,
        *,
        customer_name: str | None = None,
        customer_email: str | None = None,
        customer_avatar: str | None = None,
        new_customer: bool | None = None,
        event_name: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        keyed: bool = True,
    ) -> Attached:
        """One call at each sign-in, of new and of old users alike. A second way to sign in to the
        same account attaches nothing (A-16). If the server is away, it is told later.
        """
        visit = arrival.visit
        if COOKIE in visit.request.cookies:
            self._put(visit, COOKIE, "", 0, cross_site=True)
        if arrival.linking:
            return Attached(Outcome.LINKING)
        person = {
            "customer_external_id": customer_external_id,
            "customer_name": customer_name,
            "customer_email": customer_email,
            "customer_avatar": customer_avatar,
            "new_customer": new_customer,
            "event_name": event_name,
            "metadata": metadata,
        }
        outcome, answer = self._signed_up(person | self._brought(arrival), keyed=keyed)
        if outcome is Outcome.ATTACHED and arrival.visitor is not None:
            # Only now: the customer is known and the server has answered.
            value = self._value(arrival.visitor, customer_external_id)
            self._put(visit, self._marker, value, self._marker_lasts_s)
        if arrival.carried and visit.made:
            # A browser that came back without a cookie of its own is the same visitor's.
            domain = self._client.domain(visit.request)
            self._put(visit, cookies.VISITOR, str(arrival.visitor), cookies.LASTS_S, domain=domain)
        return Attached(outcome, answer)

    def keep_up(self, visit: Visit, customer_external_id: str) -> Attached:
        """For pages of somebody who is signed in: attaches what came since, and asks the server
        only where this visitor was not attached to this customer within the hour.
        """
        if visit.visitor is None:
            return Attached(Outcome.NOBODY)
        held = visit.request.cookies.get(self._marker, ())
        if visit.touch is None and self._value(visit.visitor, customer_external_id) in held:
            return Attached(Outcome.SUPPRESSED)
        arrival = Arrival(visit, visit.visitor, visit.consent)
        return self.attach(arrival, customer_external_id, keyed=False)

    attach_async = in_thread(attach)
    keep_up_async = in_thread(keep_up)

    def _brought(self, arrival: Arrival) -> dict[str, Any]:
        visitor, touch = arrival.visitor, arrival.visit.touch
        if visitor is None:
            return {}
        landing = None if touch is None else {**touch, "age": 0}
        return {
            "visitor_id": str(visitor),
            "touches": self._client.undelivered(visitor.id) or None,
            "landing": landing,
            "click_id": (touch or {}).get("clickId"),
            "referral": (touch or {}).get("referral"),
            "consent": arrival.consent.body(),
        }

    def _signed_up(
        self, fields: dict[str, Any], *, keyed: bool
    ) -> tuple[Outcome, Mapping[str, Any] | None]:
        try:
            answer = self._client.patience.run(
                lambda: self._client.signup(**fields, timeout_s=PATIENCE_S, keyed=keyed),
                PATIENCE_S,
            )
            if answer.get("refused"):
                log.warning("touches_refused_at_signup", count=len(answer["refused"]))
            return Outcome.ATTACHED, answer
        except HeadwaterError as error:
            log.warning("signup_not_told", status=error.status, code=error.code)
            if not error.passing:
                return Outcome.REFUSED, None
            told = self._client.later.put(SIGN_UP, body_of(fields), name=self._name(fields))
            return (Outcome.LATER if told else Outcome.LOST), None

    def _name(self, fields: Mapping[str, Any]) -> str | None:
        """Pages of somebody who is signed in say the same again and again: it waits once. Touches
        that wait here arrive by themselves.
        """
        if any(fields.get(each) for each in _SAYS_MORE):
            return None
        visitor, customer = str(fields.get("visitor_id")), fields["customer_external_id"]
        return tokens.digest(self._key, "waiting", customer, visitor)

    def _value(self, visitor: Visitor, customer: str) -> str:
        return tokens.digest(self._key, customer, str(visitor))

    def _put(
        self,
        visit: Visit,
        name: str,
        value: str,
        lasts_s: int,
        *,
        cross_site: bool = False,
        domain: str | None = None,
    ) -> None:
        line = cookies.written(
            visit.request, name, value, lasts_s=lasts_s, domain=domain, cross_site=cross_site
        )
        visit.outgoing.append(line)
