"""Times of a source, which may be missing."""

from headwater.kit.clock import from_iso
from headwater.moving.session import refusal

_LAST = from_iso("9999-12-31T23:59:59.999999")


def instant(given: str) -> int:
    """Microseconds since 1970."""
    try:
        at = from_iso(given)
    except (ValueError, OverflowError):
        at = -1
    if not 0 <= at <= _LAST:
        raise refusal(
            "invalid",
            f"{given[:40]!r} is no time since 1970. Write it as 2030-01-31T12:00:00.000Z.",
        )
    return at


def moment(given: str | None) -> int | None:
    """None where none is given."""
    return None if given is None else instant(given)
