"""/destinations: networks that facts are reported to, and the switch of every destination."""

from typing import Annotated, Any

import msgspec
from litestar import delete, get, patch, post

from headwater import delivery, reports
from headwater.db import Read, Write
from headwater.delivery import Destination, Kind
from headwater.http.api.common import Body, HttpRequest, Name, Short, naming, write_once
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.api.sandbox import refuse_outside
from headwater.http.auth import Caller
from headwater.kit.clock import iso_ms, iso_ms_or_none
from headwater.reports import AccountChanges, NewAccount

Settings = dict[str, Any]
Token = Annotated[str, msgspec.Meta(max_length=255)]


class DestinationBody(Body, kw_only=True, rename="camel"):
    kind: Short
    name: Name
    settings: Settings = msgspec.field(default_factory=dict)
    auth_token: Token | None = None


class DestinationPatch(Body, kw_only=True, rename="camel"):
    """What is left out stays as it is, in `settings` too; there null takes a setting away."""

    name: Name | None = None
    settings: Settings | None = None
    auth_token: Token | msgspec.UnsetType | None = msgspec.UNSET


@post("/destinations", tags=["destinations"], summary="Report to a network", status_code=201)
async def create_destination(
    data: DestinationBody, request: HttpRequest, caller: Caller
) -> dict[str, Any]:
    """Facts from now on are reported. While something is `missing`, they wait."""
    ctx = caller.context()
    new = NewAccount(
        kind=data.kind,
        name=data.name,
        settings=data.settings,
        auth_token=data.auth_token,
    )
    allow = caller.app.config.egress.allow_private

    def run(tx: Write) -> Destination:
        made = reports.create_account(tx, ctx, new, allow)
        _refuse_outside(caller, made)
        return made

    made = await write_once(
        caller.app,
        request,
        ctx,
        run,
        lambda each: ("destination", each.id),
        _loaded,
    )
    return _destination(made, caller)


def _loaded(tx: Read, workspace_id: str, reference: tuple[str, str]) -> Destination:
    return delivery.ever_destination(tx, workspace_id, reference[1])


@get("/destinations", tags=["destinations"], summary="List destinations")
async def list_destinations(request: HttpRequest, caller: Caller) -> list[dict[str, Any]]:
    """Newest first, webhooks among them."""
    refuse_unknown_filters(request)
    found = await caller.app.db.read(delivery.list_destinations, caller.id)
    return [_destination(each, caller) for each in found]


@get("/destinations/{destination_id:str}", tags=["destinations"], summary="Get a destination")
async def get_destination(destination_id: str, caller: Caller) -> dict[str, Any]:
    with naming("id"):
        found = await caller.app.db.read(delivery.get_destination, caller.id, destination_id)
    return _destination(found, caller)


@patch("/destinations/{destination_id:str}", tags=["destinations"], summary="Change a destination")
async def update_destination(
    destination_id: str, data: DestinationPatch, caller: Caller
) -> dict[str, Any]:
    """What waited because something was missing is sent once nothing is."""
    ctx = caller.context()
    token = None if data.auth_token is msgspec.UNSET else data.auth_token
    changes = AccountChanges(
        name=data.name,
        settings=data.settings,
        auth_token=token,
        forget_token=data.auth_token is None,
    )
    allow = caller.app.config.egress.allow_private

    def run(tx: Write) -> Destination:
        changed = reports.change_account(tx, ctx, destination_id, changes, allow)
        _refuse_outside(caller, changed)
        return changed

    with naming("id"):
        return _destination(await caller.app.db.write(run), caller)


def _refuse_outside(caller: Caller, account: Destination) -> None:
    refuse_outside(caller, reports.shown_settings(account)["apiUrl"], "settings.apiUrl")


@delete(
    "/destinations/{destination_id:str}",
    tags=["destinations"],
    summary="Tell it nothing more",
    status_code=200,
)
async def delete_destination(destination_id: str, caller: Caller) -> dict[str, Any]:
    """Its deliveries stay readable; waiting ones are given up."""
    ctx = caller.context()
    with naming("id"):
        gone = await caller.app.db.write(delivery.delete_destination, ctx, destination_id)
    return _destination(gone, caller)


@post(
    "/destinations/{destination_id:str}/pause",
    tags=["destinations"],
    summary="Send it nothing for now",
    status_code=200,
)
async def pause_destination(destination_id: str, caller: Caller) -> dict[str, Any]:
    """Also a webhook; what is to be sent waits until it is resumed."""
    ctx = caller.context()
    with naming("id"):
        paused = await caller.app.db.write(delivery.pause_destination, ctx, destination_id)
    return _destination(paused, caller)


@post(
    "/destinations/{destination_id:str}/resume",
    tags=["destinations"],
    summary="Send it what waits",
    status_code=200,
)
async def resume_destination(destination_id: str, caller: Caller) -> dict[str, Any]:
    """Whoever paused it: you, too many failures, or a network that refused the token."""
    ctx = caller.context()
    with naming("id"):
        resumed = await caller.app.db.write(delivery.resume_destination, ctx, destination_id)
    return _destination(resumed, caller)


def _destination(each: Destination, caller: Caller) -> dict[str, Any]:
    rests = each.paused_until > caller.now_us
    network = each.kind != Kind.WEBHOOK
    lacking = reports.missing(each, each.secret) if network else ()
    return {
        "id": each.id,
        "kind": each.kind,
        "name": each.name,
        "settings": reports.shown_settings(each) if network else None,
        "hasAuthToken": each.secret is not None,
        "missing": list(lacking) if each.deleted_at is None else [],
        "pausedAt": iso_ms_or_none(each.disabled_at),
        "pausedReason": each.disabled_reason,
        "restsUntil": iso_ms_or_none(each.paused_until if rests else None),
        "failures": each.failures,
        "createdAt": iso_ms(each.created_at),
        "deletedAt": iso_ms_or_none(each.deleted_at),
    }
