"""A tracking call as the conversion log tells of it."""

from typing import Any

from headwater.conversion_log import Entry
from headwater.kit.clock import iso_ms


def log_object(entry: Entry, link_id: str | None) -> dict[str, Any]:
    """`error` is what was answered; null where the answer was a good one."""
    error = None
    if entry.code is not None:
        error = {"code": entry.code, "message": entry.message, "field": entry.field}
    result = None
    if entry.result_id is not None:
        result = {"kind": entry.result_kind, "id": entry.result_id}
    return {
        "id": entry.id,
        "call": entry.call,
        "outcome": entry.outcome.value,
        "status": entry.status,
        "error": error,
        "customerExternalId": entry.customer_external_id,
        "linkId": link_id,
        "result": result,
        "createdAt": iso_ms(entry.at),
    }
