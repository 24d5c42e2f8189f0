"""POST /track/milestone, GET /customers/{id}/milestones, POST /customers/{id}/attributions."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post

from headwater import attribution, conversions, customers, tracking
from headwater.attribution import Attribution
from headwater.conversions import Step
from headwater.db import Read, Write
from headwater.http.api.common import (
    Body,
    HttpRequest,
    Reference,
    Short,
    metadata_text,
    moment,
    naming,
    tidy,
    write_once,
)
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.api.outcome import run_call
from headwater.http.api.refunds import with_slashes
from headwater.http.api.signup import attribution_object
from headwater.http.api.track import ExternalId, Person
from headwater.http.auth import Caller
from headwater.kit.problems import invalid, not_found
from headwater.landing import LONGEST, cleaned, table
from headwater.shapes import milestone_object
from headwater.tracking import MilestoneCall

ScopeName = Literal["personal", "organization"]
Kind = Literal["signup", "trial_start", "trial_end", "subscription_start"]


class MilestoneBody(Person, kw_only=True, rename="camel"):
    """`entity`: your id of the trial or the subscription it happened to."""

    customer_external_id: ExternalId
    type: Kind
    entity: Short | None = None
    plan: Short | None = None
    scope: ScopeName = "personal"
    administrative: bool = False
    source: Literal["api", "client"] = "api"
    occurred_at: Short | None = None


def milestone_call(body: MilestoneBody, at: int, now_us: int) -> MilestoneCall:
    """The request as our command; refuses a trial or a subscription that has no name."""
    entity = tidy(body.entity)
    kind = Step(body.type)
    if entity is None and kind is not Step.SIGNUP:
        raise invalid(
            "entity",
            f"entity is missing: say which trial or subscription this {kind} is of, so that it"
            " counts once.",
        )
    return MilestoneCall(
        at=moment(body.occurred_at, "occurredAt", now_us) or at,
        customer_external_id=body.who(),
        kind=kind,
        entity=None if kind is Step.SIGNUP else entity,
        plan=tidy(body.plan),
        scope=body.scope,
        administrative=body.administrative,
        source=body.source,
        metadata=metadata_text(body.metadata),
        customer_name=tidy(body.customer_name),
        customer_email=body.email(),
        customer_avatar=tidy(body.customer_avatar),
    )


@post(
    "/track/milestone", tags=["track"], summary="Record a step of a customer's life",
    status_code=200, opt={"log": "milestone"},
)  # fmt: skip
async def track_milestone(
    data: MilestoneBody, request: HttpRequest, caller: Caller
) -> dict[str, Any]:
    """Once per trial or subscription, whoever reports it; a sign-up once per customer."""
    ctx = caller.context()
    call = milestone_call(data, ctx.now_us, ctx.now_us)
    return await run_call(caller.app, request, ctx, call)


@get(
    "/customers/{customer_id:str}/milestones", tags=["customers"],
    summary="Steps of a customer's life",
)  # fmt: skip
async def list_milestones(
    customer_id: str, request: HttpRequest, caller: Caller
) -> list[dict[str, Any]]:
    """In the order in which they happened."""
    refuse_unknown_filters(request)

    def read(tx: Read) -> list[dict[str, Any]]:
        found = customers.by_reference(tx, caller.id, with_slashes(customer_id))
        known = conversions.milestones_of(tx, caller.id, found.id)
        return [milestone_object(each) for each in known]

    return await caller.app.db.read(read)


class AttributionBody(Body, kw_only=True, rename="camel"):
    """`identifier` is opaque, and may be empty where a network is known to have sent somebody and
    its id is not.
    """

    provider: Reference
    identifier: Annotated[str, msgspec.Meta(max_length=LONGEST)]
    parameter: Reference | None = None
    touched_at: Short | None = None


@post(
    "/customers/{customer_id:str}/attributions", tags=["customers"],
    summary="Say which network a customer came by", status_code=200,
)  # fmt: skip
async def add_attribution(
    customer_id: str, data: AttributionBody, request: HttpRequest, caller: Caller
) -> dict[str, Any]:
    """The first that was recorded of each provider stays; the answer is that one."""
    ctx = caller.context()
    row = _row_of(data, ctx.now_us)

    def run(tx: Write) -> tuple[str, Attribution]:
        with naming("id"):
            found = customers.by_reference(tx, caller.id, with_slashes(customer_id))
        return found.id, tracking.attribute(tx, ctx, caller.app.settings, found, row)

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> tuple[str, Attribution]:
        known = attribution.attributions(tx, workspace_id, reference[1])
        for each in known:
            if each.provider == data.provider:
                return reference[1], each
        raise not_found("attribution", data.provider, "provider")  # the person was erased since

    _, made = await write_once(
        caller.app, request, ctx, run, lambda done: ("attribution", done[0]), load
    )
    return attribution_object(made, caller)


def _row_of(data: AttributionBody, now_us: int) -> dict[str, Any]:
    parameters = table().clicks_of(data.provider)
    if not parameters:
        known = ", ".join(table().providers())
        raise invalid("provider", f"provider is one of: {known}.")
    parameter = tidy(data.parameter) or parameters[0]
    if parameter not in parameters:
        raise invalid("parameter", f"parameter is one of: {', '.join(parameters)}.")
    return {
        "provider": data.provider,
        "identifier": cleaned(data.identifier),
        "parameter": parameter,
        "touched_at": moment(data.touched_at, "touchedAt", now_us) or now_us,
    }
