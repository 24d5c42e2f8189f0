"""The verbs of tracking: lead, sale, refund, and what waits for them."""

from headwater.tracking.attach import (
    attach_ready,
    call_of,
    release_customer,
    release_rate,
    replay,
    track,
)
from headwater.tracking.deferred import announced
from headwater.tracking.lead import touch
from headwater.tracking.model import (
    Announced,
    Call,
    Kept,
    LeadCall,
    Outcome,
    Recorded,
    RefundCall,
    SaleCall,
)

__all__ = [
    "Announced",
    "Call",
    "Kept",
    "LeadCall",
    "Outcome",
    "Recorded",
    "RefundCall",
    "SaleCall",
    "announced",
    "attach_ready",
    "call_of",
    "release_customer",
    "release_rate",
    "replay",
    "touch",
    "track",
]
