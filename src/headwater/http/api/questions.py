"""What questions about a period have in common: the period, and the filters that choose of it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from headwater import customers, insights, links
from headwater.attribution import Trigger
from headwater.db import Read
from headwater.http.api.common import HttpRequest
from headwater.http.api.filters import refuse_unknown_filters
from headwater.insights import (
    FILTERS,
    INTERVALS,
    OF_CONVERSIONS,
    OF_SALES,
    QUERY,
    Period,
    listed,
)
from headwater.kit.continents import CONTINENTS
from headwater.kit.problems import Problem, invalid

# Of the reference; what they would choose by is not known here.
_MISSING = ("groupId", "partnerTagId")
_OLDER = {"tagIds": "tagId"}
_WORDS = {
    "root": ("true", "false"),
    "qr": ("true", "false"),
    "saleType": ("new", "recurring"),
    "trigger": tuple(Trigger),
    "continent": CONTINENTS,
}
EXTERNAL = "ext_"
_REFERENCES = {"linkId": links.by_reference, "customerId": customers.by_reference}
_TRUTHS = ("root", "qr")
QUERY_MAX = 10_000


def filters_of(request: HttpRequest, events: Iterable[str]) -> dict[str, str]:
    """Those given, checked: one that some of these events could not be chosen by is refused."""
    given = {name: text for name, text in request.query_params.items() if text}
    for name in _MISSING:
        if name in given:
            raise invalid(name, f"This version cannot choose by {name}. Leave it out.")
    refuse_unknown_filters(request, also={"key", *FILTERS, *_OLDER})
    for older, name in _OLDER.items():
        if older in given:
            given.setdefault(name, given[older])
    found = {name: text for name, text in given.items() if name in FILTERS}
    for event in events:
        for name in found:
            refuse_unless_known(event, name, name)
    _check(found)
    return found


def _check(found: dict[str, str]) -> None:
    for name in found.keys() & _WORDS.keys():
        texts = [found[name]] if name in _TRUTHS else found[name].removeprefix("-").split(",")
        if any(text.strip().lower() not in map(str.lower, _WORDS[name]) for text in texts):
            raise invalid(name, f"{name} is one of: {', '.join(_WORDS[name])}.")
    if QUERY in found:
        if len(found[QUERY]) > QUERY_MAX:
            raise invalid(QUERY, f"query may be {QUERY_MAX} characters at most.")
        insights.predicate(found[QUERY])


def refuse_unless_known(event: str, value: str, field: str) -> None:
    """Where facts of this kind have no such value."""
    if event == "clicks" and value in OF_CONVERSIONS:
        raise invalid(field, f"Clicks have no {value}. Ask for event=leads or event=sales.")
    if event != "sales" and value in OF_SALES:
        raise invalid(field, f"Only sales have a {value}. Ask for event=sales.")


def period_of(
    now_us: int, interval: str, start: str | None, end: str | None, timezone: str
) -> Period:
    if interval not in INTERVALS:
        raise invalid("interval", f"interval is one of: {', '.join(INTERVALS)}.")
    zone = _zone(timezone)
    return insights.period(
        now_us, interval, _date("start", start, zone), _date("end", end, zone), zone
    )


def with_ids(
    tx: Read, workspace_id: str, filters: dict[str, str], key: str | None
) -> dict[str, str]:
    """With ids for those that say `ext_…`, and with the link that `domain` and `key` name."""
    found = dict(filters)
    for name, by_reference in _REFERENCES.items():
        if EXTERNAL in found.get(name, ""):
            negated, texts = listed(name, found[name])
            ids = [_id(tx, workspace_id, by_reference, text) for text in texts]
            found[name] = "-" * negated + ",".join(ids)
    if not key:
        return found
    if "domain" not in found:
        raise invalid("domain", "key goes with domain: together they name one link.")
    if "linkId" in found:
        message = "domain and key name one link already. Leave out linkId, or the two."
        raise invalid("linkId", message)
    return found | {"linkId": links.info(tx, workspace_id, found.pop("domain"), key).id}


def _id(tx: Read, workspace_id: str, by_reference: Any, text: str) -> str:
    """As it is where it is an id, or nobody's: then nothing is found by it."""
    if not text.startswith(EXTERNAL):
        return text
    try:
        return str(by_reference(tx, workspace_id, text).id)
    except Problem:
        return text


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"There is no time zone {name!r}. Give an IANA name such as Europe/Berlin."
        raise invalid("timezone", message) from error


def _date(field: str, text: str | None, zone: ZoneInfo) -> datetime | None:
    """A day or a moment; without a zone of its own it is in that of the request."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        found = found if found.tzinfo else found.replace(tzinfo=zone)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f"{field} is a day or time such as 2026-01-31 or 2026-01-31T12:00:00Z."
        raise invalid(field, message) from error
