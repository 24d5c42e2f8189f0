"""GET /conversion-log."""

from typing import Annotated, Any, Literal

from litestar import get
from litestar.params import QueryParameter

from headwater import conversion_log, links
from headwater.conversion_log import Entry, LogFilter, LogOutcome
from headwater.db import Read
from headwater.http.api.common import HttpRequest, Page, PageSize, offset
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.auth import Caller
from headwater.kit.problems import not_found
from headwater.shapes import log_object

Logged = Literal[
    "lead", "sale", "signup", "milestone", "lead/client", "sale/client", "refund", "dispute",
    "click", "visit", "open",
]  # fmt: skip


@get("/conversion-log", tags=["conversion log"], summary="Tracking calls, newest first")
async def list_calls(
    request: HttpRequest,
    caller: Caller,
    call: Logged | None = None,
    outcome: Literal["recorded", "kept", "refused"] | None = None,
    customer_external_id: Annotated[str | None, QueryParameter(name="customerExternalId")] = None,
    link_id: Annotated[str | None, QueryParameter(name="linkId")] = None,
    page: Page = 1,
    page_size: PageSize = 100,
) -> list[dict[str, Any]]:
    refuse_unknown_filters(request)

    def read(tx: Read) -> list[dict[str, Any]]:
        number = links.number_ever(tx, caller.id, link_id) if link_id else None
        if link_id and number is None:
            return []
        wanted = LogFilter(
            call=call,
            outcome=LogOutcome(outcome) if outcome else None,
            customer_external_id=customer_external_id,
            link_number=number,
            limit=page_size,
            offset=offset(page, page_size),
        )
        return [_told(tx, each) for each in conversion_log.page(tx, caller.id, wanted)]

    return await caller.app.db.read(read)


@get("/conversion-log/{request_id:str}", tags=["conversion log"], summary="One tracking call")
async def get_call(request_id: str, caller: Caller) -> dict[str, Any]:
    """`request_id` is the `x-request-id` of its answer."""

    def read(tx: Read) -> dict[str, Any] | None:
        found = conversion_log.by_id(tx, caller.id, request_id)
        return None if found is None else _told(tx, found)

    told = await caller.app.db.read(read)
    if told is None:
        raise not_found("tracking call", request_id, "id")
    return told


def _told(tx: Read, entry: Entry) -> dict[str, Any]:
    number = entry.link_number
    link = None if number is None else links.by_number(tx, entry.workspace_id, number)
    return log_object(entry, link.id if link else None)
