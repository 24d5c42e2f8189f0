"""The kinds of destination, and how patient we are with each."""

from headwater import reports
from headwater.config import Config
from headwater.delivery import WEBHOOK_WIRE, Kind, Wire
from headwater.kit.clock import HOUR_US, SECOND_US

WIRES: dict[str, Wire] = {Kind.WEBHOOK: WEBHOOK_WIRE, Kind.IMPACT: reports.IMPACT_WIRE}


def schedule_s(config: Config, kind: str) -> tuple[float, ...]:
    """The waits after failed attempts."""
    settings = config.delivery
    if kind == Kind.WEBHOOK:
        return settings.schedule_s
    first = settings.report_schedule_s[: settings.report_attempts - 1]
    return first + first[-1:] * (settings.report_attempts - 1 - len(first))


def longest_us(config: Config) -> int:
    """Nothing waits so long for its next attempt, is leased or rests: twice the longest set."""
    settings = config.delivery
    waits = (*settings.schedule_s, *settings.report_schedule_s, settings.lease_s, settings.rest_s)
    return 2 * round(max(*waits, settings.retry_after_max_s) * SECOND_US) + HOUR_US
