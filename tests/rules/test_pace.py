"""A worker with nothing to do looks less often, and at once more often when there is something."""

from dataclasses import dataclass

from headwater.kit.clock import SECOND_US
from headwater.worker.pace import Pace


@dataclass
class Watch:
    us: int = 1

    def now_us(self) -> int:
        return self.us

    def monotonic_us(self) -> int:
        return self.us


def test_a_quiet_worker_looks_a_quarter_as_often_until_something_is_found() -> None:
    watch = Watch()
    pace = Pace(watch, watch.us)
    watch.us += 10 * SECOND_US
    assert pace.rest_s(0.2) == 0.2
    watch.us += 1
    assert pace.rest_s(0.2) == 0.8
    pace.busy()
    assert pace.rest_s(0.2) == 0.2
