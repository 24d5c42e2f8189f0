"""Reading back what has times (N-13): which of them, on which page, and what is refused."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from headwater.sandbox.account import DAY_S, Account
from headwater.sandbox.checks import seconds
from headwater.sandbox.model import Listed

RANGE_S = 45 * DAY_S
BACK_S = 3 * 365 * DAY_S
LATELY_S = 7 * DAY_S
_RANGES = {
    "updated": ("startdate", "enddate"),
    "event_at": ("actiondatestart", "actiondateend"),
    "locks": ("lockingdatestart", "lockingdateend"),
}


One = TypeVar("One", bound=Listed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """400, with a sentence."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[One]):
    shown: Sequence[One]
    about: Mapping[str, str]


def listed(
    known: Sequence[One], query: Mapping[str, str], account: Account, path: str, now: float
) -> Page[One] | Refused:
    """`query` under names in lower case. Refused in order: another campaign, a range that is half,
    too long or too old, a page of the wrong size, more pages than ten.
    """
    if query.get("campaignid") != str(account.campaign):
        return Refused(message="CampaignId is not a campaign of this account")
    spans = _spans(query, now)
    if isinstance(spans, Refused):
        return spans
    size = _number(query.get("pagesize"), account.page_most)
    if size is None or size < account.page_least:
        return Refused(message=f"PageSize is at least {account.page_least}")
    number, size = _number(query.get("page"), 1), min(size, account.page_most)
    found = [each for each in known if _fits(each, spans, query.get("state"))]
    pages = max(1, -(-len(found) // size))
    if pages > account.pages_most:
        return Refused(message=f"More than {account.pages_most} pages. Narrow the range")
    if number is None or not 1 <= number <= pages:
        return Refused(message=f"Page is 1..{pages}")
    start = (number - 1) * size
    shown = found[start : start + size]
    return Page(shown=shown, about=_about(query, path, number, pages, size, len(found), start))


def _spans(query: Mapping[str, str], now: float) -> dict[str, tuple[float, float]] | Refused:
    """What is asked of each time; nothing asked means what was touched lately."""
    spans: dict[str, tuple[float, float]] = {}
    for name, (start, end) in _RANGES.items():
        if not (query.get(start) or query.get(end)):
            continue
        first, last = seconds(query.get(start, "")), seconds(query.get(end, ""))
        if first is None or last is None:
            return Refused(message=f"{start} and {end} go together, in ISO 8601")
        if last - first > RANGE_S:
            return Refused(message=f"{start} and {end} are at most 45 days apart")
        if first < now - BACK_S:
            return Refused(message=f"{start} is more than three years ago")
        spans[name] = (first, last)
    return spans or {"updated": (now - LATELY_S, now)}


def _fits(one: Listed, spans: Mapping[str, tuple[float, float]], state: str | None) -> bool:
    if state and one.state != state.upper():
        return False
    return all(first <= getattr(one, name) <= last for name, (first, last) in spans.items())


def _about(
    query: Mapping[str, str], path: str, number: int, pages: int, size: int, total: int, start: int
) -> dict[str, str]:
    """All of it text, as the network writes it; no next page is an empty one."""

    def uri(page: int) -> str:
        return f"{path}?{urlencode({**query, 'page': page})}" if 1 <= page <= pages else ""

    return {
        "@page": str(number),
        "@numpages": str(pages),
        "@pagesize": str(size),
        "@total": str(total),
        "@start": str(start),
        "@end": str(max(start, min(start + size, total) - 1)),
        "@uri": uri(number),
        "@firstpageuri": uri(1),
        "@previouspageuri": uri(number - 1),
        "@nextpageuri": uri(number + 1),
        "@lastpageuri": uri(pages),
    }


def _number(text: str | None, otherwise: int) -> int | None:
    if not text:
        return otherwise
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
