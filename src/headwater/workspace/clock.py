"""The clock of a sandbox: ahead of the real one by more and more, never by less."""

from headwater.db import Write
from headwater.kit.clock import DAY_US
from headwater.kit.context import Context
from headwater.kit.problems import conflict, invalid
from headwater.workspace import sql
from headwater.workspace.model import Workspace

AHEAD_MAX_DAYS = 20 * 365  # ids of clicks hold hours up to the year 2089


def advance_clock(tx: Write, ctx: Context, by_us: int, field: str) -> Workspace:
    """Refused where time is real, and where it would run out of what a click id can say."""
    before = sql.workspace_by_id(tx, ctx.workspace_id)
    if not before.sandbox:
        raise conflict(
            "This is a live workspace: its clock is the real one, and nobody can move it. Make one"
            " to try things in with `headwater init --sandbox`, and use its key."
        )
    left_us = AHEAD_MAX_DAYS * DAY_US - before.ahead_us
    if by_us > left_us:
        raise invalid(
            field,
            f"A sandbox's clock may be {AHEAD_MAX_DAYS} days ahead at most, and {left_us // DAY_US}"
            " are left. Advance by less, or make another sandbox.",
        )
    sql.advance(tx, ctx.workspace_id, by_us)
    return sql.workspace_by_id(tx, ctx.workspace_id)
