"""Actions of an account at impact.com: how they are asked for, and what is read of the answers.
Pure; the command does the talking.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from headwater.delivery import Request
from headwater.kit.clock import DAY_US, MINUTE_US, SECOND_US, from_iso, iso_ms
from headwater.kit.money import minor
from headwater.kit.targets import Answer, Cause
from headwater.kit.value import Value
from headwater.reports.account import (
    MANY,
    THROTTLED_S,
    address,
    headers,
    lower,
    read,
    rests_s,
    says_error,
    settings_of,
    wait_s,
)

RANGE_US = 45 * DAY_US - SECOND_US  # the network takes 45 days, whatever it rounds
BACK_US = 3 * 365 * DAY_US - DAY_US  # and on how long ago it may begin
NARROWEST_US = 10 * MINUTE_US
PAGE_SIZE = 5000  # some 5 MB
PAGES_MAX = 10
REVERSED, PENDING = "REVERSED", "PENDING"
UNREADABLE = "unreadable"
_BAD = 400


class By(StrEnum):
    """What a range is about."""

    EVENT = "ActionDate"
    LOCKING = "LockingDate"


class Window(Value, frozen=True, kw_only=True):
    by: By
    first: int
    last: int


class Action(Value, frozen=True, kw_only=True):
    """What the network pays for. `amount` in minor units of `currency`, None where it cannot be
    read.
    """

    id: str
    tracker: str
    order_id: str
    state: str
    amount: int | None
    currency: str
    event_at: int
    locks_at: int | None


class Page(Value, frozen=True, kw_only=True):
    """`total`: actions on all pages of its window, where it is said. `rest_s`: there is no room for
    another request before that.
    """

    actions: tuple[Action, ...]
    pages: int
    total: int | None
    rest_s: int | None = None


class Throttled(Value, frozen=True, kw_only=True):
    wait_s: int


class Failed(Value, frozen=True, kw_only=True):
    """`narrow`: a smaller range may do. `again`: the same may do, in a moment."""

    reason: str
    narrow: bool = False
    again: bool = False


def longest_ago(now_us: int) -> int:
    """A range that begins earlier is refused."""
    return now_us - BACK_US


def windows(by: By, first: int, last: int) -> Iterator[Window]:
    """As long as the network takes them."""
    while first <= last:
        end = min(last, first + RANGE_US)
        yield Window(by=by, first=first, last=end)
        first = end + 1


def halves(window: Window) -> list[Window]:
    """Empty where it cannot be narrower."""
    if window.last - window.first < NARROWEST_US:
        return []
    middle = (window.first + window.last) // 2
    return [
        Window(by=window.by, first=window.first, last=middle),
        Window(by=window.by, first=middle + 1, last=window.last),
    ]


def request(settings_text: str, token: str, window: Window, page: int) -> Request:
    settings = settings_of(settings_text)
    query = {
        "CampaignId": settings.program_id,
        f"{window.by}Start": iso_ms(window.first),
        f"{window.by}End": iso_ms(window.last),
        "Page": page,
        "PageSize": PAGE_SIZE,
    }
    return Request(
        method="GET",
        url=f"{address(settings, 'Actions')}?{urlencode(query)}",
        headers=headers(settings, token),
        body=b"",
    )


def hear(answer: Answer | Cause, now_us: int, most_s: int) -> Page | Throttled | Failed:
    """An answer that names no actions is no empty page: what is missing would be sent again."""
    if isinstance(answer, Cause):
        large = answer is Cause.TOO_LARGE
        return Failed(reason=answer.value, narrow=large, again=not large)
    status = answer.status
    if status == MANY:
        return Throttled(wait_s=wait_s(answer, now_us, most_s) or THROTTLED_S)
    said = read(answer.body_excerpt) if status == 200 else {}
    if status == _BAD or says_error(said):
        return Failed(reason=f"http_{status}", narrow=True)
    listed = said.get("actions", [] if said.get("@total") == "0" else None)
    rows = [listed] if isinstance(listed, dict) else listed
    if status != 200:
        return Failed(reason=f"http_{status}", again=status >= 500)
    if not isinstance(rows, list):
        return Failed(reason=UNREADABLE)
    pages = _number(said.get("@numpages")) or 1
    if pages > PAGES_MAX:
        return Failed(reason="too_many_pages", narrow=True)
    actions = [_action(lower(each)) for each in rows if isinstance(each, dict)]
    if None in actions or len(actions) < len(rows):
        return Failed(reason=UNREADABLE)
    found = tuple(each for each in actions if each is not None)
    return Page(
        actions=found,
        pages=pages,
        total=_number(said.get("@total")),
        rest_s=rests_s(answer, now_us, most_s),
    )


def _action(said: dict[str, Any]) -> Action | None:
    """None where it cannot be told which one it is, or of when."""
    event_at = _moment(said.get("eventdate"))
    if not said.get("id") or event_at is None:
        return None
    currency = str(said.get("currency") or "").lower()
    return Action(
        id=str(said["id"]),
        tracker=str(said.get("actiontrackerid") or ""),
        order_id=str(said.get("oid") or ""),
        state=str(said.get("state") or "").upper(),
        amount=minor(str(said.get("amount") or ""), currency),
        currency=currency,
        event_at=event_at,
        locks_at=_moment(said.get("lockingdate")),
    )


def _moment(given: object) -> int | None:
    try:
        return from_iso(given) if isinstance(given, str) and given else None
    except ValueError:
        return None


def _number(given: object) -> int | None:
    text = str(given)
    return int(text) if text.isascii() and text.isdecimal() else None
