"""How a source is asked: when again, and for which stretches of time."""

from collections.abc import Iterator

from headwater.kit.clock import DAY_US, SECOND_US

TRIES = 8
WAIT_MAX_S = 120
WINDOW_US = 30 * DAY_US
MOMENTS = 10**10  # as seconds three hundred years, so a larger number is a moment in milliseconds
_AGAIN = {429, 500, 502, 503, 504}


def wait_s(status: int | None, retry_after: str | None, attempt: int, now_us: int) -> float | None:
    """Seconds until the next try, the `attempt`-th having failed; None: it is no use. `status` is
    None where no answer came. Retry-After is seconds, or a moment in milliseconds since 1970.
    """
    if attempt >= TRIES or (status is not None and status not in _AGAIN):
        return None
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal() and len(text) <= len(str(MOMENTS**2)):
        asked = int(text)
        if asked >= MOMENTS:
            asked = max(0, -(-(asked * 1000 - now_us) // SECOND_US))
        return min(asked, WAIT_MAX_S)
    return min(1 << (attempt - 1), WAIT_MAX_S)


def windows(start_us: int, end_us: int) -> Iterator[tuple[int, int]]:
    """Stretches that meet: what happened at the border comes twice, and counts once."""
    while start_us < end_us:
        yield start_us, min(start_us + WINDOW_US, end_us)
        start_us += WINDOW_US
