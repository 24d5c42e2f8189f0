"""Times of a source, which may be missing."""

from headwater.kit.clock import from_iso
from headwater.moving.session import refusal


def instant(given: str) -> int:
    """Microseconds since 1970."""
    try:
        return from_iso(given)
    except (ValueError, OverflowError):
        raise refusal(
            "invalid", f"{given!r} is no time. Write it as 2030-01-31T12:00:00.000Z."
        ) from None


def moment(given: str | None) -> int | None:
    """None where none is given."""
    return None if given is None else instant(given)
