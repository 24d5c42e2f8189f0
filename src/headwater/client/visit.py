"""What a page view says of its visitor: who it is, where he comes from, and what may be kept.

The checks of `seen`, in this order: consent; only navigations to pages count, not what is fetched
ahead (T-117), not machines; then the address (T-98) and who sent him (T-99).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from headwater import landing
from headwater.client import cookies
from headwater.client.consent import Consent
from headwater.client.cookies import Visitor
from headwater.client.log import log
from headwater.client.request import Request
from headwater.client.settings import Settings
from headwater.client.world import new_event, new_visitor

_MACHINE = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|preview|facebookexternalhit|headless|lighthouse|monitor|pingdom"
    r"|python-|curl/|wget/|okhttp|go-http|java/|libwww|axios/|node-fetch",
    re.IGNORECASE,
)
_AHEAD = ("sec-purpose", "purpose", "x-purpose", "x-moz")


class Why(StrEnum):
    """Why a request was looked at, or was not."""

    PAGE = "page"
    NO_PAGE = "no_page"
    FETCHED_AHEAD = "fetched_ahead"
    MACHINE = "machine"
    NO_CONSENT = "no_consent"


@dataclass(frozen=True, slots=True)
class Visit:
    """`visitor` is None where nobody may be remembered; `touch` where the address says nothing.

    `made` is true where the visitor is new with this page; `forget` where he had a cookie and
    does not want one. `outgoing` are Set-Cookie headers the middleware puts on the answer.
    """

    request: Request
    why: Why
    consent: Consent
    visitor: Visitor | None = None
    touch: Mapping[str, Any] | None = None
    made: bool = False
    forget: bool = False
    outgoing: list[str] = field(default_factory=list)

    @property
    def cookie(self) -> str | None:
        """The whole value of the visitor cookie, as `signup` takes it."""
        return str(self.visitor) if self.visitor else None


def seen(
    request: Request, consent: Consent, settings: Settings, domains: Sequence[str] = ()
) -> Visit:
    """Nothing is stored or sent here; a new visitor gets an id that nobody knows yet."""
    known = cookies.visitor_of(request)
    why = _why(request)
    if consent.measurement != "granted":
        refused = consent.measurement == "denied" and why is Why.PAGE
        return Visit(request, Why.NO_CONSENT, consent, forget=refused and known is not None)
    if why is not Why.PAGE:
        return Visit(request, why, consent, known)
    found = landing.table().read(request.query, settings.click_param, settings.partner_params)
    visitor = (known or Visitor(new_visitor())).clicked(found.click_id)
    _tell_too_long(found)
    touch = _touch(request, found, settings, (request.hostname, *domains))
    return Visit(request, why, consent, visitor, touch, made=known is None)


def _why(request: Request) -> Why:
    if request.method != "GET" or not _is_page(request):
        return Why.NO_PAGE
    if any(_says_ahead(request.header(name)) for name in _AHEAD):
        return Why.FETCHED_AHEAD
    agent = request.header("user-agent")
    return Why.MACHINE if not agent or _MACHINE.search(agent) else Why.PAGE


def _is_page(request: Request) -> bool:
    """Browsers say what they fetch; older ones at least that they want to read it."""
    destination = request.header("sec-fetch-dest")
    if destination:
        return destination == "document"
    return "text/html" in request.header("accept") and not request.header("x-requested-with")


def _says_ahead(value: str) -> bool:
    return any(word in value.lower() for word in ("prefetch", "prerender", "preview"))


def _tell_too_long(found: landing.Found) -> None:
    """What is too long is no evidence; its length is all that may be told (A-6)."""
    for parameter, length in found.too_long.items():
        log.info("parameter_too_long", parameter=parameter, length=length)


def _touch(
    request: Request, found: landing.Found, settings: Settings, own: Sequence[str]
) -> dict[str, Any] | None:
    referrer = _origin(request.header("referer"))
    host = urlsplit(referrer).hostname or ""
    if _within(host, settings.ignored_referrers):
        return None
    filled = found.touch()
    if not filled and not (settings.referrals and host and not _within(host, own)):
        return None
    url = landing.table().clean(request.url, settings.click_param, settings.partner_params)
    return {"id": new_event(), "url": url, "referrer": referrer, **filled, "source": "server"}


def _origin(referrer: str) -> str:
    try:
        parts = urlsplit(referrer)
        if parts.scheme in {"http", "https"} and parts.hostname:
            return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    except ValueError:
        pass
    return ""


def _within(host: str, names: Sequence[str]) -> bool:
    return bool(host) and any(host == name or host.endswith(f".{name}") for name in names)
