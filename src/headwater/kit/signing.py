"""Webhook secrets, signatures after the Standard Webhooks specification, and key hashes."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from headwater.kit.entropy import Entropy
from headwater.kit.problems import invalid

_SECRET_PREFIX = "whsec_"  # noqa: S105 - a prefix, not a secret
_SECRET_BYTES = 24
_KEY_MIN, _KEY_MAX = 12, 64  # bytes; 12 are the 16 characters of the reference


def new_webhook_secret(entropy: Entropy) -> str:
    return _SECRET_PREFIX + base64.b64encode(entropy.bytes(_SECRET_BYTES)).decode()


def checked_secret(given: str) -> str:
    """A secret brought along; refuses what receivers could not check a signature with."""
    text = given.removeprefix(_SECRET_PREFIX)
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if text == given or not _KEY_MIN <= len(key) <= _KEY_MAX:
        raise invalid(
            "secret",
            f"A secret is {_SECRET_PREFIX} and base64 of {_KEY_MIN}..{_KEY_MAX} bytes, such as 16"
            " or 32 letters and digits. Leave it out to have one made.",
        )
    return given


def signed_headers(
    keys: Sequence[str], message_id: str, timestamp_s: int, body: bytes
) -> dict[str, str]:
    """The headers by which a receiver knows the message, its age and its sender. Each secret signs
    after Standard Webhooks; the reference's header has room for the first one alone.
    """
    moment = datetime.fromtimestamp(timestamp_s, UTC)
    signatures = [Webhook(each).sign(message_id, moment, body.decode()) for each in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(signatures),
        "dub-signature": hmac.digest(keys[0].encode(), body, "sha256").hex(),
    }


def hash_key(token: str) -> str:
    """What is stored of a token that must be recognised but never read again."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
