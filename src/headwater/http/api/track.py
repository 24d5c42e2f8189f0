"""POST /track/lead, /track/sale."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import post
from msgspec.structs import replace

from headwater.http.api.common import (
    Amount,
    Body,
    Currency,
    Given,
    HttpRequest,
    Pictured,
    Short,
    checked_email,
    metadata_text,
    moment,
    tidy,
)
from headwater.http.api.outcome import run_call
from headwater.http.auth import Caller
from headwater.kit.problems import Code, Problem, invalid
from headwater.tracking import LeadCall, SaleCall

ExternalId = Annotated[str, msgspec.Meta(max_length=100)]
ClickId = Annotated[str, msgspec.Meta(max_length=512)]


class Person(Body, kw_only=True, rename="camel"):
    """Who a call is about."""

    customer_external_id: ExternalId | None = None
    customer_name: Given | None = None
    customer_email: Given | None = None
    customer_avatar: Pictured | None = None
    click_id: ClickId | None = None
    metadata: dict[str, Any] | None = None

    def who(self) -> str:
        found = tidy(self.customer_external_id or self.older_name())
        if found is None:
            raise Problem(
                Code.BAD_REQUEST,
                "customerExternalId is missing: say which of your customers this is about.",
                "customerExternalId",
            )
        return found

    def older_name(self) -> str | None:
        """The id, where the call has it under a name of earlier versions."""
        return None

    def email(self) -> str | None:
        return checked_email(self.customer_email, "customerEmail")


class LeadFields(Person, kw_only=True, rename="camel"):
    event_name: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    mode: Literal["async", "wait", "deferred"] | None = None
    event_quantity: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None


class LeadBody(LeadFields, kw_only=True, rename="camel"):
    external_id: ExternalId | None = None
    customer_id: ExternalId | None = None

    def older_name(self) -> str | None:
        return self.external_id or self.customer_id


class SaleFields(Person, kw_only=True, rename="camel"):
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


class SaleBody(SaleFields, kw_only=True, rename="camel"):
    """What a backend alone may say stands here: a page could say anything."""

    external_id: ExternalId | None = None
    customer_id: ExternalId | None = None
    plan: Short | None = None
    promo_code: Short | None = None
    subscription_id: Short | None = None
    scope: Literal["personal", "organization"] = "personal"
    administrative: bool = False
    occurred_at: Short | None = None

    def older_name(self) -> str | None:
        return self.external_id or self.customer_id


def lead_call(body: LeadFields, at: int) -> LeadCall:
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


def sale_call(body: SaleBody, at: int, now_us: int) -> SaleCall:
    """`at` where the body does not say when it happened."""
    return replace(
        page_sale_call(body, moment(body.occurred_at, "occurredAt", now_us) or at),
        plan=tidy(body.plan),
        promo_code=tidy(body.promo_code),
        subscription_id=tidy(body.subscription_id),
        scope=body.scope,
        administrative=body.administrative,
    )


def page_sale_call(body: SaleFields, at: int) -> SaleCall:
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


@post("/track/lead", tags=["track"], summary="Record a lead", status_code=200, opt={"log": "lead"})
async def track_lead(data: LeadBody, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """Once per customer and event name, for ever."""
    ctx = caller.context()
    return await run_call(caller.app, request, ctx, lead_call(data, ctx.now_us))


@post("/track/sale", tags=["track"], summary="Record a sale", status_code=200, opt={"log": "sale"})
async def track_sale(data: SaleBody, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """Once per `invoiceId`, for ever."""
    ctx = caller.context()
    return await run_call(caller.app, request, ctx, sale_call(data, ctx.now_us, ctx.now_us))
