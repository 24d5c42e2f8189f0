"""Webhook secrets, signatures after the Standard Webhooks specification, and key hashes."""

import base64
import hashlib
from datetime import UTC, datetime

from standardwebhooks import Webhook

from headwater.kit.entropy import Entropy

_SECRET_PREFIX = "whsec_"  # noqa: S105 - a prefix, not a secret
_SECRET_BYTES = 24


def new_webhook_secret(entropy: Entropy) -> str:
    return _SECRET_PREFIX + base64.b64encode(entropy.bytes(_SECRET_BYTES)).decode()


def signed_headers(secret: str, message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The three headers by which a receiver knows the message, its age and its sender."""
    moment = datetime.fromtimestamp(timestamp_s, UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body.decode()),
    }


def hash_key(token: str) -> str:
    """What is stored of a token that must be recognised but never read again."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
