"""GET /analytics: counts over a period."""

from typing import Annotated, Any, Literal

from litestar import get
from litestar.params import QueryParameter

from headwater import insights, links, programs
from headwater.db import Read
from headwater.http.api.common import HttpRequest
from headwater.http.api.questions import filters_of, of_one_link, period_of, refuse_unless_known
from headwater.http.auth import Caller
from headwater.insights import GROUPS, Question
from headwater.kit.clock import iso_ms
from headwater.kit.problems import invalid
from headwater.links import Link
from headwater.shapes import commission_partner, tag_object

_OLDER = {"trigger": "triggers"}
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
    group_by = _OLDER.get(group_by, group_by)
    if group_by not in {"count", "timeseries", *GROUPS}:
        known = ", ".join(["count", "timeseries", *GROUPS])
        raise invalid("groupBy", f"There is no groupBy {group_by!r} here. Choose of: {known}.")
    events = ("clicks", "leads", "sales") if event == "composite" else (event,)
    filters = filters_of(request, events)
    for each in events:
        refuse_unless_known(each, GROUPS.get(group_by, ""), "groupBy")
    period = period_of(caller.app.clock.now_us(), interval, start, end, timezone)
    key = request.query_params.get("key")

    def read(tx: Read) -> Any:
        chosen = of_one_link(tx, caller.id, filters, key)
        question = Question(event=event, group=group_by, period=period, filters=chosen)
        return _answer(tx, caller.id, question)

    return await caller.app.db.read(read)


def _answer(tx: Read, workspace_id: str, question: Question) -> Any:
    found = insights.answer(tx, workspace_id, question)
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
