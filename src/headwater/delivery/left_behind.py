"""What was left behind: asleep beyond its gate (A-61), or due in a future that a clock set back has
yet to reach.
"""

from headwater.db import Read, Write
from headwater.delivery import left_behind_sql as sql
from headwater.delivery.model import Asleep
from headwater.kit.clock import HOUR_US, MINUTE_US

FOUND_AT_ONCE = 500
AWAKE_US = MINUTE_US  # who is due so soon is not asleep


def left_behind(tx: Read, now_us: int, longest_us: int) -> list[Asleep]:
    """`longest_us`: no attempt, lease or pause makes anything wait longer."""
    return sql.asleep(tx, now_us, now_us + AWAKE_US, now_us + longest_us, FOUND_AT_ONCE)


def fetch(tx: Write, found: list[Asleep], now_us: int, longest_us: int) -> int:
    """Due now, with pauses and questions that would last as long; how many of those were ended."""
    sql.rouse(tx, found, now_us)
    ended = sql.end_pauses(tx, now_us, now_us + longest_us, now_us + 2 * HOUR_US)
    return ended + sql.ask_again(tx, now_us, now_us + longest_us)
