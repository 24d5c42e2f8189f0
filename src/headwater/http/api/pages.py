"""POST /track/lead/client, /track/sale/client: what pages report, under the publishable key."""

from typing import Any

from litestar import post

from headwater.http.api.common import HttpRequest
from headwater.http.api.outcome import run_call
from headwater.http.api.track import (
    ClickId,
    ExternalId,
    LeadFields,
    SaleFields,
    lead_call,
    page_sale_call,
)
from headwater.http.auth import Caller


class PageLead(LeadFields, kw_only=True, rename="camel"):
    """The script always sends a click id; it is empty where there is none."""

    customer_external_id: ExternalId
    click_id: ClickId


class PageSale(SaleFields, kw_only=True, rename="camel"):
    customer_external_id: ExternalId


@post(
    "/track/lead/client", tags=["track"], summary="Record a lead from a page", status_code=200,
    opt={"of_pages": True, "log": "lead/client"},
)  # fmt: skip
async def track_lead_client(data: PageLead, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """As `/track/lead`, for browsers: needs the publishable key and an allowed host."""
    ctx = caller.context()
    return await run_call(caller.app, request, ctx, lead_call(data, ctx.now_us))


@post(
    "/track/sale/client", tags=["track"], summary="Record a sale from a page", status_code=200,
    opt={"of_pages": True, "log": "sale/client"},
)  # fmt: skip
async def track_sale_client(data: PageSale, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """As `/track/sale`, for browsers: needs the publishable key and an allowed host."""
    ctx = caller.context()
    return await run_call(caller.app, request, ctx, page_sale_call(data, ctx.now_us))
