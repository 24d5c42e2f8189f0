"""GET /events: clicks, leads and sales one by one."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import get
from litestar.params import Parameter, QueryParameter

from headwater import insights
from headwater.attribution import ClickIds
from headwater.db import Read
from headwater.http.api.common import HttpRequest
from headwater.http.api.questions import filters_of, period_of, with_ids
from headwater.http.auth import Caller
from headwater.insights import READ_MAX, Listed, Listing
from headwater.kit.clock import iso_ms
from headwater.kit.problems import invalid
from headwater.shapes import click_object, customer_object, link_object

LIMIT_MAX = 1000
Direction = Literal["asc", "desc"] | None


@get("/events", tags=["analytics"], summary="Clicks, leads and sales one by one")
async def list_events(
    request: HttpRequest,
    caller: Caller,
    event: Literal["clicks", "leads", "sales"] = "clicks",
    interval: str = "30d",
    start: str | None = None,
    end: str | None = None,
    timezone: str = "UTC",
    page: Annotated[int, Parameter(ge=1)] = 1,
    limit: Annotated[int, Parameter(ge=1, le=LIMIT_MAX)] = 100,
    sort_by: Annotated[Literal["timestamp"], QueryParameter(name="sortBy")] = "timestamp",  # noqa: ARG001 - the only order
    sort_order: Annotated[Direction, QueryParameter(name="sortOrder")] = None,
    order: Direction = None,
) -> list[dict[str, Any]]:
    """The newest first, with the filters of `/analytics`. `order` is an older name of `sortOrder`;
    clients that know both send `desc` unasked, so `asc` in either counts.
    """
    if page * limit > READ_MAX:
        message = f"A page may end at event {READ_MAX} at most. Let the period end earlier instead."
        raise invalid("page", message)
    filters = filters_of(request, [event])
    period = period_of(caller.now_us, interval, start, end, timezone)
    key = request.query_params.get("key")
    settings = caller.app.settings

    def read(tx: Read) -> list[dict[str, Any]]:
        wanted = Listing(
            event=event,
            period=period,
            filters=with_ids(tx, caller.id, filters, key),
            falling="asc" not in (sort_order, order),
            offset=(page - 1) * limit,
            limit=limit,
        )
        return _page(tx, caller.id, wanted, settings.click_ids, settings.api_url)

    return await caller.app.db.read(read)


def _page(
    tx: Read, workspace_id: str, wanted: Listing, click_ids: ClickIds, api_url: str
) -> list[dict[str, Any]]:
    shape = {"clicks": _click, "leads": _lead, "sales": _sale}[wanted.event]
    found = insights.listing(tx, workspace_id, wanted, click_ids)
    return [shape(each, api_url) for each in found]


def _click(listed: Listed, api_url: str) -> dict[str, Any]:
    """With the older names of what `click` and `link` say."""
    click, link = click_object(listed.click), link_object(listed.link, api_url)
    older = ("continent", "country", "city", "device", "browser", "os", "ip")
    return {
        "event": "click",
        "timestamp": iso_ms(listed.event.at),
        "click": click,
        "link": link,
        "click_id": click["id"],
        "link_id": link["id"],
        "domain": link["domain"],
        "key": link["key"],
        "url": click["url"],
        **{name: click[name] for name in older},
        "qr": int(click["qr"]),
    }


def _lead(listed: Listed, api_url: str) -> dict[str, Any]:
    return _conversion(listed, api_url) | {
        "event": "lead",
        "eventQuantity": listed.event.quantity,
    }


def _sale(listed: Listed, api_url: str) -> dict[str, Any]:
    event = listed.event
    return _conversion(listed, api_url) | {
        "event": "sale",
        "sale": {
            "amount": event.amount,
            "currency": event.currency,
            "invoiceId": event.invoice_id,
            "paymentProcessor": event.payment_processor,
        },
        "saleAmount": event.amount,
        "invoice_id": event.invoice_id or "",
        "payment_processor": event.payment_processor,
    }


def _conversion(listed: Listed, api_url: str) -> dict[str, Any]:
    assert listed.customer is not None
    metadata = listed.event.traits.metadata
    return _click(listed, api_url) | {
        "eventId": listed.event.id,
        "eventName": listed.event.traits.name,
        "customer": customer_object(listed.customer, api_url),
        "metadata": None if metadata is None else msgspec.Raw(metadata.encode()),
    }
