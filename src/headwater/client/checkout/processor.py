"""What a payment processor keeps with a payment, within its limits (T-79, T-80)."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from headwater.client.checkout.desk import Checkout

KEYS_MAX, KEY_MAX, VALUE_MAX = 50, 40, 500
_SLOT = re.compile(r"[A-Za-z0-9_-]{1,200}")
_LATER = {"subscription": "subscription_data", "payment": "payment_intent_data"}


def stripe_params(
    checkout: Checkout, *, owner: str | None = None, metadata: Mapping[str, str] | None = None,
    mode: Literal["subscription", "payment"] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """`metadata` and, where there is one, `client_reference_id`, for a Checkout Session. With a
    `mode` that too, and the metadata once more where later events carry it: on the subscription,
    whose renewals know no session, or on the payment (A-101).

    The slot has one owner: `owner` names the field of the attribution it is for, by default it is
    what the server says. The site's own `metadata` goes first and is never replaced.
    """
    kept = within_limits({**checkout.metadata, **(metadata or {})}, first=metadata or {})
    slot = checkout.attribution.get(owner, "") if owner else checkout.client_reference_id or ""
    params: dict[str, Any] = {"metadata": kept}
    if _SLOT.fullmatch(slot):
        params["client_reference_id"] = slot
    if mode is not None:
        params |= {"mode": mode, _LATER[mode]: {"metadata": kept}}
    return params


def within_limits(values: Mapping[str, str], first: Mapping[str, str]) -> dict[str, str]:
    """What does not fit is left out whole: half a click id is none."""
    ordered = [*first, *(name for name in values if name not in first)]
    fitting = [
        name for name in ordered if 0 < len(name) <= KEY_MAX and 0 < len(values[name]) <= VALUE_MAX
    ]
    return {name: values[name] for name in fitting[:KEYS_MAX]}
