"""GET /receipts."""

from typing import Annotated, Any, Literal

from litestar import get
from litestar.params import QueryParameter

from headwater import customers, explain, links, receipts
from headwater.db import Read
from headwater.http.api.common import HttpRequest, Page, PageSize, offset
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.auth import Caller
from headwater.kit.problems import not_found
from headwater.receipts import ReceiptFilter


@get("/receipts/{receipt_id:str}", tags=["receipts"], summary="Why, in data and words")
async def get_receipt(receipt_id: str, caller: Caller) -> dict[str, Any]:
    """`receipt_id` is the id of a receipt, lead, sale, refund, dispute or commission."""

    def read(tx: Read) -> dict[str, Any]:
        found = receipts.find(tx, caller.id, receipt_id)
        if found is None:
            raise not_found("receipt, conversion or commission", receipt_id, "id")
        return explain.receipt_object(tx, caller.id, found)

    return await caller.app.db.read(read)


@get("/receipts", tags=["receipts"], summary="List receipts, newest first")
async def list_receipts(
    request: HttpRequest,
    caller: Caller,
    partner_id: Annotated[str | None, QueryParameter(name="partnerId")] = None,
    customer_external_id: Annotated[str | None, QueryParameter(name="customerExternalId")] = None,
    link_id: Annotated[str | None, QueryParameter(name="linkId")] = None,
    kind: Literal["lead", "sale", "refund", "dispute"] | None = None,
    page: Page = 1,
    page_size: PageSize = 100,
) -> list[dict[str, Any]]:
    refuse_unknown_filters(request)

    def read(tx: Read) -> list[dict[str, Any]]:
        customer_id = None
        if customer_external_id is not None:
            customer = customers.by_external_id(tx, caller.id, customer_external_id)
            if customer is None:
                return []
            customer_id = customer.id
        number = links.number_ever(tx, caller.id, link_id) if link_id else None
        if link_id and number is None:
            return []
        wanted = ReceiptFilter(
            partner_id=partner_id,
            customer_id=customer_id,
            link_number=number,
            kind=kind,
            limit=page_size,
            offset=offset(page, page_size),
        )
        found = receipts.page(tx, caller.id, wanted)
        return [explain.receipt_object(tx, caller.id, receipt) for receipt in found]

    return await caller.app.db.read(read)
