"""The cookies of the client: `hw_visitor`, and how any of them is written."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from headwater.client.request import Request

VISITOR = "hw_visitor"
LASTS_S = 34_560_000  # 400 days, the longest browsers keep one
_VISITOR_ID = re.compile(r"[A-Za-z0-9_-]{20,64}")
_CLICK_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """What the cookie holds: who, and the last click id of our own."""

    id: str
    click_id: str | None = None

    def __str__(self) -> str:
        return self.id if self.click_id is None else f"{self.id}.{self.click_id}"

    def clicked(self, click_id: str | None) -> "Visitor":
        """With a newer click, where there is one a cookie can hold."""
        if click_id is None or not _CLICK_ID.fullmatch(click_id):
            return self
        return Visitor(self.id, click_id)


def parsed(value: str) -> Visitor | None:
    """None for what is no visitor id; a bad click id behind a good one is left out."""
    known, _, click_id = value.partition(".")
    if not _VISITOR_ID.fullmatch(known):
        return None
    return Visitor(known, click_id if _CLICK_ID.fullmatch(click_id) else None)


def visitor_of(request: Request) -> Visitor | None:
    """The first cookie of the name that is one; None where none came."""
    found = (parsed(value) for value in request.cookies.get(VISITOR, ()))
    return next((visitor for visitor in found if visitor), None)


def domain_for(hostname: str, domains: Sequence[str]) -> str | None:
    """The domain a cookie is for; None is the host alone: an address, a single label, a stranger.

    Of the site's domains the longest that the host lies in. `app.shop.localhost` belongs to
    `shop.localhost`, so that a site can be tried out at home.
    """
    within = [d for d in domains if hostname == d or hostname.endswith(f".{d}")]
    if within:
        return max(within, key=len)
    labels = hostname.split(".")
    if labels[-1] == "localhost" and len(labels) > 1:
        return ".".join(labels[-2:])
    return None


def is_address(hostname: str) -> bool:
    try:
        ipaddress.ip_address(hostname)
    except ValueError:
        return False
    return True


def written(
    request: Request,
    name: str,
    value: str,
    *,
    lasts_s: int,
    domain: str | None = None,
    cross_site: bool = False,
) -> str:
    """A Set-Cookie header, out of reach of scripts. `cross_site` ones come along from everywhere,
    which browsers allow over https only: elsewhere they are written as the others are.
    """
    secure = request.scheme == "https" or request.local
    parts = [f"{name}={value}", "Path=/", *([f"Domain={domain}"] if domain else [])]
    parts += [f"Max-Age={lasts_s}", "HttpOnly"]
    parts.append("SameSite=None" if cross_site and secure else "SameSite=Lax")
    return "; ".join([*parts, *(["Secure"] if secure else [])])
