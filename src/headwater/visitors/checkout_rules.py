"""What of a checkout's attribution is kept, and what the payment processor gets of it. Pure.

Nothing a browser says may stop a purchase: each field is taken or dropped by itself (T-74, T-75).
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from headwater.landing import LONGEST, Kind, cleaned, table
from headwater.visitors.model import Touch

# As payment processors limit it (T-79, T-80).
KEYS_MAX, KEY_MAX, VALUE_MAX = 50, 40, 500
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,200}")
NUMBERS = ("ga_client_id", "ga_session_id", "ga_session_number")
REFERRAL = "rewardful_referral"
OTHERS = (REFERRAL, "platform_source")
VISITOR = "hw_visitor"
CLICK = "hw_click"
CUSTOMER = "hw_customer"


def taken(given: Mapping[str, Any]) -> dict[str, str]:
    """Known fields with a usable value, in the order they came. Numbers are text where clients
    write them as numbers (T-76).
    """
    found: dict[str, str] = {}
    for name, said in given.items():
        value = _text(name, said) if _is_known(name) else None
        if value is not None:
            found[name] = value
    return found


def _is_known(name: str) -> bool:
    row = table().row(name)
    return name in NUMBERS or name in OTHERS or (row is not None and row.kind is not Kind.MARK)


def _text(name: str, said: Any) -> str | None:
    if name in NUMBERS and isinstance(said, int | float) and not isinstance(said, bool):
        said = str(said) if isinstance(said, int) or math.isfinite(said) else None
    if not isinstance(said, str):
        return None
    value = cleaned(said)
    return value if 0 < len(value) <= LONGEST else None


def has_touch(found: Mapping[str, str]) -> bool:
    """Whether the browser knew what the visitor came by; touches are not blended (T-42)."""
    return any(name not in (*NUMBERS, *OTHERS) for name in found)


def of_touch(touch: Touch) -> dict[str, str]:
    """One touch whole, in the words of a checkout."""
    said = {name: each.value for name, each in touch.ids.items()}
    said |= {f"utm_{name}": value for name, value in touch.utm.items()}
    codes = {"via": touch.partner, "coupon": touch.coupon}
    return said | {name: value for name, value in codes.items() if value}


def metadata(
    found: Mapping[str, str], visitor_id: str | None, click_id: str | None, customer: str | None
) -> dict[str, str]:
    """Within the limits of the processor; what is too long for it stays with us alone. `customer`
    is the merchant's name for who pays, by which the payment comes back to us.
    """
    own = {VISITOR: visitor_id, CLICK: click_id, CUSTOMER: customer}
    said = {name: value for name, value in own.items() if value} | dict(found)
    fitting = [(n, v) for n, v in said.items() if len(n) <= KEY_MAX and len(v) <= VALUE_MAX]
    return dict(fitting[:KEYS_MAX])


def reference(found: Mapping[str, str], click_id: str | None) -> str | None:
    """The one slot of the processor (T-80): another program's referral, else our click; never
    empty, and never what the processor would refuse.
    """
    for said in (found.get(REFERRAL), click_id):
        if said and _REFERENCE.fullmatch(said):
            return said
    return None
