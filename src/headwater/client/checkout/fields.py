"""What the body of a checkout may say of its origin. Nothing in it ever fails a purchase."""

import json
import math
from collections.abc import Mapping
from typing import Any

from headwater import landing

BODY_MAX = 64 * 1024
OF_GOOGLE = ("ga_client_id", "ga_session_id", "ga_session_number")
OTHERS = ("rewardful_referral", "platform_source")


def accept(
    body: bytes | str | Mapping[str, Any] | None, click_param: str = "hw_id"
) -> dict[str, str]:
    """The known fields that are texts, each by itself (T-74 to T-76).

    No body, one that is no JSON object, fields nobody knows, wrong types and values above 512
    characters are left out. Numbers count as texts in Google's fields. Who buys is never read here.
    """
    given = _object(body)
    known = {
        name: _text(name, value) for name, value in given.items() if _is_known(name, click_param)
    }
    return {name: value for name, value in known.items() if value}


def _object(body: bytes | str | Mapping[str, Any] | None) -> Mapping[str, Any]:
    if isinstance(body, Mapping):
        return body
    if not body or len(body) > BODY_MAX:
        return {}
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def _is_known(name: Any, click_param: str) -> bool:
    if not isinstance(name, str):
        return False
    if name in {*OF_GOOGLE, *OTHERS, click_param}:
        return True
    row = landing.table().row(name)
    return row is not None and row.name == name


def _text(name: str, value: Any) -> str:
    if name in OF_GOOGLE and isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value) if isinstance(value, int) or math.isfinite(value) else None
    if not isinstance(value, str):
        return ""
    text = landing.cleaned(value)
    return text if len(text) <= landing.LONGEST else ""
