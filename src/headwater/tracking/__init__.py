"""The verbs of tracking: lead, sale, refund, and what waits for them."""

from headwater.tracking.attach import (
    attach_ready,
    call_of,
    release_customer,
    release_rate,
    replay,
    track,
)
from headwater.tracking.model import (
    Call,
    Kept,
    LeadCall,
    Outcome,
    Recorded,
    RefundCall,
    SaleCall,
)

__all__ = [
    "Call",
    "Kept",
    "LeadCall",
    "Outcome",
    "Recorded",
    "RefundCall",
    "SaleCall",
    "attach_ready",
    "call_of",
    "release_customer",
    "release_rate",
    "replay",
    "track",
]
