"""Time and chance of the stand-ins, outside the server."""

import time
import uuid


def now() -> float:
    """Seconds since 1970."""
    return time.time()


def chance() -> str:
    return str(uuid.uuid4())
