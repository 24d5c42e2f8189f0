"""/billing/stripe: where Stripe's webhooks come in, what they became, and who may send them."""

from typing import Annotated, Any, Literal

from litestar import delete, get, post
from litestar.params import QueryParameter

from headwater import billing
from headwater.billing import Amount, Endpoint, Event, EventFilter, Mode, Policy, State, Taxes
from headwater.db import Read, Write
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
from headwater.http.auth import Caller, Rim
from headwater.kit.clock import iso_ms, iso_ms_or_none
from headwater.kit.problems import Code, Problem, not_found
from headwater.workspace import Workspace, workspace_by_id


class StripeEndpointBody(Body, kw_only=True, rename="camel"):
    """The secret may follow: Stripe tells it when it knows the address."""

    mode: Literal["live", "test"]
    secret: Short | None = None
    amount: Literal["invoiced", "paid"] = "invoiced"
    taxes: Literal["excluded", "included"] = "excluded"


class StripeSecretBody(Body, kw_only=True, rename="camel"):
    secret: Short


@post(
    "/billing/stripe/{endpoint_id:str}", tags=["billing"], summary="Take an event of Stripe's",
    status_code=200, security=[], opt={"raw": True, "keyed": True},
)  # fmt: skip
async def take_event(endpoint_id: str, request: HttpRequest, rim: Rim) -> dict[str, Any]:
    """For Stripe, which signs what it sends. Answered when it is on disk; the worker applies it
    within moments, once.
    """
    endpoint, owner = await rim.app.db.read(_whose, endpoint_id)
    ctx = rim.app.context(owner)
    body = await request.body()
    signature = request.headers.get("stripe-signature")
    keys = endpoint.keys(ctx.now_us)
    if not keys:
        message = (
            "This endpoint has no signing secret yet, so nobody can be believed. Give it one with"
            " POST /billing/stripe/endpoints/{id}/secret; Stripe sends again for three days."
        )
        raise Problem(Code.FORBIDDEN, message)
    refused = billing.refusal(signature, body, keys, ctx.real_us)
    if refused is not None:
        raise Problem(Code.BAD_REQUEST, refused, "Stripe-Signature")
    head = billing.read_head(body)
    done = await rim.app.db.write(billing.receive, ctx, endpoint, head, body.decode())
    return {"id": done.event_id, "received": True, "duplicate": not done.fresh}


def _whose(tx: Read, endpoint_id: str) -> tuple[Endpoint, Workspace]:
    endpoint = billing.endpoint_of_anyone(tx, endpoint_id)
    if endpoint is None:
        raise not_found("Stripe endpoint", endpoint_id, "id")
    return endpoint, workspace_by_id(tx, endpoint.workspace_id)


@post(
    "/billing/stripe/endpoints", tags=["billing"], summary="Make an endpoint for Stripe",
    status_code=201,
)  # fmt: skip
async def create_endpoint(
    data: StripeEndpointBody, request: HttpRequest, caller: Caller
) -> dict[str, Any]:
    """Give `url` to Stripe as a webhook endpoint, and here the signing secret that Stripe shows. A
    workspace takes events of one mode alone.
    """
    ctx = caller.context()
    policy = Policy(amount=Amount(data.amount), taxes=Taxes(data.taxes))
    made = await write_once(
        caller.app,
        request,
        ctx,
        lambda tx: billing.create_endpoint(tx, ctx, Mode(data.mode), policy, data.secret),
        lambda endpoint: ("stripe_endpoint", endpoint.id),
        _loaded,
    )
    return _endpoint(made, caller.api_url)


