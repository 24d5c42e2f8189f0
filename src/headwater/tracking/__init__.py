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
from headwater.tracking.model import (
    Announced,
    Call,
    DisputeCall,
    Kept,
    LeadCall,
    MilestoneCall,
    Outcome,
    Recorded,
    RefundCall,
    SaleCall,
)
from headwater.tracking.signup import (
    SIGN_UP,
    SignedUp,
    SignUp,
    attach_late,
    sign_up,
    signed_up,
)
from headwater.tracking.touch import touch

__all__ = [
    "SIGN_UP",
    "Announced",
    "Call",
    "DisputeCall",
    "Kept",
    "LeadCall",
    "MilestoneCall",
    "Outcome",
    "Recorded",
    "RefundCall",
    "SaleCall",
    "SignUp",
    "SignedUp",
    "announced",
    "attach_late",
    "attach_ready",
    "call_of",
    "release_customer",
    "release_rate",
    "replay",
    "sign_up",
    "signed_up",
    "touch",
    "track",
]
