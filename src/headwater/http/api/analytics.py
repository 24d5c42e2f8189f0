"""GET /analytics: counts over a period."""

from typing import Annotated, Any, Literal

from litestar import get
from litestar.params import QueryParameter

from headwater import insights, links, programs
from headwater.attribution import ClickIds
from headwater.db import Read
from headwater.http.api.common import HttpRequest
from headwater.http.api.questions import filters_of, period_of, refuse_unless_known, with_ids
from headwater.http.auth import Caller
from headwater.insights import GROUPS, Question
from headwater.kit.clock import iso_ms
from headwater.kit.problems import invalid
from headwater.links import Link
from headwater.shapes import commission_partner, tag_object

EVENTS = ("clicks", "leads", "sales")
# As paths, and some also as `groupBy`, had them.
_OLDER = {
    "continent": "continents",
    "country": "countries",
    "region": "regions",
    "city": "cities",
    "device": "devices",
    "browser": "browsers",
    "referer": "referers",
    "trigger": "triggers",
}
_PLACES = ("countries", "regions", "cities")
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
    period = (interval, start, end, timezone)
    return await _counted(request, caller, event, group_by, period)


@get("/analytics/{what:str}", tags=["analytics"], summary="Counts, by an older address")
async def retrieve_older(
    request: HttpRequest,
    caller: Caller,
    what: str,
    event: Literal["clicks", "leads", "sales", "composite"] = "clicks",
    interval: str = "24h",
    start: str | None = None,
    end: str | None = None,
    timezone: str = "UTC",
) -> Any:
    """As `/analytics`, with the event or the `groupBy` in the path; a count is a bare number."""
    asked, group = (what, "count") if what in EVENTS else (event, what)
    period = (interval, start, end, timezone)
    return _bare(asked, await _counted(request, caller, asked, group, period))


@get("/analytics/{event:str}/{what:str}", tags=["analytics"], summary="Counts, by an older address")
async def retrieve_oldest(
    request: HttpRequest,
    caller: Caller,
    event: Literal["clicks", "leads", "sales", "composite"],
    what: str,
    interval: str = "24h",
    start: str | None = None,
    end: str | None = None,
    timezone: str = "UTC",
) -> Any:
    """As `/analytics`, with the event and the `groupBy` in the path; a count is a bare number."""
    period = (interval, start, end, timezone)
    return _bare(event, await _counted(request, caller, event, what, period))


def _bare(event: str, counted: Any) -> Any:
    return counted[event] if isinstance(counted, dict) and event in EVENTS else counted


async def _counted(
    request: HttpRequest,
    caller: Caller,
    event: str,
    group_by: str,
    asked: tuple[str, str | None, str | None, str],
) -> Any:
    group_by = _OLDER.get(group_by, group_by)
    if group_by not in {"count", "timeseries", *GROUPS}:
        known = ", ".join(["count", "timeseries", *GROUPS])
        raise invalid("groupBy", f"There is no groupBy {group_by!r} here. Choose of: {known}.")
    events = EVENTS if event == "composite" else (event,)
    filters = filters_of(request, events)
    for each in events:
        refuse_unless_known(each, GROUPS.get(group_by, ""), "groupBy")
    period = period_of(caller.now_us, *asked)
    key = request.query_params.get("key")

    def read(tx: Read) -> Any:
        chosen = with_ids(tx, caller.id, filters, key)
        question = Question(event=event, group=group_by, period=period, filters=chosen)
        return _answer(tx, caller.id, question, caller.app.settings.click_ids)

    return await caller.app.db.read(read)


def _answer(tx: Read, workspace_id: str, question: Question, click_ids: ClickIds) -> Any:
    found = insights.answer(tx, workspace_id, question, click_ids)
    if question.group == "count":
        return found[0][1]
    return [_named(tx, workspace_id, question.group, each) | sums for each, sums in found]


def _named(tx: Read, workspace_id: str, group: str, value: Any) -> dict[str, Any]:
    if group == "timeseries":
        return {"start": value}
    if group == "top_links":
        return _link(value)
    if group in _PLACES:
        known = dict.fromkeys(("country", "region", "city"), "*")
        return known | dict(zip(known, value if group != "countries" else (value,), strict=False))
    name = _NAMES.get(group, GROUPS[group])
    if group == "top_partners":
        partner = programs.partner(tx, workspace_id, value)
        kept = ("id", "name", "email", "image", "payoutsEnabledAt", "country")
        shown = commission_partner(partner)
        return {name: value, "partner": {field: shown[field] for field in kept}}
    if group == "top_folders":
        folder = links.folder_by_id(tx, workspace_id, value)
        told = {"id": folder.id, "name": folder.name, "accessLevel": folder.access_level}
        return {name: value, "folder": told}
    if group == "top_link_tags":
        return {name: value, "tag": tag_object(links.tag_by_id(tx, workspace_id, value))}
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
        "folderId": link.folder_id,
        "partnerId": link.partner_id,
    }
