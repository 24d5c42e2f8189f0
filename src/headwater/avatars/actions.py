"""Scripts on pictures: take one on, claim what is due, record what became of it."""

import hashlib
from collections.abc import Sequence

from headwater import customers
from headwater.avatars import rules, sql
from headwater.avatars.model import PREFIX, Avatar, State
from headwater.db import Read, Write
from headwater.kit.clock import SECOND_US
from headwater.kit.context import Context
from headwater.kit.entropy import ALPHANUMERIC, token

ID_LENGTH = 32
AT_ONCE = 32  # most of them wait for servers of others
LEASE_US = 90 * SECOND_US  # longer than fetching, cutting and keeping may take


def take(tx: Write, ctx: Context, customer_id: str, given: str | None) -> str | None:
    """The customer's avatar from now on: the name of a picture that is still to come. None where
    none was given or what was given cannot be one; the reason stands in its row.
    """
    sql.let_go(tx, ctx.workspace_id, customer_id)
    if given is None:
        return None
    usable = rules.usable(given)
    row = {
        "id": PREFIX + token(ctx.entropy, ID_LENGTH, ALPHANUMERIC),
        "customer_id": customer_id,
        "state": (State.WAITING if usable else State.FAILED).value,
        "source": given if usable else None,
        "digest": _digest(given),
        "reason": None if usable else rules.NO_SOURCE,
        "now": ctx.now_us,
        "due": ctx.real_us,
    }
    sql.insert(tx, ctx.workspace_id, row)
    return str(row["id"]) if usable else None


def tried(tx: Read, workspace_id: str, customer_id: str, given: str) -> bool:
    """Whether this picture failed before: later calls with it do not fetch it over and over."""
    return sql.failed_before(tx, workspace_id, customer_id, _digest(given))


def _digest(given: str) -> str:
    return hashlib.sha256(given.encode()).hexdigest()


def state_of(tx: Read, workspace_id: str, customer_id: str) -> tuple[State, str | None] | None:
    """State of the picture given last, and why it failed; None where there is none."""
    found = sql.latest(tx, workspace_id, customer_id)
    return None if found is None else (found.state, found.reason)


def due(tx: Read, now_us: int) -> bool:
    """Whether there is anything to fetch or to delete."""
    return bool(sql.due(tx, now_us, 1))


def claim(tx: Write, now_us: int) -> list[Avatar]:
    """What is due, for one worker alone; it is due again if that worker dies."""
    tx.lock("avatars")
    found = sql.due(tx, now_us, AT_ONCE)
    for each in found:
        sql.postpone(tx, each.workspace_id, each.id, now_us + LEASE_US)
    return found


def settle(
    tx: Write, avatar: Avatar, reason: str | None, schedule_s: Sequence[float], now_us: int
) -> State | None:
    """Record an attempt that came to nothing for `reason`, or to a picture that is kept; the state
    that follows. Where another worker was first, or the picture was let go, it stays as it is; None
    where it is gone.
    """
    state, next_at = State.STORED, now_us
    if reason is not None:
        state, next_at = rules.after_failure(avatar, reason, schedule_s, now_us)
    row = {"id": avatar.id, "state": state.value, "reason": reason, "next_at": next_at}
    if not sql.settle(tx, avatar.workspace_id, row):
        return sql.state(tx, avatar.workspace_id, avatar.id)
    if state is State.FAILED:
        customers.drop_avatar(tx, avatar.workspace_id, avatar.customer_id, avatar.id)
    return state


def gone(tx: Write, avatar: Avatar) -> None:
    """Its file is deleted."""
    sql.delete(tx, avatar.workspace_id, avatar.id)


def forget(tx: Write, ctx: Context, customer_id: str) -> None:
    """The person's pictures: no longer shown from now on, and deleted by the worker."""
    sql.let_go(tx, ctx.workspace_id, customer_id)
