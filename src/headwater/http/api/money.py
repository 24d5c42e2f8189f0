"""GET /commissions, GET /balances, and the exchange rates."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import QueryParameter

from headwater import (
    commissions,
    customers,
    inbox,
    ledger,
    links,
    programs,
    rates,
    receipts,
    tracking,
)
from headwater import conversions as facts
from headwater.commissions import Commission, CommissionFilter
from headwater.db import Read
from headwater.http.api.common import (
    Body,
    Currency,
    HttpRequest,
    Page,
    PageSize,
    Short,
    offset,
    one_cursor,
    tidy,
    write_once,
)
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.auth import Caller
from headwater.kit.clock import iso_ms
from headwater.kit.context import Context
from headwater.kit.problems import conflict, invalid
from headwater.rates import Rate, RateDraft
from headwater.runtime import App
from headwater.shapes import commission_object, commission_partner
from headwater.workspace import Workspace

ATTACH_CHUNK = 20


class NewRate(Body, kw_only=True, rename="camel"):
    currency: Currency
    date: Annotated[str, msgspec.Meta(max_length=10)]
    rate: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    source: Short = ""


@get("/commissions", tags=["commissions"], summary="List commissions, newest first")
async def list_commissions(
    request: HttpRequest,
    caller: Caller,
    partner_id: Annotated[str | None, QueryParameter(name="partnerId")] = None,
    customer_id: Annotated[str | None, QueryParameter(name="customerId")] = None,
    kind: Annotated[Literal["lead", "sale"] | None, QueryParameter(name="type")] = None,
    invoice_id: Annotated[str | None, QueryParameter(name="invoiceId")] = None,
    due: bool | None = None,
    starting_after: Annotated[str | None, QueryParameter(name="startingAfter")] = None,
    ending_before: Annotated[str | None, QueryParameter(name="endingBefore")] = None,
    page: Page = 1,
    page_size: PageSize = 100,
) -> list[dict[str, Any]]:
    refuse_unknown_filters(request)
    after, before = one_cursor(starting_after, ending_before)
    wanted = CommissionFilter(
        partner_id=partner_id,
        customer_id=customer_id,
        kind=kind,
        invoice_id=tidy(invoice_id),
        due=due,
        now_us=caller.context().now_us,
        starting_after=after,
        ending_before=before,
        limit=page_size,
        offset=0 if after or before else offset(page, page_size),
    )

    def read(tx: Read) -> list[dict[str, Any]]:
        for field, cursor in (("startingAfter", after), ("endingBefore", before)):
            if cursor is not None and commissions.by_id(tx, caller.id, cursor) is None:
                message = f"There is no commission {cursor!r} to continue from. Give an id."
                raise invalid(field, message)
        found = commissions.page(tx, caller.id, wanted)
        return [_commission(tx, caller.id, commission, caller.api_url) for commission in found]

    return await caller.app.db.read(read)


def _commission(
    tx: Read, workspace_id: str, commission: Commission, api_url: str
) -> dict[str, Any]:
    sale = facts.sale_by_id(tx, workspace_id, commission.conversion_id)
    number, customer_id = commission.link_number, commission.customer_id
    link = None if number is None else links.by_number(tx, workspace_id, number)
    partner = programs.partner(tx, workspace_id, commission.partner_id, commission.program_id)
    shown = commission_object(
        commission,
        partner=commission_partner(partner),
        customer=None if customer_id is None else customers.by_id(tx, workspace_id, customer_id),
        invoice_id=sale.invoice_id if sale else None,
        link_id=link.id if link else None,
        api_url=api_url,
    )
    return shown | {"receiptId": receipts.id_of(tx, workspace_id, commission.conversion_id)}


@get("/balances", tags=["commissions"], summary="What the ledger says is owed")
async def list_balances(
    request: HttpRequest,
    caller: Caller,
    program_id: Annotated[str | None, QueryParameter(name="programId")] = None,
    partner_id: Annotated[str | None, QueryParameter(name="partnerId")] = None,
) -> list[dict[str, Any]]:
    refuse_unknown_filters(request)
    now_us = caller.context().now_us

    def read(tx: Read) -> list[dict[str, Any]]:
        held = commissions.held(tx, caller.id, now_us)
        found = ledger.balances(tx, caller.id, program_id, partner_id)
        return [_balance(each, held) for each in found]

    return await caller.app.db.read(read)


def _balance(of: ledger.Balance, held: Mapping[tuple[str, str, str], int]) -> dict[str, Any]:
    """What is pending is held or due."""
    waits = held.get((of.program_id, of.partner_id, of.currency), 0)
    return {
        "partnerId": of.partner_id,
        "programId": of.program_id,
        "currency": of.currency,
        "pending": of.pending,
        "held": waits,
        "due": of.pending - waits,
    }


@post("/rates", tags=["rates"], summary="Add an exchange rate", status_code=201)
async def create_rate(data: NewRate, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """Units of `currency` per one unit of the workspace's. Sales that waited for it are booked."""
    ctx = caller.context()
    draft = _rate_draft(data, caller.workspace)

    def run(tx: Any) -> Rate:
        made = rates.add(tx, ctx, draft)
        tracking.release_rate(tx, ctx, draft.currency)
        return made

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Rate:
        known = rates.by_id(tx, workspace_id, reference[1])
        assert known is not None
        return known

    made = await write_once(caller.app, request, ctx, run, lambda rate: ("rate", rate.id), load)
    await _attach_released(caller.app, ctx)
    return _rate(made)


async def _attach_released(app: App, ctx: Context) -> None:
    """In short scripts, so that redirects and sales do not queue behind a long one."""
    while True:
        ready = await app.db.read(inbox.ready_items, ctx.workspace_id, ATTACH_CHUNK)
        if not ready:
            return
        await app.db.write(tracking.attach_ready, ctx, app.settings, ready)


def _rate_draft(data: NewRate, own: Workspace) -> RateDraft:
    currency = data.currency.lower()
    if currency == own.currency:
        raise conflict(f"{currency} is the workspace's own currency; it needs no rate.", "currency")
    try:
        day = date.fromisoformat(data.date).isoformat()
    except ValueError as error:
        raise invalid("date", "date is a day such as 2026-01-31.") from error
    return RateDraft(currency=currency, day=day, rate=data.rate, source=data.source)


@get("/rates", tags=["rates"], summary="List exchange rates")
async def list_rates(
    request: HttpRequest, caller: Caller, currency: str | None = None
) -> list[dict[str, Any]]:
    refuse_unknown_filters(request)
    found = await caller.app.db.read(rates.rates, caller.id, currency.lower() if currency else None)
    return [_rate(rate) for rate in found]


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "id": rate.id,
        "currency": rate.currency,
        "date": rate.day,
        "rate": rate.rate,
        "source": rate.source,
        "createdAt": iso_ms(rate.created_at),
    }
