"""How a visitor comes from a partner to a page: tracking links, and what a page's server may ask
instead of a browser's script (N-19).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlencode, urlsplit

from headwater.sandbox.account import Account
from headwater.sandbox.checks import FaultList, fault, when_faults
from headwater.sandbox.model import Click, Fields
from headwater.sandbox.network import Network

LINKS, PARTNER = "/c/", "101"
PAGE_LOAD = "/PageLoad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """`click` is None where the address says of nobody. `landing` is empty where it was one."""

    click: Click | None
    landing: str
    begun: bool
    warnings: FaultList = field(default_factory=list)

    def told(self, made: str) -> dict[str, Any]:
        """`made`: the id of a click that leads to nobody."""
        landing = {"landingPage": self.landing} if self.landing else {}
        named = self.click.id if self.click else made
        return landing | {"clickId": named, "sessionStart": self.begun, "warnings": self.warnings}


def landing_of(text: str) -> SplitResult | None:
    """None for what no browser should be sent to."""
    try:
        url = urlsplit(text)
    except ValueError:
        return None
    return url if url.scheme in ("http", "https") and url.netloc and text.isprintable() else None


def link(partner: str, landing: str) -> str:
    return f"{LINKS}{partner}?{urlencode({'u': landing})}"


def told_by(landing: SplitResult, click: Click, parameter: str) -> str:
    """The page, with what it is told the click by."""
    named = f"{parameter}={click.id}"
    query = f"{landing.query}&{named}" if landing.query else named
    return landing._replace(query=query).geturl()


def page_load_faults(fields: Fields, campaign: int) -> FaultList:
    found = when_faults(fields, campaign)
    if landing_of(fields.get("pageurl", "")) is None:
        found.append(fault("PageUrl", "is no address of a page"))
    if not fields.get("customprofileid"):
        found.append(fault("CustomProfileId", "is required"))
    return found


def page_load(fields: Fields, network: Network, account: Account, now: float) -> Loaded:
    """A tracking link is followed; on the page itself the click it was told is known again."""
    url = urlsplit(fields["pageurl"])
    query = parse_qs(url.query)
    landing = landing_of(query.get("u", [""])[0])
    if url.path.startswith(LINKS) and landing is not None:
        partner = unquote(url.path[len(LINKS) :])
        click = network.click(partner, now, landing.geturl(), _referrer(fields))
        return Loaded(click=click, landing=told_by(landing, click, account.parameter), begun=True)
    known = network.clicks.get(query.get(account.parameter, [""])[0])
    if known is not None:
        return Loaded(click=known, landing="", begun=False)
    warning = fault("PageUrl", "names no partner") | {"level": "WARNING"}
    return Loaded(click=None, landing="", begun=True, warnings=[warning])


def _referrer(fields: Mapping[str, str]) -> str:
    return fields.get("referringurl", "")
