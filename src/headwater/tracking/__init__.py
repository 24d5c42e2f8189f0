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
from headwater.tracking.dispute import left_of
from headwater.tracking.fix import ADVICE, Change, Fix, Unfit, checked
from headwater.tracking.mend import Mended, Mending, Tried, mend, mended, rename_waiting
from headwater.tracking.milestone import record_milestone
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
from headwater.tracking.network import attribute
from headwater.tracking.refund import part_taken, without_words
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
    "ADVICE",
    "SIGN_UP",
    "Announced",
    "Call",
    "Change",
    "DisputeCall",
    "Fix",
    "Kept",
    "LeadCall",
    "Mended",
    "Mending",
    "MilestoneCall",
    "Outcome",
    "Recorded",
    "RefundCall",
    "SaleCall",
    "SignUp",
    "SignedUp",
    "Tried",
    "Unfit",
    "announced",
    "attach_late",
    "attach_ready",
    "attribute",
    "call_of",
    "checked",
    "left_of",
    "mend",
    "mended",
    "part_taken",
    "record_milestone",
    "release_customer",
    "release_rate",
    "rename_waiting",
    "replay",
    "sign_up",
    "signed_up",
    "touch",
    "track",
    "without_words",
]
