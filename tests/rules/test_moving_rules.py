"""How a source is asked again, and how far back."""

import pytest

from headwater.kit.clock import DAY_US, SECOND_US
from headwater.moving import wait_s, windows

NOW = 1_790_000_000 * SECOND_US


@pytest.mark.parametrize(
    ("status", "retry_after", "attempt", "waits"),
    [
        (429, "7", 1, 7),
        (429, str(NOW // 1000 + 3_500), 1, 4),  # a moment in milliseconds, as the reference says it
        (429, str(NOW // 1000 - 9_000), 1, 0),
        (429, str(NOW // 1000 + 3_600_000), 1, 120),
        (429, "99999", 1, 120),
        (429, "Sat, 21 Nov 2026 12:00:00 GMT", 3, 4),
        (429, "9" * 400, 2, 2),
        (429, None, 1, 1),
        (503, None, 7, 64),
        (503, None, 8, None),
        (None, None, 2, 2),
        (None, None, 8, None),
        (501, None, 1, None),
        (401, None, 1, None),
    ],
)
def test_a_source_is_asked_again_when_it_said_and_not_for_ever(
    status: int | None, retry_after: str | None, attempt: int, waits: int | None
) -> None:
    assert wait_s(status, retry_after, attempt, NOW) == waits


def test_the_stretches_meet_and_end_now() -> None:
    found = list(windows(0, 65 * DAY_US))
    assert found == [(0, 30 * DAY_US), (30 * DAY_US, 60 * DAY_US), (60 * DAY_US, 65 * DAY_US)]
    assert list(windows(5, 5)) == []
