"""POST and GET /checkout/attribution: what a browser knew when somebody went to pay."""

from typing import Annotated, Any

import msgspec
from litestar import get, post

from headwater import attribution, customers, visitors
from headwater.db import Read, Write
from headwater.http.api.common import Body, HttpRequest, tidy, write_once
from headwater.http.api.refunds import with_slashes
from headwater.http.api.track import ExternalId
from headwater.http.auth import Caller
from headwater.kit.clock import iso_ms
from headwater.kit.problems import not_found
from headwater.visitors import Checkout

CheckoutId = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class CheckoutBody(Body, kw_only=True, rename="camel"):
    """`attribution` is what the page collected; what is no text in it is dropped, not refused."""

    checkout_id: CheckoutId
    customer_external_id: ExternalId | None = None
    visitor_id: Annotated[str, msgspec.Meta(max_length=600)] | None = None
    attribution: Any = None


@post(
    "/checkout/attribution", tags=["checkout"], summary="Keep what a checkout was begun with",
    status_code=200,
)  # fmt: skip
async def begin_checkout(
    data: CheckoutBody, request: HttpRequest, caller: Caller
) -> dict[str, Any]:
    """Once per `checkoutId`: sent again, the first result again."""
    ctx = caller.context()
    visitor_id, last_click = visitors.cookie_parts(data.visitor_id or "")
    given = data.attribution if isinstance(data.attribution, dict) else {}
    name = tidy(data.customer_external_id)

    def run(tx: Write) -> Checkout:
        known = customers.by_external_id(tx, caller.id, name) if name else None
        customer_id = known.id if known else None
        said = given.get(caller.workspace.click_param)
        named = [each for each in (said, last_click) if isinstance(each, str)]
        click_id = _click(tx, caller, named, customer_id)
        return visitors.begin(
            tx, ctx, data.checkout_id, name, customer_id, visitor_id, click_id, given
        )

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Checkout:
        return _found(tx, workspace_id, reference[1])

    made = await write_once(
        caller.app, request, ctx, run, lambda done: ("checkout", done.checkout_id), load
    )
    return {
        "id": made.id,
        "metadata": made.metadata,
        "clientReferenceId": made.client_reference_id,
    }


def _click(tx: Read, caller: Caller, named: list[str], customer_id: str | None) -> str | None:
    """The click the page names, else the cookie's: one of ours and nobody else's (T-45)."""
    if not named:
        return None
    ids = caller.app.settings.click_ids
    found = attribution.clicks_named(tx, caller.id, ids, named)
    others = attribution.clicks_of_others(tx, caller.id, customer_id or "", list(found))
    return next((each for each in named if each in found and each not in others), None)


@get(
    "/checkout/attribution/{checkout_id:str}", tags=["checkout"],
    summary="What a checkout was begun with",
)  # fmt: skip
async def get_checkout(checkout_id: str, caller: Caller) -> dict[str, Any]:
    found = await caller.app.db.read(_found, caller.id, with_slashes(checkout_id))
    return {
        "id": found.id,
        "checkoutId": found.checkout_id,
        "customerExternalId": found.customer_external_id,
        "attribution": found.attribution,
        "metadata": found.metadata,
        "clientReferenceId": found.client_reference_id,
        "createdAt": iso_ms(found.created_at),
    }


def _found(tx: Read, workspace_id: str, checkout_id: str) -> Checkout:
    found = visitors.by_checkout_id(tx, workspace_id, checkout_id)
    if found is None:
        raise not_found("checkout", checkout_id, "checkoutId")
    return found
