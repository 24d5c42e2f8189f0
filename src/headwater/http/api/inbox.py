"""GET /inbox, POST /inbox/{id}/replay."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import QueryParameter
from msgspec.structs import replace

from headwater import inbox, tracking
from headwater.db import Read, Write
from headwater.http.api.common import HttpRequest, Page, PageSize, offset, write_once
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.api.lifecycle import MilestoneBody, milestone_call
from headwater.http.api.refunds import DisputeBody, RefundBody, dispute_call, refund_call
from headwater.http.api.track import LeadBody, SaleBody, lead_call, sale_call
from headwater.http.auth import Caller
from headwater.http.body import decoded
from headwater.inbox import InboxFilter, InboxItem, Reason, State
from headwater.kit.clock import iso_ms, iso_ms_or_none
from headwater.kit.problems import Code, Problem, not_found
from headwater.tracking import (
    Call,
    DisputeCall,
    Kept,
    LeadCall,
    MilestoneCall,
    RefundCall,
    SaleCall,
)

_Replayed = tuple[InboxItem, Kept | None]


@get("/inbox", tags=["inbox"], summary="Calls that could not be used, newest first")
async def list_inbox(
    request: HttpRequest,
    caller: Caller,
    wanted_state: Annotated[
        Literal["waiting", "resolved", "closed"] | None, QueryParameter(name="state")
    ] = None,
    reason: str | None = None,
    page: Page = 1,
    page_size: PageSize = 100,
) -> list[dict[str, Any]]:
    refuse_unknown_filters(request)
    wanted = InboxFilter(
        state=State(wanted_state) if wanted_state else None,
        reason=_reason(reason),
        limit=page_size,
        offset=offset(page, page_size),
    )
    return [item_object(item) for item in await caller.app.db.read(inbox.page, caller.id, wanted)]


def _reason(text: str | None) -> Reason | None:
    if text is None:
        return None
    try:
        return Reason(text)
    except ValueError as error:
        known = ", ".join(Reason)
        raise Problem(Code.UNPROCESSABLE, f"reason is one of: {known}.", "reason") from error


@get("/inbox/{inbox_id:str}", tags=["inbox"], summary="One call that could not be used")
async def get_item(inbox_id: str, caller: Caller) -> dict[str, Any]:
    item = await caller.app.db.read(inbox.by_id, caller.id, inbox_id)
    if item is None:
        raise not_found("inbox item", inbox_id, "id")
    return item_object(item)


@post("/inbox/{inbox_id:str}/replay", tags=["inbox"], summary="Try again", status_code=200)
async def replay_item(inbox_id: str, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """As received then; or send a body, the corrected request in the form of its route. Where that
    fails too, the answer says why; the item keeps the reason it was received with.
    """
    item = await caller.app.db.read(inbox.by_id, caller.id, inbox_id)
    if item is None:
        raise not_found("inbox item", inbox_id, "id")
    ctx = caller.app.context(caller.id)
    corrected = _corrected(item, await request.body(), ctx.now_us)

    def run(tx: Write) -> _Replayed:
        return tracking.replay(tx, ctx, caller.app.settings, inbox_id, corrected)

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> _Replayed:
        known = inbox.by_id(tx, workspace_id, reference[1])
        assert known is not None
        return known, _kept(*reference)

    after, kept = await write_once(caller.app, request, ctx, run, _reference, load)
    if kept is not None and after.state is State.WAITING:
        after = replace(after, reason=kept.reason, field=kept.field)
    return item_object(after)


def _reference(replayed: _Replayed) -> tuple[str, str]:
    """With why it failed, so that the same Idempotency-Key gives the same answer again."""
    after, kept = replayed
    return "inbox" if kept is None else f"inbox {kept.reason} {kept.field or ''}", after.id


def _kept(kind: str, inbox_id: str) -> Kept | None:
    _, reason, field = (*kind.split(" "), "", "")[:3]
    return Kept(inbox_id=inbox_id, reason=Reason(reason), field=field or None) if reason else None


def _corrected(item: InboxItem, body: bytes, now_us: int) -> Call | None:
    """A corrected call keeps the time the first one was received as long as it is about the same
    customer and invoice; otherwise it is a fact of now.
    """
    if not body.strip():
        return None
    first = tracking.call_of(item)
    match first:
        case LeadCall():
            lead = lead_call(decoded(body, LeadBody), first.at)
            same = lead.customer_external_id == first.customer_external_id
            return lead if same else replace(lead, at=now_us)
        case SaleCall():
            sale = sale_call(decoded(body, SaleBody), first.at, now_us)
            same = (sale.customer_external_id, sale.invoice_id) == (
                first.customer_external_id,
                first.invoice_id,
            )
            return sale if same else replace(sale, at=now_us)
        case RefundCall():
            return refund_call(decoded(body, RefundBody), first.sale, first.at, now_us)
        case DisputeCall():
            return dispute_call(decoded(body, DisputeBody), first.sale, first.at, now_us)
        case MilestoneCall():
            return milestone_call(decoded(body, MilestoneBody), first.at, now_us)


def item_object(item: InboxItem) -> dict[str, Any]:
    result = None
    if item.result_id is not None:
        result = {"kind": item.result_kind, "id": item.result_id}
    return {
        "id": item.id,
        "kind": item.kind.value,
        "reason": item.reason.value,
        "field": item.field,
        "state": item.state.value,
        "detail": inbox.REMEDY[item.reason],
        "request": None if item.body is None else _request(item.body),
        "result": result,
        "createdAt": iso_ms(item.received_at),
        "resolvedAt": iso_ms_or_none(item.resolved_at),
    }


def _request(body: bytes) -> dict[str, Any]:
    """The call in the form of its route, so that a corrected copy can be sent back."""
    call: dict[str, Any] = msgspec.json.decode(body)
    del call["at"]
    if call.get("metadata"):
        # As it came: decoded, one that is nested deeply could not be encoded again.
        call["metadata"] = msgspec.Raw(call["metadata"].encode())
    return call
