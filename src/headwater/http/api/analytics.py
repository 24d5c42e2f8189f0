"""GET /analytics: counts over a period."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from litestar import get
from litestar.params import QueryParameter

from headwater import insights, links, programs
from headwater.db import Read
from headwater.http.api.common import HttpRequest
from headwater.http.auth import Caller
from headwater.insights import FILTERS, GROUPS, INTERVALS, Question
from headwater.kit.clock import iso_ms
from headwater.kit.problems import invalid
from headwater.links import Link
from headwater.shapes import commission_partner

_PARAMETERS = {"event", "groupBy", "interval", "start", "end", "timezone", "key", *FILTERS}
# Of the reference; what they would choose by is not known here.
_MISSING = (
    "country city region continent trigger qr tagId tagIds folderId groupId partnerTagId root"
    " saleType query"
).split()
_OF_CONVERSIONS = ("eventName", "customerId")
_NAMES = {"top_urls": "url", "top_base_urls": "url"}


@get("/analytics", tags=["analytics"], summary="Counts of clicks, leads and sales")
async def retrieve(
    request: HttpRequest,
    caller: Caller,
    event: Literal["clicks", "leads", "sales", "composite"] = "clicks",
    group_by: Annotated[str, QueryParameter(name="groupBy")] = "count",
    interval: str = "24h",
    start: str | None = None,
    end: str | None = None,
    timezone: str = "UTC",
) -> Any:
    """Filters (`linkId`, `domain`, `browser` …) take `a`, `a,b`, `-a` or `-a,b`: is, is one of, is
    not, is none of. An object for `groupBy=count`, else rows, the largest first.
    """
    if group_by not in {"count", "timeseries", *GROUPS}:
        known = ", ".join(["count", "timeseries", *GROUPS])
        raise invalid("groupBy", f"There is no groupBy {group_by!r} here. Choose of: {known}.")
    if interval not in INTERVALS:
        raise invalid("interval", f"interval is one of: {', '.join(INTERVALS)}.")
    filters = _filters(request, event, group_by)
    zone = _zone(timezone)
    now_us = caller.app.clock.now_us()
    period = insights.period(
        now_us, interval, _date("start", start, zone), _date("end", end, zone), zone
    )
    question = Question(event=event, group=group_by, period=period, filters=filters)
    key = request.query_params.get("key")
    return await caller.app.db.read(_answer, caller.id, question, key)


def _filters(request: HttpRequest, event: str, group: str) -> dict[str, str]:
    given = {name: text for name, text in request.query_params.items() if text}
    for name in _MISSING:
        if name in given:
            raise invalid(name, f"This version cannot choose by {name}. Leave it out.")
    found = {name: text for name, text in given.items() if name in FILTERS}
    if event in ("clicks", "composite"):
        for name in _OF_CONVERSIONS:
            if name in found or GROUPS.get(group) == name:
                message = f"Clicks have no {name}. Ask for event=leads or event=sales."
                raise invalid(name if name in found else "groupBy", message)
    return found


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


def _answer(tx: Read, workspace_id: str, question: Question, key: str | None) -> Any:
    if key:
        domain = question.filters.get("domain")
        if domain is None:
            raise invalid("domain", "key goes with domain: together they name one link.")
        link = links.info(tx, workspace_id, domain, key)
        chosen = {**question.filters, "linkId": link.id}
        question = Question(
            event=question.event, group=question.group, period=question.period, filters=chosen
        )
    found = insights.answer(tx, workspace_id, question)
    if question.group == "count":
        return found[0][1]
    return [_named(tx, workspace_id, question.group, each) | sums for each, sums in found]


def _named(tx: Read, workspace_id: str, group: str, value: Any) -> dict[str, Any]:
    if group == "timeseries":
        return {"start": value}
    if group == "top_links":
        return _link(value)
    name = _NAMES.get(group, GROUPS[group])
    if group == "top_partners":
        partner = programs.partner(tx, workspace_id, value)
        kept = ("id", "name", "email", "image", "payoutsEnabledAt", "country")
        shown = commission_partner(partner)
        return {name: value, "partner": {field: shown[field] for field in kept}}
    return {name: value}


def _link(link: Link) -> dict[str, Any]:
    return {
        "link": link.id,
        "id": link.id,
        "domain": link.host,
        "key": link.key,
        "shortLink": link.short_link,
        "url": link.url,
        "createdAt": iso_ms(link.created_at),
        "title": link.title,
        "comments": link.comments,
        "folderId": None,
        "partnerId": link.partner_id,
    }
