from dataclasses import dataclass
from enum import StrEnum

import msgspec


class LogOutcome(StrEnum):
    """Of one call: it is a fact (or was before), it waits in the inbox, or it left nothing else."""

    RECORDED = "recorded"
    KEPT = "kept"
    REFUSED = "refused"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is that of the request; `call` its route without `/track/`, such as `lead/client`."""

    id: str
    workspace_id: str
    call: str
    outcome: LogOutcome
    status: int
    at: int
    code: str | None = None
    message: str | None = None
    field: str | None = None
    customer_external_id: str | None = None
    link_number: int | None = None
    result_kind: str | None = None
    result_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    call: str | None = None
    outcome: LogOutcome | None = None
    customer_external_id: str | None = None
    link_number: int | None = None
    limit: int = 100
    offset: int = 0
