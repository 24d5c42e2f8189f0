"""A call that could not be used."""

from typing import Any

import msgspec

from headwater.inbox import REMEDY, InboxItem
from headwater.kit.clock import iso_ms, iso_ms_or_none


def inbox_object(item: InboxItem) -> dict[str, Any]:
    """`request` is null where the person was erased."""
    return {
        "id": item.id,
        "kind": item.kind.value,
        "reason": item.reason.value,
        "field": item.field,
        "state": item.state.value,
        "detail": REMEDY[item.reason],
        "request": None if item.body is None else _request(item.body),
        "result": fact_named(item),
        "createdAt": iso_ms(item.received_at),
        "resolvedAt": iso_ms_or_none(item.resolved_at),
    }


def fact_named(item: InboxItem) -> dict[str, Any] | None:
    """What the call became."""
    if item.result_id is None:
        return None
    return {"kind": item.result_kind, "id": item.result_id}


def _request(body: bytes) -> dict[str, Any]:
    """The call in the form of its route, so that a corrected copy can be sent back."""
    call: dict[str, Any] = msgspec.json.decode(body)
    del call["at"]
    if call.get("metadata"):
        # As it came: decoded, one that is nested deeply could not be encoded again.
        call["metadata"] = msgspec.Raw(call["metadata"].encode())
    return call
