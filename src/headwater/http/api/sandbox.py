"""/sandbox/clock: the time of a workspace that is there to try things."""

from typing import Annotated, Any

import msgspec
from litestar import get, post

from headwater import delivery, workspace
from headwater.db import Read, Write
from headwater.http.api.common import Body, HttpRequest, write_once
from headwater.http.api.filters import refuse_unknown_filters
from headwater.http.auth import Caller
from headwater.kit.clock import DAY_US, SECOND_US, iso_ms
from headwater.kit.problems import invalid
from headwater.kit.targets import is_here
from headwater.workspace import Workspace

Count = Annotated[int, msgspec.Meta(ge=1, le=10**9)]


class AdvanceBody(Body, kw_only=True):
    """One of the two."""

    seconds: Count | None = None
    days: Count | None = None


@get("/sandbox/clock", tags=["sandbox"], summary="What time it is in the workspace")
async def get_clock(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """In a live workspace it is the real time."""
    refuse_unknown_filters(request)
    return _clock(caller, await caller.app.db.read(workspace.workspace_by_id, caller.id))


@post(
    "/sandbox/clock/advance", tags=["sandbox"], summary="Move a sandbox's clock on",
    status_code=200,
)  # fmt: skip
async def advance_clock(data: AdvanceBody, request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """By `seconds` or by `days`, and never back. What is due by then is done at once. Refused in a
    live workspace.
    """
    if (data.seconds is None) == (data.days is None):
        raise invalid("seconds", "Say how far: seconds or days, one of the two.")
    field = "days" if data.seconds is None else "seconds"
    by_us = (data.seconds or 0) * SECOND_US + (data.days or 0) * DAY_US
    ctx = caller.context()

    def run(tx: Write) -> Workspace:
        def move() -> Workspace:
            return workspace.advance_clock(tx, ctx, by_us, field)

        return delivery.keep_leases(tx, ctx, by_us, move)

    moved = await write_once(
        caller.app, request, ctx, run, lambda after: ("sandbox_clock", after.id), _loaded
    )
    caller.keys.forget()
    await caller.table.refresh()
    return _clock(caller, moved)


def _loaded(tx: Read, workspace_id: str, _: tuple[str, str]) -> Workspace:
    return workspace.workspace_by_id(tx, workspace_id)


def _clock(caller: Caller, of: Workspace) -> dict[str, Any]:
    return {
        "sandbox": of.sandbox,
        "now": iso_ms(caller.app.clock.now_us() + of.ahead_us),
        "aheadSeconds": of.ahead_us // SECOND_US,
    }


def refuse_outside(caller: Caller, url: str | None, field: str) -> None:
    """What a sandbox sends stays on this machine, unless the operator said otherwise."""
    stays = caller.workspace.sandbox and not caller.app.config.egress.sandbox_anywhere
    if url is not None and stays and not is_here(url):
        raise invalid(
            field,
            "A sandbox sends to this machine alone, such as http://127.0.0.1:8790. Name an address"
            " here, or set egress.sandbox_anywhere.",
        )
