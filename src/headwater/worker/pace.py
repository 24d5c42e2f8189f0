"""How often the worker looks for work: after a while without, it looks less often."""

from dataclasses import dataclass

from headwater.kit.clock import SECOND_US, Clock

QUIET_US = 10 * SECOND_US
SLOWER = 4


@dataclass(slots=True)
class Pace:
    """Shared by the loops of one worker: what one of them finds, the others soon have to do with.
    An idle server so costs a third, and the first fact after a pause waits some tenths of a second.
    """

    clock: Clock
    busy_us: int = 0

    def busy(self) -> None:
        self.busy_us = self.clock.monotonic_us()

    def rest_s(self, idle_s: float) -> float:
        quiet = self.clock.monotonic_us() - self.busy_us > QUIET_US
        return idle_s * SLOWER if quiet else idle_s
