"""Time and chance, read here and nowhere else in the client."""

import secrets
import time
import uuid


def now_s() -> int:
    """Seconds since 1970, for what leaves the process: tokens."""
    return int(time.time())


def now_ms() -> int:
    """For what is kept on a disk: other processes have other ticks."""
    return time.time_ns() // 1_000_000


def ticks_ms() -> int:
    """Of a clock that never goes back; it says how long ago something was, not when."""
    return time.monotonic_ns() // 1_000_000


def new_visitor() -> str:
    """144 bits of chance."""
    return secrets.token_urlsafe(18)


def new_event() -> str:
    return str(uuid.uuid4())


def new_nonce() -> str:
    return secrets.token_urlsafe(9)


def spread(delay_s: float) -> float:
    """Between half and the whole of a delay, so that many clients do not come back together."""
    return delay_s * (0.5 + secrets.randbelow(1001) / 2000)
