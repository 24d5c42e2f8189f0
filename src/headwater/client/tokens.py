"""Signed words that leave the site and come back: who reads them believes only what he signed."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

LENGTH_MAX = 3500  # with its name, a cookie holds 4,096
_MAC_BYTES = 20


def signed(values: Mapping[str, Any], key: bytes, binding: str) -> str:
    body = _text(json.dumps(values, separators=(",", ":"), sort_keys=True).encode())
    return f"{body}.{_text(_mac(body, key, binding))}"


def opened(token: str, key: bytes, binding: str, now_s: int) -> Mapping[str, Any] | None:
    """None for what is forged, bound to something else, damaged or too old (`x` is its end)."""
    body, _, mac = token.partition(".")
    if len(token) > LENGTH_MAX or not hmac.compare_digest(
        mac.encode("utf-8", "replace"), _text(_mac(body, key, binding)).encode()
    ):
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        return None
    good = isinstance(values, dict) and isinstance(values.get("x"), int) and values["x"] > now_s
    return values if good else None


def digest(key: bytes, *words: str) -> str:
    """Short, and says nothing to who has not the key."""
    return hmac.new(key, "\x00".join(words).encode("utf-8", "replace"), "sha256").hexdigest()[:24]


def derived(secret: str | bytes, purpose: str) -> bytes:
    raw = secret.encode() if isinstance(secret, str) else secret
    return hmac.new(raw, purpose.encode(), hashlib.sha256).digest()


def _mac(body: str, key: bytes, binding: str) -> bytes:
    message = f"{len(binding)}:{binding}:{body}".encode("utf-8", "replace")
    return hmac.new(key, message, hashlib.sha256).digest()[:_MAC_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
