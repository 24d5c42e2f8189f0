"""Periods: where they begin, how they are cut, and that no part is missing or there twice."""

import zoneinfo
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from headwater.insights import period

NOW = datetime(2026, 3, 30, 10, 20, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
NOW_US = int(NOW.timestamp()) * 1_000_000
BERLIN, KOLKATA, ZULU = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata"), ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("interval", "unit", "parts", "first"),
    [
        ("24h", "hour", 25, "2026-03-29T10:00:00.000+0000"),
        ("7d", "day", 8, "2026-03-23T00:00:00.000+0000"),
        ("30d", "day", 31, "2026-02-28T00:00:00.000+0000"),
        ("90d", "day", 91, "2025-12-30T00:00:00.000+0000"),
        ("1y", "month", 13, "2025-03-01T00:00:00.000+0000"),
        ("mtd", "day", 30, "2026-03-01T00:00:00.000+0000"),
        ("qtd", "day", 89, "2026-01-01T00:00:00.000+0000"),
        ("ytd", "month", 3, "2026-01-01T00:00:00.000+0000"),
        ("all", "month", 43, "2022-09-01T00:00:00.000+0000"),
    ],
)
def test_an_interval_ends_now(interval: str, unit: str, parts: int, first: str) -> None:
    made = period(NOW_US, interval, None, None, ZULU)
    starts = made.starts()
    assert (made.unit, len(starts), starts[0]) == (unit, parts, first)


def test_the_day_the_clock_changes_has_23_hours() -> None:
    start, end = datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)
    starts = period(NOW_US, "24h", start, end, BERLIN).starts()
    assert len(starts) == 23
    assert "2026-03-29T02:00:00.000+0000" not in starts


def test_half_hours_of_a_zone_count() -> None:
    made = period(NOW_US, "7d", None, None, KOLKATA)
    at = int(datetime(2026, 3, 28, 18, 30, tzinfo=UTC).timestamp()) * 1_000_000
    assert made.start_of(at).day == 29
    assert made.start_of(at - 1).day == 28


def test_a_reversed_pair_is_swapped_and_nothing_is_earlier_than_the_earliest() -> None:
    early, late = datetime(2001, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    made = period(NOW_US, "24h", late, early, ZULU)
    assert made == period(NOW_US, "24h", early, late, ZULU)
    assert made.starts()[0].startswith("2022-09-01")


def test_time_zones_are_known_where_the_system_has_none():
    zoneinfo.reset_tzpath([])
    try:
        assert zoneinfo.ZoneInfo.no_cache("Europe/Berlin").key == "Europe/Berlin"
    finally:
        zoneinfo.reset_tzpath()


@pytest.mark.parametrize("interval", ["24h", "7d", "all"])
@pytest.mark.parametrize("begin", [None, datetime(2026, 1, 1, tzinfo=UTC), LAST])
def test_a_period_that_never_ends_is_cut_where_nothing_can_be(
    interval: str, begin: datetime | None
) -> None:
    starts = period(NOW_US, interval, begin, LAST, KOLKATA).starts()
    assert len(starts) <= 1000
    assert not any(each > "2100-02" for each in starts)
