"""`Idempotency-Key`: held by a unique constraint for ever, keeping a reference to the result."""

from headwater.idempotency.actions import first, once
from headwater.idempotency.model import Request

__all__ = ["Request", "first", "once"]
