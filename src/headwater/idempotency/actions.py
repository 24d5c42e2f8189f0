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
    key = commitment(tx, ctx.workspace_id, request.key)
    given = commitment(tx, ctx.workspace_id, request.fingerprint)
    known = sql.find(tx, ctx.workspace_id, key)
    if known is None:
        result = run()
        kind, reference = refer(result)
        row = {"key": key, "fingerprint": given, "kind": kind, "reference": reference}
        sql.insert(tx, ctx.workspace_id, row, ctx.now_us)
        return result
    fingerprint, kind, reference = known
    if fingerprint != given:
        raise conflict(
            "This Idempotency-Key was used before with another request. Use a new key for a new"
            " request, or repeat the old one exactly.",
            "Idempotency-Key",
        )
    return load(tx, ctx.workspace_id, (kind, reference))
