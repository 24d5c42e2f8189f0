"""POST /sales/{id}/refunds, POST /sales/{id}/disputes."""

import re
from typing import Annotated, Any, Literal

import msgspec
from litestar import post

from headwater.http.api.common import Body, HttpRequest, Reference, Short, Text, moment, tidy
from headwater.http.api.outcome import run_call
from headwater.http.auth import Caller
from headwater.kit.money import AMOUNT_MAX
from headwater.kit.problems import invalid
from headwater.tracking import DisputeCall, RefundCall

EXTERNAL = "ext_"
_EXTERNAL_IN_PATH = [
    re.compile(r"(?P<before>/sales/)(?P<id>ext_.+)(?P<after>/refunds|/disputes)/?\Z", re.DOTALL),
    re.compile(
        r"(?P<before>/customers/)(?P<id>ext_.+?)(?P<after>(?:/touches|/attributions|/milestones)?)/?\Z",
        re.DOTALL,
    ),
    re.compile(r"(?P<before>/links/)(?P<id>ext_.+?)(?P<after>)/?\Z", re.DOTALL),
    re.compile(r"(?P<before>/checkout/attribution/)(?P<id>.+?)(?P<after>)/?\Z", re.DOTALL),
]
_SLASH = "\x00"  # never part of a path: the front refuses it


class RefundBody(Body, kw_only=True, rename="camel"):
    amount: Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MAX)]
    key: Reference
    reason: Text | None = None
    occurred_at: Short | None = None


class DisputeBody(Body, kw_only=True, rename="camel"):
    """`key`: the processor's id of the dispute."""

    key: Reference
    amount: Annotated[int, msgspec.Meta(ge=1, le=AMOUNT_MAX)] | None = None
    reason: Text | None = None
    state: Literal["opened", "won", "lost"] = "opened"
    occurred_at: Short | None = None


def refund_call(body: RefundBody, sale: str, at: int, now_us: int) -> RefundCall:
    key = tidy(body.key)
    if key is None:
        raise invalid("key", "key is empty: give each refund of a sale a name of its own.")
    return RefundCall(
        at=moment(body.occurred_at, "occurredAt", now_us) or at,
        sale=_reference(sale),
        amount=body.amount,
        key=key,
        reason=tidy(body.reason),
    )


def dispute_call(body: DisputeBody, sale: str, at: int, now_us: int) -> DisputeCall:
    key = tidy(body.key)
    if key is None:
        raise invalid("key", "key is empty: give the processor's id of the dispute.")
    return DisputeCall(
        at=moment(body.occurred_at, "occurredAt", now_us) or at,
        sale=_reference(sale),
        amount=body.amount,
        key=key,
        reason=tidy(body.reason),
        state=body.state,
    )


def _reference(sale: str) -> str:
    """The sale's id or `ext_<invoiceId>`, the invoice trimmed as sales trim it."""
    if sale.startswith(EXTERNAL):
        return EXTERNAL + sale.removeprefix(EXTERNAL).strip()
    return sale


def routable(path: str) -> str:
    """The path with an id of the caller's, such as `INV/2026/001`, as one segment: the router
    needs that.
    """
    for pattern in _EXTERNAL_IN_PATH:
        match = pattern.match(path)
        if match is not None:
            return f"{match['before']}{match['id'].replace('/', _SLASH)}{match['after']}"
    return path


def with_slashes(segment: str) -> str:
    """An id out of a path that went through `routable`, as it was sent."""
    return segment.replace(_SLASH, "/")


@post(
    "/sales/{sale_id:str}/refunds", tags=["sales"], summary="Refund a sale", status_code=200,
    opt={"log": "refund"},
)  # fmt: skip
async def refund_sale(
    sale_id: str, data: RefundBody, request: HttpRequest, caller: Caller
) -> dict[str, Any]:
    """In part or whole, as often as needed, once per key. The id may be `ext_<invoiceId>`."""
    ctx = caller.context()
    call = refund_call(data, with_slashes(sale_id), ctx.now_us, ctx.now_us)
    return await run_call(caller.app, request, ctx, call)


@post(
    "/sales/{sale_id:str}/disputes", tags=["sales"], summary="Report a dispute", status_code=200,
    opt={"log": "dispute"},
)  # fmt: skip
async def dispute_sale(
    sale_id: str, data: DisputeBody, request: HttpRequest, caller: Caller
) -> dict[str, Any]:
    """Opened, what is left of the commission is taken back; won, it is not restored."""
    ctx = caller.context()
    call = dispute_call(data, with_slashes(sale_id), ctx.now_us, ctx.now_us)
    return await run_call(caller.app, request, ctx, call)
