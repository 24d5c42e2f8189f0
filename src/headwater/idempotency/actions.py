from collections.abc import Callable
from typing import TypeVar

from headwater.db import Read, Write
from headwater.idempotency import sql
from headwater.idempotency.model import Request
from headwater.kit.context import Context
from headwater.kit.problems import conflict
from headwater.workspace import commitment

T = TypeVar("T")
Reference = tuple[str, str]


def once(
    tx: Write,
    ctx: Context,
    request: Request | None,
    run: Callable[[], T],
    refer: Callable[[T], Reference],
    load: Callable[[Read, str, Reference], T],
) -> T:
    """Run, or load the first result of the same request; another one under the key is refused."""
    if request is None:
        return run()
    tx.lock(f"idempotency:{ctx.workspace_id}:{request.key}")
    reference = _known(tx, ctx.workspace_id, request)
    if reference is not None:
        return load(tx, ctx.workspace_id, reference)
    result = run()
    kind, result_id = refer(result)
    row = {
        "key": commitment(tx, ctx.workspace_id, request.key),
        "fingerprint": commitment(tx, ctx.workspace_id, request.fingerprint),
        "kind": kind,
        "reference": result_id,
    }
    sql.insert(tx, ctx.workspace_id, row, ctx.now_us)
    return result


def first(
    tx: Read,
    workspace_id: str,
    request: Request | None,
    load: Callable[[Read, str, Reference], T],
) -> T | None:
    """The first result of the same request, for work that is more than one transaction."""
    reference = None if request is None else _known(tx, workspace_id, request)
    return None if reference is None else load(tx, workspace_id, reference)


def _known(tx: Read, workspace_id: str, request: Request) -> Reference | None:
    known = sql.find(tx, workspace_id, commitment(tx, workspace_id, request.key))
    if known is None:
        return None
    fingerprint, kind, reference = known
    given = commitment(tx, workspace_id, request.fingerprint)
    if fingerprint != given:
        raise conflict(
            "This Idempotency-Key was used before with another request. Use a new key for a new"
            " request, or repeat the old one exactly.",
            "Idempotency-Key",
        )
    return kind, reference
