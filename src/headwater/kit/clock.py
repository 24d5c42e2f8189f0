"""The only reader of time. Everything else takes `now_us` as a value."""

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US


class Clock(Protocol):
    def now_us(self) -> int:
        """Microseconds since 1970, UTC."""
        ...

    def monotonic_us(self) -> int:
        """Microseconds on a clock that never steps; for durations only."""
        ...


class SystemClock:
    def now_us(self) -> int:
        return time.time_ns() // 1000

    def monotonic_us(self) -> int:
        return time.monotonic_ns() // 1000


def iso_ms(at_us: int) -> str:
    """`2026-01-31T12:00:00.000Z`: the one form of time in answers."""
    return f"{_iso_second(at_us // SECOND_US)}.{at_us % SECOND_US // 1000:03d}Z"


@lru_cache(maxsize=4096)
def _iso_second(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat()[:19]


def iso_ms_or_none(at_us: int | None) -> str | None:
    return None if at_us is None else iso_ms(at_us)


def from_iso(text: str) -> int:
    """A moment in ISO 8601, UTC unless it says otherwise. ValueError for anything else."""
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)


_EPOCH = datetime.fromtimestamp(0, UTC)


def iso_day(at_us: int) -> str:
    """The UTC day a moment falls on, `YYYY-MM-DD`."""
    return datetime.fromtimestamp(at_us // SECOND_US, UTC).strftime("%Y-%m-%d")
