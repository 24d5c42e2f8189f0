"""From an interval or two dates to a period, and its parts in local time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from headwater.kit.clock import DAY_US, SECOND_US

EARLIEST = datetime(2022, 9, 22, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)  # so that parts can be counted, and are not too many
_DAYS = {"24h": 1, "7d": 7, "30d": 30, "90d": 90, "1y": 365}
INTERVALS = (*_DAYS, "mtd", "qtd", "ytd", "all")
_MONTHLY = ("1y", "ytd", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `since` (inclusive) to `until`, in microseconds; cut into hours, days or months."""

    since: int
    until: int
    unit: str
    zone: ZoneInfo

    def start_of(self, at_us: int) -> datetime:
        """Of the part a moment falls in."""
        local = datetime.fromtimestamp(at_us // SECOND_US, self.zone)
        if self.unit == "hour":
            return local.replace(minute=0, second=0, microsecond=0)
        day = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return day if self.unit == "day" else day.replace(day=1)

    def starts(self) -> list[str]:
        """Every part, also those in which nothing happened."""
        found, at = [], self.start_of(self.since)
        while _us(at) < self.until:
            found.append(label(at))
            at = self._next(at)
        return list(dict.fromkeys(found))

    def _next(self, at: datetime) -> datetime:
        """Hours are steps in real time; days and months begin at local midnight."""
        if self.unit == "hour":
            return (at.astimezone(UTC) + timedelta(hours=1)).astimezone(self.zone)
        if self.unit == "day":
            return at + timedelta(days=1)
        return (at + timedelta(days=32)).replace(day=1)


def label(at: datetime) -> str:
    """Local time, in the form of the reference: the offset it ends with says nothing."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def period(
    now_us: int, interval: str, start: datetime | None, end: datetime | None, zone: ZoneInfo
) -> Period:
    """Dates win over the interval; a reversed pair is swapped. Nothing lies outside of EARLIEST and
    LATEST.
    """
    until = now_us if end is None else _us(min(end, LATEST))
    if start is None:
        since = _begin(interval, until, zone)
        unit = "hour" if interval == "24h" else "month" if interval in _MONTHLY else "day"
        return Period(since=max(since, _us(EARLIEST)), until=until, unit=unit, zone=zone)
    since, until = sorted((_us(min(start, LATEST)), until))
    days = (until - since) / DAY_US
    unit = "hour" if days <= 2 else "month" if days > 180 else "day"
    return Period(since=max(since, _us(EARLIEST)), until=until, unit=unit, zone=zone)


def _begin(interval: str, until: int, zone: ZoneInfo) -> int:
    if interval in _DAYS:
        return until - DAY_US * _DAYS[interval]
    day = datetime.fromtimestamp(until // SECOND_US, zone).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    match interval:
        case "mtd":
            return _us(day)
        case "qtd":
            return _us(day.replace(month=(day.month - 1) // 3 * 3 + 1))
        case "ytd":
            return _us(day.replace(month=1))
        case _:
            return _us(EARLIEST)


def _us(at: datetime) -> int:
    return int(at.timestamp()) * SECOND_US + at.microsecond
