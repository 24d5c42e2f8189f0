"""/programs, their rewards, and /partners."""

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import QueryParameter

from headwater import links, programs
from headwater.db import Read, Write
from headwater.http.api.common import (
    Amount,
    Body,
    HttpRequest,
    Name,
    Page,
    PageSize,
    Short,
    offset,
    write_once,
)
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.auth import Caller
from headwater.kit.problems import invalid
from headwater.messages import tell_enrolled
from headwater.programs import (
    Model,
    Partner,
    PartnerDraft,
    PartnerFilter,
    Program,
    ProgramDraft,
    Reward,
    RewardDraft,
    RewardEvent,
    RewardKind,
    SelfReferral,
)
from headwater.shapes import partner_object, program_object, reward_object

LINKS_SHOWN = 1000


class NewProgram(Body, kw_only=True, rename="camel"):
    name: Name
    attribution_model: Literal["first", "last"] = "last"
    window_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 30
    self_referral: Literal["refuse", "allow"] = "refuse"
    holding_period_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 0


class NewReward(Body, kw_only=True, rename="camel"):
    event: Literal["lead", "sale"]
    type: Literal["flat", "percentage"]
    amount_in_cents: Amount | None = None
    amount_in_percentage: Decimal | None = None


class NewPartner(Body, kw_only=True, rename="camel"):
    email: Annotated[str, msgspec.Meta(min_length=3, max_length=190)]
    name: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    username: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    tenant_id: Short | None = None
    program_id: Short | None = None
    country: Annotated[str, msgspec.Meta(max_length=2)] | None = None


class PartnerReference(Body, kw_only=True, rename="camel"):
    partner_id: Short | None = None
    tenant_id: Short | None = None
    program_id: Short | None = None


