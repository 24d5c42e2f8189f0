"""/deliveries: what became of each message."""

from functools import partial
from typing import Annotated, Any, Literal

from litestar import get, post
from litestar.params import QueryParameter

from headwater import delivery
from headwater.db import Read
from headwater.delivery import Delivery, DeliveryWithLog, Filters, State
from headwater.http.api.common import (
    Body,
    HttpRequest,
    Page,
    PageSize,
    Short,
    naming,
    offset,
    write_once,
)
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.auth import Caller
from headwater.kit.clock import iso_ms, iso_ms_or_none


class ReplayBody(Body, kw_only=True, rename="camel"):
    webhook_id: Short | None = None
    state: Literal["dead"] = "dead"


@get("/deliveries", tags=["webhooks"], summary="List deliveries, newest first")
async def list_deliveries(
    request: HttpRequest,
    caller: Caller,
    wanted_state: Annotated[
        Literal["waiting", "delivered", "dead"] | None, QueryParameter(name="state")
    ] = None,
    webhook_id: Annotated[str | None, QueryParameter(name="webhookId")] = None,
    event: str | None = None,
    page: Page = 1,
    page_size: PageSize = 100,
) -> list[dict[str, Any]]:
    refuse_unknown_filters(request)
    filters = Filters(
        state=State(wanted_state) if wanted_state else None, webhook_id=webhook_id, event=event
    )

    def read(tx: Read) -> list[Delivery]:
        return delivery.list_deliveries(
            tx, caller.id, filters, limit=page_size, offset=offset(page, page_size)
        )

    return [delivery_object(each) for each in await caller.app.db.read(read)]


@get("/deliveries/{delivery_id:str}", tags=["webhooks"], summary="A delivery with its attempts")
async def get_delivery(delivery_id: str, caller: Caller) -> dict[str, Any]:
    with naming("id"):
        found = await caller.app.db.read(delivery.get_delivery, caller.id, delivery_id)
    return with_log(found)


def with_log(found: DeliveryWithLog) -> dict[str, Any]:
    log = [
        {
            "at": iso_ms(attempt.at),
            "durationMs": attempt.duration_ms,
            "status": attempt.status,
            "outcome": attempt.outcome.value,
            "error": attempt.error,
        }
        for attempt in found.log
    ]
    return delivery_object(found.delivery) | {"log": log}


def delivery_object(entry: Delivery) -> dict[str, Any]:
    return {
        "id": entry.id,
        "webhookId": entry.webhook_id,
        "messageId": entry.message_id,
        "event": entry.event,
        "state": entry.state.value,
        "attempts": entry.attempts,
        "nextAttemptAt": iso_ms_or_none(entry.next_attempt_at),
        "createdAt": iso_ms(entry.created_at),
        "deliveredAt": iso_ms_or_none(entry.delivered_at),
        "lastError": entry.last_error,
    }


@post(
    "/deliveries/{delivery_id:str}/replay", tags=["webhooks"], summary="Send again", status_code=200
)
async def replay_delivery(delivery_id: str, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """The same message under the same id; the receiver can tell it apart."""
    ctx = caller.app.context(caller.id)

    with naming("id"):
        again = await write_once(
            caller.app,
            request,
            ctx,
            lambda tx: delivery.replay(tx, ctx, delivery_id),
            lambda each: ("delivery", each.id),
            loaded,
        )
    return delivery_object(again)


def loaded(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Delivery:
    return delivery.get_delivery(tx, workspace_id, reference[1]).delivery


@post(
    "/deliveries/replay",
    tags=["webhooks"],
    summary="Send all dead deliveries again",
    status_code=200,
)
async def replay_deliveries(data: ReplayBody, caller: Caller) -> dict[str, int]:
    ctx = caller.app.context(caller.id)
    count, after = 0, 0
    while True:
        script = partial(delivery.replay_many, webhook_id=data.webhook_id or None, after=after)
        with naming("webhookId"):
            chunk = await caller.app.db.write(script, ctx)
        count += chunk.count
        if chunk.after is None:
            return {"replayed": count}
        after = chunk.after
