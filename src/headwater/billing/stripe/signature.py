"""Whether Stripe sent it: the `Stripe-Signature` header of a webhook.

The same as the official package does, which would cost the core 22 MB and the machine's clock
(docs/decisions/0049-stripe.md); tests hold the two together.
"""

import hashlib
import hmac
from collections.abc import Sequence

from headwater.kit.clock import SECOND_US

SCHEME = "v1"
TOLERANCE_US = 300 * SECOND_US


def refusal(header: str | None, body: bytes, keys: Sequence[str], now_us: int) -> str | None:
    """Why this body is not believed, in a sentence; None where one of the secrets signed it, at
    most five minutes ago.
    """
    parts = [part.partition("=") for part in (header or "").split(",")]
    moments = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == SCHEME]
    if not moments or not given:
        return "The Stripe-Signature header is missing or names no time and v1 signature."
    if not (moments[0].isascii() and moments[0].isdecimal() and len(moments[0]) <= _DIGITS):
        return "The time in the Stripe-Signature header is no number."
    text = b"%d." % int(moments[0]) + body
    made = [hmac.new(each.encode(), text, hashlib.sha256).hexdigest() for each in keys]
    if not any(hmac.compare_digest(a.encode(), b.encode()) for a in made for b in given):
        return (
            "No signature in the Stripe-Signature header was made with this endpoint's secret. Copy"
            " the signing secret (whsec_…) of the webhook endpoint in Stripe's dashboard to POST"
            " /billing/stripe/endpoints/{id}/secret."
        )
    if int(moments[0]) * SECOND_US < now_us - TOLERANCE_US:
        return "This was signed more than five minutes ago. Check the clock of this server."
    return None


_DIGITS = 12  # thirty thousand years
