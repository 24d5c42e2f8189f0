from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

VISITOR_COOKIE = "hw_visitor"


class CannotWalk(Exception):  # noqa: N818 - it is no error of ours
    """The first address could not be visited at all; says why."""


class Severity(StrEnum):
    LOST = "lost"  # what a visitor came by is gone from here on
    WEAK = "weak"  # it is kept, but not for long or not for everybody
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to walk. `click_param`: the workspace's, until the tag's own settings are found."""

    url: str
    probe: str  # the value that parameters are sent with
    click_param: str = "hw_id"
    hops: int = 10
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie as an answer sets it; `domain` is empty where it stays with its host."""

    name: str
    value: str
    domain: str
    path: str
    max_age: int | None
    secure: bool
    http_only: bool
    same_site: str

    @property
    def dies(self) -> bool:
        return self.max_age is not None and self.max_age <= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One answer on the way. `lost` are parameters that came to it and do not go on."""

    number: int
    url: str
    status: int
    to: str | None
    came_with: tuple[str, ...]
    lost: tuple[str, ...]
    hidden: str = ""  # the parameter in which what is lost goes on, as a way back
    silence: str = ""  # why nothing answered; then `status` is 0
    cookies: tuple[Cookie, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """Without the query: what the walk put there says nothing."""
        return page_only(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    severity: Severity
    code: str
    where: str  # an address, or `hop 2: …`
    what: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The way to the page, what was found on it, and whether a click arrives."""

    hops: tuple[Hop, ...]
    findings: tuple[Finding, ...]
    click_param: str

    @property
    def arrives(self) -> bool:
        return not any(each.severity is Severity.LOST for each in self.findings)

    def summary(self) -> dict[str, Any]:
        """As JSON: the way and the findings, without what pages said."""
        return {
            "arrives": self.arrives,
            "clickParam": self.click_param,
            "hops": [
                {
                    "number": hop.number,
                    "url": hop.place,
                    "status": hop.status,
                    "to": None if hop.to is None else page_only(hop.to),
                    "lost": hop.lost,
                    "silence": hop.silence or None,
                }
                for hop in self.hops
            ],
            "findings": [asdict(each) for each in self.findings],
        }


def page_only(url: str) -> str:
    return f"{origin_of(url)}{urlsplit(url).path}"


def origin_of(url: str) -> str:
    """Without a user's name and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
