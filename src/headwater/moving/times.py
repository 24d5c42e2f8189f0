"""Times of a source, which may be missing."""

from headwater.kit.clock import from_iso


def moment(given: str | None) -> int | None:
    """Microseconds; ValueError where it is no time."""
    return None if given is None else from_iso(given)
