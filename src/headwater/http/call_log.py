"""Tracking calls into the conversion log: outcomes with their fact, all else in batches."""

import asyncio
from typing import Any

import structlog
from litestar import Request, Response

from headwater import conversion_log
from headwater.conversion_log import Entry, LogOutcome
from headwater.db import Write
from headwater.http.envelope import ErrorBody
from headwater.http.limits import MINUTE_US, Windows
from headwater.kit.context import Context
from headwater.kit.problems import Problem
from headwater.runtime import App
from headwater.tracking import (
    Announced,
    Call,
    DisputeCall,
    Kept,
    Outcome,
    Recorded,
    RefundCall,
    SignedUp,
)
from headwater.workspace import Workspace

log = structlog.get_logger(__name__)

AnyRequest = Request[Any, Any, Any]
REQUEST_ID = "headwater.request_id"
MESSAGE_MAX = 500
KEYLESS_REFUSALS_MAX = 60  # lines a minute that strangers may write into a workspace's log
KEYLESS = frozenset({"click", "visit", "open"})  # what their routes are called in the log
_OWNER = "headwater.logged_for"


def belongs_to(request: AnyRequest, workspace: Workspace) -> None:
    """Whose log tells of this request, should it be refused."""
    if call_of(request) is not None:
        request.scope[_OWNER] = workspace  # type: ignore[literal-required]


def is_owned(request: AnyRequest) -> bool:
    """Whether it is known whose log tells of it, or that none does."""
    return _OWNER in request.scope


def _owner(request: AnyRequest) -> Workspace | None:
    owner: Any = request.scope.get(_OWNER)
    return owner  # type: ignore[no-any-return]


def call_of(request: AnyRequest) -> str | None:
    """What its route calls itself in the log; None for routes that are not logged."""
    named = request.route_handler.opt.get("log")
    return None if named is None else str(named)


def log_outcome(
    tx: Write, ctx: Context, request: AnyRequest, call: Call, outcome: Outcome,
    problem: Problem | None,
) -> None:  # fmt: skip
    """In the transaction of the fact itself, so that the log never tells of one that is not."""
    kind, result_id, link_number = _result(outcome)
    entry = Entry(
        id=request.scope[REQUEST_ID],  # type: ignore[literal-required]
        workspace_id=ctx.workspace_id,
        call=call_of(request) or "",
        outcome=LogOutcome.KEPT if isinstance(outcome, Kept) else LogOutcome.RECORDED,
        status=problem.status if problem else 200,
        at=ctx.now_us,
        code=problem.code.value if problem else None,
        message=_cut(problem.message) if problem else None,
        field=_cut(problem.field) if problem else None,
        customer_external_id=call.customer_external_id
        if not isinstance(call, RefundCall | DisputeCall)
        else None,
        link_number=link_number,
        result_kind=kind,
        result_id=result_id,
    )
    conversion_log.insert(tx, entry)


def log_signup(tx: Write, ctx: Context, request: AnyRequest, done: SignedUp) -> None:
    """As other tracking calls: in the transaction of what it made."""
    entry = Entry(
        id=request.scope[REQUEST_ID],  # type: ignore[literal-required]
        workspace_id=ctx.workspace_id,
        call=call_of(request) or "",
        outcome=LogOutcome.RECORDED,
        status=200,
        at=ctx.now_us,
        customer_external_id=done.customer.external_id,
        link_number=done.lead.link_number if done.lead else None,
        result_kind="customer",
        result_id=done.customer.id,
    )
    conversion_log.insert(tx, entry)


def settled(request: AnyRequest) -> None:
    """Its outcome is in the log: a problem that is answered now is no news."""
    request.scope[_OWNER] = None  # type: ignore[literal-required]


def _result(outcome: Outcome) -> tuple[str, str, int | None]:
    match outcome:
        case Kept():
            return "inbox", outcome.inbox_id, None
        case Announced():
            return "customer", outcome.customer.id, outcome.link_number
        case Recorded():
            kind = type(outcome.fact).__name__.lower()
            return kind, outcome.fact.id, getattr(outcome.fact, "link_number", None)


def log_visit(app: App, request: AnyRequest, link_number: int, click_id: str | None) -> None:
    _append(
        app,
        request,
        outcome=LogOutcome.RECORDED,
        status=200,
        link_number=link_number,
        result_kind="click" if click_id else None,
        result_id=click_id,
    )
    settled(request)


class Strangers:
    """How much those without a key have written into each log: nobody else limits them."""

    def __init__(self, app: App) -> None:
        self._clock = app.clock
        self._windows = Windows()
        self._said: dict[str, int] = {}

    def may_write(self, workspace_id: str) -> bool:
        """Where they may not, the log of the server says so, once a minute and workspace."""
        at_us = self._clock.monotonic_us()
        window = self._windows.of(workspace_id.encode(), at_us)
        if window.used(at_us) < KEYLESS_REFUSALS_MAX:
            window.now += 1
            return True
        if at_us >= self._said.get(workspace_id, at_us):
            self._said[workspace_id] = at_us + MINUTE_US
            log.warning("refusals_not_logged", workspace=workspace_id, most=KEYLESS_REFUSALS_MAX)
        return False


def log_refusal(
    app: App, strangers: Strangers, request: AnyRequest, response: Response[Any]
) -> None:
    """What was answered with an error, if it is known whose call it was."""
    told, owner = response.content, _owner(request)
    if owner is None or not isinstance(told, ErrorBody):
        return
    if call_of(request) not in KEYLESS or strangers.may_write(owner.id):
        _append(
            app,
            request,
            outcome=LogOutcome.REFUSED,
            status=response.status_code or 500,
            code=told.error.code.value,
            message=_cut(told.error.message),
            field=_cut(told.error.field) if isinstance(told.error.field, str) else None,
        )


def _cut(said: str | None) -> str | None:
    return said if said is None or len(said) <= MESSAGE_MAX else f"{said[: MESSAGE_MAX - 1]}…"


def _append(app: App, request: AnyRequest, **said: Any) -> None:
    """Not waited for: what is answered does not depend on it."""
    owner = _owner(request)
    if owner is None:
        return
    entry = Entry(
        id=request.scope[REQUEST_ID],  # type: ignore[literal-required]
        workspace_id=owner.id,
        call=call_of(request) or "",
        at=app.clock.now_us() + owner.ahead_us,
        **said,
    )
    app.db.append(conversion_log.append, entry).add_done_callback(_say_if_lost)


def _say_if_lost(stored: "asyncio.Future[None]") -> None:
    if not stored.cancelled() and stored.exception() is not None:
        log.warning("call_not_logged", error=type(stored.exception()).__name__)