def _loaded(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Endpoint:
    return billing.get_endpoint(tx, workspace_id, reference[1])


@get("/billing/stripe/endpoints", tags=["billing"], summary="List endpoints for Stripe")
async def list_endpoints(request: HttpRequest, caller: Caller) -> list[dict[str, Any]]:
    refuse_unknown_filters(request)
    found = await caller.app.db.read(billing.list_endpoints, caller.id)
    return [_endpoint(each, caller.api_url) for each in found]


@post(
    "/billing/stripe/endpoints/{endpoint_id:str}/secret", tags=["billing"],
    summary="Give an endpoint its signing secret", status_code=200,
)  # fmt: skip
async def rotate_secret(
    endpoint_id: str, data: StripeSecretBody, request: HttpRequest, caller: Caller
) -> dict[str, Any]:
    """The one before is accepted for a day more, as long as Stripe signs with both."""
    ctx = caller.context()
    with naming("id"):
        rotated = await write_once(
            caller.app,
            request,
            ctx,
            lambda tx: billing.rotate_secret(tx, ctx, endpoint_id, data.secret),
            lambda endpoint: ("stripe_endpoint", endpoint.id),
            _loaded,
        )
    return _endpoint(rotated, caller.api_url)


@delete(
    "/billing/stripe/endpoints/{endpoint_id:str}", tags=["billing"],
    summary="Take nothing more from Stripe there", status_code=200,
)  # fmt: skip
async def delete_endpoint(endpoint_id: str, caller: Caller) -> dict[str, Any]:
    """What came stays and is applied all the same."""
    ctx = caller.context()
    with naming("id"):
        gone = await caller.app.db.write(billing.delete_endpoint, ctx, endpoint_id)
    return _endpoint(gone, caller.api_url)


@get("/billing/stripe/events", tags=["billing"], summary="What Stripe sent, newest first")
async def list_events(
    request: HttpRequest,
    caller: Caller,
    wanted_state: Annotated[
        Literal["waiting", "applied", "ignored", "failed"] | None, QueryParameter(name="state")
    ] = None,
    page: Page = 1,
    page_size: PageSize = 100,
) -> list[dict[str, Any]]:
    """With what became of each, and why where nothing did."""
    refuse_unknown_filters(request)
    wanted = EventFilter(
        state=State(wanted_state) if wanted_state else None,
        limit=page_size,
        offset=offset(page, page_size),
    )
    finder = billing.page_in_state if wanted.state else billing.page
    return [_event(each) for each in await caller.app.db.read(finder, caller.id, wanted)]


@get("/billing/stripe/events/{event_id:str}", tags=["billing"], summary="One event Stripe sent")
async def get_event(event_id: str, caller: Caller) -> dict[str, Any]:
    found = await caller.app.db.read(billing.event, caller.id, event_id)
    if found is None:
        raise not_found("Stripe event", event_id, "id")
    return _event(found)


@post(
    "/billing/stripe/events/{event_id:str}/replay", tags=["billing"], summary="Apply it again",
    status_code=200,
)  # fmt: skip
async def replay_event(event_id: str, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """The worker does, within moments. What it recorded before is not recorded twice."""
    ctx = caller.context()

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Event:
        found = billing.event(tx, workspace_id, reference[1])
        assert found is not None
        return found

    def run(tx: Write) -> Event:
        return billing.replay(tx, ctx, event_id)

    with naming("id"):
        again = await write_once(
            caller.app, request, ctx, run, lambda event: ("stripe_event", event.id), load
        )
    return _event(again)


def _endpoint(endpoint: Endpoint, api_url: str) -> dict[str, Any]:
    """The secret is never shown again: it opens the books to whoever has it."""
    return {
        "id": endpoint.id,
        "url": f"{api_url}/billing/stripe/{endpoint.id}",
        "mode": endpoint.mode.value,
        "amount": endpoint.policy.amount.value,
        "taxes": endpoint.policy.taxes.value,
        "hasSecret": endpoint.secret is not None,
        "oldSecretUntil": iso_ms_or_none(endpoint.old_secret_until),
        "createdAt": iso_ms(endpoint.created_at),
        "deletedAt": iso_ms_or_none(endpoint.deleted_at),
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "endpointId": event.endpoint_id,
        "type": event.kind,
        "state": event.state.value,
        "reason": None if event.reason is None else event.reason.value,
        "detail": None if event.reason is None else billing.MEANING[event.reason],
        "results": [{"kind": kind, "id": result_id} for kind, result_id in event.results],
        "attempts": event.tries,
        "nextAttemptAt": iso_ms_or_none(event.next_at),
        "occurredAt": iso_ms(event.happened_at),
        "createdAt": iso_ms(event.received_at),
        "settledAt": iso_ms_or_none(event.settled_at),
    }
