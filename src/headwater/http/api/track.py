"""POST /track/click, /track/lead, /track/sale."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from litestar import post

from headwater import links, programs
from headwater.db import Read
from headwater.http.api.common import (
    Amount,
    Body,
    Currency,
    HttpRequest,
    Short,
    metadata_text,
    tidy,
)
from headwater.http.api.outcome import run_call
from headwater.http.auth import Caller, Rim
from headwater.http.visitor import headers_of
from headwater.kit.problems import Code, Problem, invalid, not_found
from headwater.shapes import partner_brief
from headwater.tracking import LeadCall, SaleCall

ExternalId = Annotated[str, msgspec.Meta(max_length=100)]
Given = Annotated[str, msgspec.Meta(max_length=100)]
ClickId = Annotated[str, msgspec.Meta(max_length=512)]


class ClickBody(Body, kw_only=True, rename="camel"):
    domain: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    key: Annotated[str, msgspec.Meta(min_length=1, max_length=190)]
    url: Annotated[str, msgspec.Meta(max_length=32000)] | None = None
    referrer: Annotated[str, msgspec.Meta(max_length=32000)] | None = None


class Person(Body, kw_only=True, rename="camel"):
    """Who a call is about; the older names of the id are still taken."""

    customer_external_id: ExternalId | None = None
    external_id: ExternalId | None = None
    customer_id: ExternalId | None = None
    customer_name: Given | None = None
    customer_email: Given | None = None
    customer_avatar: Annotated[str, msgspec.Meta(max_length=32000)] | None = None
    click_id: ClickId | None = None
    metadata: dict[str, Any] | None = None

    def who(self) -> str:
        given = self.customer_external_id or self.external_id or self.customer_id
        found = tidy(given)
        if found is None:
            raise Problem(
                Code.BAD_REQUEST,
                "customerExternalId is missing: say which of your customers this is about.",
                "customerExternalId",
            )
        return found

    def email(self) -> str | None:
        email = tidy(self.customer_email)
        if email is not None and ("@" not in email[1:-1] or any(c.isspace() for c in email)):
            raise invalid("customerEmail", "customerEmail is not an e-mail address.")
        return email


class LeadBody(Person, kw_only=True, rename="camel"):
    event_name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    mode: Literal["async", "wait", "deferred"] | None = None
    event_quantity: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None


class SaleBody(Person, kw_only=True, rename="camel"):
    amount: Amount
    currency: Currency | None = None
    event_name: Short | None = None
    payment_processor: (
        Literal[
            "stripe", "shopify", "polar", "paddle", "apple", "revenuecat", "lemonsqueezy", "dub",
            "custom",
        ]
        | None
    ) = None  # fmt: skip
    invoice_id: Short | None = None
    lead_event_name: Short | None = None


def lead_call(body: LeadBody, at: int) -> LeadCall:
    """The request as our command; refuses what no lead can be made of."""
    name = tidy(body.event_name)
    if name is None:
        raise invalid("eventName", "eventName is empty: say what the customer did.")
    return LeadCall(
        at=at,
        click_id=tidy(body.click_id),
        event_name=name,
        customer_external_id=body.who(),
        customer_name=tidy(body.customer_name),
        customer_email=body.email(),
        customer_avatar=tidy(body.customer_avatar),
        metadata=metadata_text(body.metadata),
        mode="deferred" if body.mode == "deferred" else None,
        event_quantity=body.event_quantity,
    )


def sale_call(body: SaleBody, at: int) -> SaleCall:
    return SaleCall(
        at=at,
        customer_external_id=body.who(),
        amount=body.amount,
        currency=(body.currency or "usd").lower(),
        event_name=tidy(body.event_name) or "Purchase",
        payment_processor=body.payment_processor or "custom",
        invoice_id=tidy(body.invoice_id),
        metadata=metadata_text(body.metadata),
        lead_event_name=tidy(body.lead_event_name),
        click_id=tidy(body.click_id),
        customer_name=tidy(body.customer_name),
        customer_email=body.email(),
        customer_avatar=tidy(body.customer_avatar),
    )


@post("/track/click", tags=["track"], summary="Record a click", status_code=200, security=[])
async def track_click(data: ClickBody, request: HttpRequest, rim: Rim) -> dict[str, Any]:
    """The click a redirect would have made for this visitor."""
    host = _hostname(data.domain)
    link = await rim.edge.find(host, data.key)
    if link is None:
        raise not_found("link", f"{host}/{data.key}", "key")
    client = request.client.host if request.client else ""
    headers = headers_of(request.scope["headers"])
    _, click_id = await rim.edge.hit(
        link, client, headers, url=(data.url or "")[:2000], referrer=(data.referrer or "")[:1000]
    )
    if click_id is None:
        raise Problem(Code.UNAVAILABLE, "The click could not be stored. Send it again later.")
    answer = await rim.app.db.read(_behind, link.workspace_id, link.number)
    return {"clickId": click_id} | answer


def _hostname(domain: str) -> str:
    text = domain.strip().lower()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError as error:
        raise invalid("domain", "domain is neither a host name nor a URL.") from error
    return links.host_name(host).removeprefix("www.")


def _behind(tx: Read, workspace_id: str, number: int) -> dict[str, Any]:
    """Partner and discount, only for a partner's link."""
    link = links.by_number(tx, workspace_id, number)
    if link is None or link.partner_id is None:
        return {}
    partner = programs.partner(tx, workspace_id, link.partner_id, link.program_id)
    return {"partner": partner_brief(partner), "discount": None}


@post("/track/lead", tags=["track"], summary="Record a lead", status_code=200)
async def track_lead(data: LeadBody, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """Once per customer and event name, for ever."""
    ctx = caller.app.context(caller.id)
    return await run_call(caller.app, request, ctx, lead_call(data, ctx.now_us))


@post("/track/sale", tags=["track"], summary="Record a sale", status_code=200)
async def track_sale(data: SaleBody, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """Once per `invoiceId`, for ever."""
    ctx = caller.app.context(caller.id)
    return await run_call(caller.app, request, ctx, sale_call(data, ctx.now_us))
