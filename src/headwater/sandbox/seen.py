"""What reached the stand-in."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Seen:
    """One request, as it arrived and in that order (N-23)."""

    at: float
    method: str
    path: str
    content_type: str
    fields: dict[str, Any]
    raw: str
    query: dict[str, str] = field(default_factory=dict)
    status: int = 0
