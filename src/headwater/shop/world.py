"""Time and chance, read here and nowhere else in the shop."""

import secrets
import time


def now_s() -> int:
    return int(time.time())


def ticks_s() -> float:
    """Of a clock that never goes back."""
    return time.monotonic()


def pause(seconds: float) -> None:
    time.sleep(seconds)


def new_token() -> str:
    return secrets.token_urlsafe(24)


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(8)}"


def salt() -> bytes:
    return secrets.token_bytes(16)
