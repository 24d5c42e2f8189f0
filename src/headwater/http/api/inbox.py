"""GET /inbox, GET /inbox/count, POST /inbox/{id}/replay."""

from typing import Annotated, Any, Literal

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
from headwater.inbox import InboxItem, Reason, State
from headwater.kit.problems import not_found
from headwater.shapes import inbox_object
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
WantedState = Annotated[
    Literal["waiting", "resolved", "closed"] | None, QueryParameter(name="state")
]
WantedKind = Literal["lead", "sale", "refund", "milestone", "dispute"] | None
CustomerExternalId = Annotated[str | None, QueryParameter(name="customerExternalId")]


@get("/inbox", tags=["inbox"], summary="Calls that could not be used, newest first")
async def list_inbox(
    request: HttpRequest,
    caller: Caller,
    wanted_state: WantedState = None,
    reason: str | None = None,
    kind: WantedKind = None,
    customer_external_id: CustomerExternalId = None,
    start: str | None = None,
    end: str | None = None,
    page: Page = 1,
    page_size: PageSize = 100,
) -> list[dict[str, Any]]:
    """`start` and `end` are when a call was received: from `start` up to before `end`."""
    refuse_unknown_filters(request)
    wanted = inbox.wanted(
        state=wanted_state, reason=reason, kind=kind,
        customer_external_id=customer_external_id, start=start, end=end,
    )  # fmt: skip
    found = await caller.app.db.read(
        inbox.page, caller.id, wanted, page_size, offset(page, page_size)
    )
    return [inbox_object(item) for item in found]


@get("/inbox/count", tags=["inbox"], summary="How many calls, by reason")
async def count_inbox(
    request: HttpRequest,
    caller: Caller,
    wanted_state: WantedState = None,
    reason: str | None = None,
    kind: WantedKind = None,
    customer_external_id: CustomerExternalId = None,
    start: str | None = None,
    end: str | None = None,
) -> list[dict[str, Any]]:
    """Of each reason and state there are any of, in the order of the checks."""
    refuse_unknown_filters(request)
    wanted = inbox.wanted(
        state=wanted_state, reason=reason, kind=kind,
        customer_external_id=customer_external_id, start=start, end=end,
    )  # fmt: skip
    found = await caller.app.db.read(inbox.counts, caller.id, wanted)
    return [{"reason": each.reason, "state": each.state, "_count": each.count} for each in found]


@get("/inbox/{inbox_id:str}", tags=["inbox"], summary="One call that could not be used")
async def get_item(inbox_id: str, caller: Caller) -> dict[str, Any]:
    item = await caller.app.db.read(inbox.by_id, caller.id, inbox_id)
    if item is None:
        raise not_found("inbox item", inbox_id, "id")
    return inbox_object(item)


@post("/inbox/{inbox_id:str}/replay", tags=["inbox"], summary="Try again", status_code=200)
async def replay_item(inbox_id: str, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """As received then; or send a body, the corrected request in the form of its route. Where that
    fails too, the answer says why; the item keeps the reason it was received with.
    """
    item = await caller.app.db.read(inbox.by_id, caller.id, inbox_id)
    if item is None:
        raise not_found("inbox item", inbox_id, "id")
    ctx = caller.context()
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
    return inbox_object(after)


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