@post("/programs", tags=["programs"], summary="Create a program", status_code=201)
async def create_program(data: NewProgram, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """`attributionModel` says whose click is credited, `windowDays` for how long after it,
    `holdingPeriodDays` how long what it earns is held.
    """
    ctx = caller.context()
    draft = ProgramDraft(
        name=data.name.strip() or data.name,
        attribution_model=Model(data.attribution_model),
        window_days=data.window_days,
        self_referral=SelfReferral(data.self_referral),
        holding_days=data.holding_period_days,
    )

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Program:
        return programs.program(tx, workspace_id, reference[1])

    made = await write_once(
        caller.app,
        request,
        ctx,
        lambda tx: programs.create_program(tx, ctx, draft),
        lambda program: ("program", program.id),
        load,
    )
    return await caller.app.db.read(_program, caller.id, made)


@get("/programs", tags=["programs"], summary="List programs")
async def list_programs(
    request: HttpRequest, caller: Caller, page: Page = 1, page_size: PageSize = 100
) -> list[dict[str, Any]]:
    refuse_unknown_filters(request)

    def read(tx: Read) -> list[dict[str, Any]]:
        found = programs.programs(tx, caller.id, page_size, offset(page, page_size))
        return [_program(tx, caller.id, program) for program in found]

    return await caller.app.db.read(read)


@get("/programs/{program_id:str}", tags=["programs"], summary="Get a program")
async def get_program(program_id: str, caller: Caller) -> dict[str, Any]:
    def read(tx: Read) -> dict[str, Any]:
        return _program(tx, caller.id, programs.program(tx, caller.id, program_id))

    return await caller.app.db.read(read)


def _program(tx: Read, workspace_id: str, program: Program) -> dict[str, Any]:
    return program_object(program, programs.rewards(tx, workspace_id, program.id))


@post("/programs/{program_id:str}/rewards", tags=["programs"], summary="Set a reward")
async def create_reward(
    program_id: str, data: NewReward, request: HttpRequest, caller: Caller
) -> dict[str, Any]:
    """In force from now on for its event; what was decided under older terms stands."""
    ctx = caller.context()
    draft = _reward_draft(data)

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Reward:
        known = programs.reward_by_id(tx, workspace_id, reference[1])
        assert known is not None
        return known

    made = await write_once(
        caller.app,
        request,
        ctx,
        lambda tx: programs.add_reward(tx, ctx, program_id, draft),
        lambda reward: ("reward", reward.id),
        load,
    )
    return reward_object(made)


def _reward_draft(data: NewReward) -> RewardDraft:
    event, kind = RewardEvent(data.event), RewardKind(data.type)
    if kind is RewardKind.FLAT:
        if data.amount_in_cents is None:
            raise invalid("amountInCents", "A flat reward needs amountInCents.")
        return RewardDraft(event=event, kind=kind, amount_minor=data.amount_in_cents)
    if data.amount_in_percentage is None:
        raise invalid("amountInPercentage", "A percentage reward needs amountInPercentage.")
    return RewardDraft(
        event=event, kind=kind, basis_points=_basis_points(data.amount_in_percentage)
    )


def _basis_points(percentage: Decimal) -> int:
    if not percentage.is_finite() or not 0 <= percentage <= 100:
        raise invalid("amountInPercentage", "A percentage is between 0 and 100.")
    points = percentage * 100
    if points != points.to_integral_value():
        raise invalid("amountInPercentage", "A percentage has at most two decimals.")
    return int(points)


@get("/programs/{program_id:str}/rewards", tags=["programs"], summary="List rewards, newest first")
async def list_rewards(
    program_id: str, request: HttpRequest, caller: Caller
) -> list[dict[str, Any]]:
    refuse_unknown_filters(request)

    def read(tx: Read) -> list[dict[str, Any]]:
        owner = programs.program(tx, caller.id, program_id)
        return [reward_object(reward) for reward in programs.rewards(tx, caller.id, owner.id)]

    return await caller.app.db.read(read)


@post("/partners", tags=["partners"], summary="Enrol a partner", status_code=201)
async def create_partner(data: NewPartner, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """A partner already known by `tenantId` or `email` is returned; its `tenantId` stays."""
    if "@" not in data.email.strip()[1:-1] or any(c.isspace() for c in data.email.strip()):
        raise invalid("email", "email is not an e-mail address.")
    ctx = caller.context()
    draft = PartnerDraft(
        email=data.email,
        name=data.name or None,
        tenant_id=data.tenant_id or None,
        program_id=data.program_id or None,
        username=data.username or None,
        country=data.country or None,
    )

    def load(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Partner:
        return programs.partner(tx, workspace_id, reference[1], draft.program_id)

    made = await write_once(
        caller.app,
        request,
        ctx,
        lambda tx: tell_enrolled(tx, ctx, programs.create_partner(tx, ctx, draft)),
        lambda partner: ("partner", partner.id),
        load,
    )
    return await caller.app.db.read(_partner, caller.id, made)


@get("/partners", tags=["partners"], summary="List partners, newest first")
async def list_partners(
    request: HttpRequest,
    caller: Caller,
    program_id: Annotated[str | None, QueryParameter(name="programId")] = None,
    email: str | None = None,
    tenant_id: Annotated[str | None, QueryParameter(name="tenantId")] = None,
    page: Page = 1,
    page_size: PageSize = 100,
) -> list[dict[str, Any]]:
    refuse_unknown_filters(request, sorted_by="totalSaleAmount")
    wanted = PartnerFilter(
        program_id=program_id,
        email=email.strip().lower() if email else None,
        tenant_id=tenant_id,
        limit=page_size,
        offset=offset(page, page_size),
    )

    def read(tx: Read) -> list[dict[str, Any]]:
        found = programs.partners(tx, caller.id, wanted)
        return [_partner(tx, caller.id, partner) for partner in found]

    return await caller.app.db.read(read)


@get("/partners/{partner_id:str}", tags=["partners"], summary="Get a partner")
async def get_partner(
    partner_id: str,
    caller: Caller,
    program_id: Annotated[str | None, QueryParameter(name="programId")] = None,
) -> dict[str, Any]:
    def read(tx: Read) -> dict[str, Any]:
        return _partner(tx, caller.id, programs.partner(tx, caller.id, partner_id, program_id))

    return await caller.app.db.read(read)


def _partner(tx: Read, workspace_id: str, partner: Partner) -> dict[str, Any]:
    own = links.of_partner(tx, workspace_id, partner.id, LINKS_SHOWN)
    return partner_object(partner, [link for link in own if link.program_id == partner.program_id])


@post("/partners/deactivate", tags=["partners"], summary="Stop a partner", status_code=200)
async def deactivate_partner(
    data: PartnerReference, request: HttpRequest, caller: Caller
) -> dict[str, str]:
    """Conversions from now on are not credited; what was earned stays. Without `programId` in
    every program of the partner.
    """
    ctx = caller.context()

    def run(tx: Write) -> str:
        return programs.deactivate(
            tx,
            ctx,
            program_id=data.program_id or None,
            partner_id=data.partner_id or None,
            tenant_id=data.tenant_id or None,
        )

    def load(_: Read, __: str, reference: tuple[str, str]) -> str:
        return reference[1]

    stopped = await write_once(
        caller.app, request, ctx, run, lambda partner_id: ("partner", partner_id), load
    )
    return {"partnerId": stopped}
