"""/deliveries: what became of each message."""

from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import QueryParameter

from headwater import delivery, reports
from headwater.db import Read, Write
from headwater.delivery import Delivery, DeliveryWithLog, Filters, Kind, State, Submission
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
from headwater.http.body import decoded
from headwater.kit.clock import iso_ms, iso_ms_or_none
from headwater.kit.problems import invalid
from headwater.reports import Correction

_EMPTY = (b"", b"null")


class CorrectedBody(Body, kw_only=True, rename="camel"):
    """Of a report: what it should have said."""

    payload: Correction | None = None


class ReplayBody(Body, kw_only=True, rename="camel"):
    webhook_id: Short | None = None
    destination_id: Short | None = None
    state: Literal["dead"] = "dead"


@get("/deliveries", tags=["webhooks"], summary="List deliveries, newest first")
async def list_deliveries(
    request: HttpRequest,
    caller: Caller,
    wanted_state: Annotated[
        Literal["waiting", "delivered", "dead", "skipped"] | None, QueryParameter(name="state")
    ] = None,
    webhook_id: Annotated[str | None, QueryParameter(name="webhookId")] = None,
    destination_id: Annotated[str | None, QueryParameter(name="destinationId")] = None,
    settlement: Literal["pending", "accepted", "refused", "unknown"] | None = None,
    event: str | None = None,
    page: Page = 1,
    page_size: PageSize = 100,
) -> list[dict[str, Any]]:
    refuse_unknown_filters(request)
    filters = Filters(
        state=State(wanted_state) if wanted_state else None,
        destination_id=_one_of(webhook_id, destination_id),
        event=event,
        settlement=settlement,
    )

    def read(tx: Read) -> list[Delivery]:
        return delivery.list_deliveries(
            tx, caller.id, filters, limit=page_size, offset=offset(page, page_size)
        )

    return [delivery_object(each) for each in await caller.app.db.read(read)]


def _one_of(webhook_id: str | None, destination_id: str | None) -> str | None:
    """A webhook is a destination too; None where neither is named."""
    if webhook_id and destination_id and webhook_id != destination_id:
        raise invalid("destinationId", "Name a webhook or a destination. Leave one of them out.")
    return destination_id or webhook_id or None


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
    return delivery_object(found.delivery) | {"log": log, "payload": _payload(found)}


def _payload(found: DeliveryWithLog) -> Any:
    """What is sent, without what opens the account; None where it was erased or never made."""
    if found.body is None:
        return None
    if found.delivery.kind == Kind.WEBHOOK:
        return msgspec.Raw(found.body.encode())
    return reports.payload(found.settings, found.body)


def delivery_object(entry: Delivery) -> dict[str, Any]:
    return {
        "id": entry.id,
        "webhookId": entry.destination_id if entry.kind == Kind.WEBHOOK else None,
        "destinationId": entry.destination_id,
        "messageId": entry.message_id,
        "event": entry.event,
        "state": entry.state.value,
        "attempts": entry.attempts,
        "nextAttemptAt": iso_ms_or_none(entry.next_attempt_at),
        "createdAt": iso_ms(entry.created_at),
        "deliveredAt": iso_ms_or_none(entry.delivered_at),
        "lastError": entry.last_error,
        "subjectId": entry.subject_id,
        "parentId": entry.parent_id,
        "submission": _submission(entry.submission),
    }


def _submission(taken: Submission | None) -> dict[str, Any] | None:
    """What the network calls it, and what became of it there; None where it keeps no account."""
    if taken is None:
        return None
    return {
        "reference": taken.reference,
        "settlement": taken.settlement.value,
        "reason": taken.reason,
        "settledAt": iso_ms_or_none(taken.settled_at),
    }


@post(
    "/deliveries/{delivery_id:str}/replay", tags=["webhooks"], summary="Send again", status_code=200
)
async def replay_delivery(delivery_id: str, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """The same message under the same id; the receiver can tell it apart. Of a report some of what
    it says may be put right: `payload`.
    """
    ctx = caller.context()
    body = await request.body()
    correction = decoded(body, CorrectedBody).payload if body.strip() not in _EMPTY else None

    def run(tx: Write) -> Delivery:
        if correction is not None:
            return reports.correct(tx, ctx, delivery_id, correction)
        return delivery.replay(tx, ctx, delivery_id)

    with naming("id"):
        again = await write_once(
            caller.app, request, ctx, run, lambda each: ("delivery", each.id), loaded
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
    ctx = caller.context()
    count, after = 0, 0
    named = _one_of(data.webhook_id, data.destination_id)
    while True:
        script = partial(delivery.replay_many, destination_id=named, after=after)
        with naming("destinationId" if data.destination_id else "webhookId"):
            chunk = await caller.app.db.write(script, ctx)
        count += chunk.count
        if chunk.after is None:
            return {"replayed": count}
        after = chunk.after
