"""What the worker writes about destinations as a whole, for every workspace as queue_sql.py."""

from headwater.db import Read, Write
from headwater.delivery.model import Patience, Run


def pause(tx: Write, destination_id: str, until_us: int) -> None:
    # every workspace: the receiver said it, whoever's it is
    tx.run(
        "update destinations set paused_until = :until where id = :id and paused_until < :until",
        {"id": destination_id, "until": until_us},
    )


def switch_off(tx: Write, destination_id: str, now_us: int, reason: str) -> None:
    # every workspace: as `pause`
    tx.run(
        "update destinations set disabled_at = :now, disabled_reason = :reason"
        " where id = :id and disabled_at is null",
        {"id": destination_id, "now": now_us, "reason": reason},
    )


def spent(tx: Write, destination_id: str) -> int:
    """Locked, so that two workers do not spend the same."""
    # every workspace: as `pause`
    tx.lock(f"allowance:{destination_id}")
    row = tx.one("select spent_until from destinations where id = :id", {"id": destination_id})
    return row[0] if row else 0


def spend(tx: Write, destination_id: str, until_us: int) -> None:
    # every workspace: as `pause`
    tx.run(
        "update destinations set spent_until = :until where id = :id",
        {"id": destination_id, "until": until_us},
    )


def giving_way(tx: Read, destination_id: str) -> int:
    """How many of those wait; through an index of just them."""
    # every workspace: as `pause`
    row = tx.one(
        "select count(*) from deliveries where destination_id = :destination_id"
        " and state = 'waiting' and substr(natural_key, 1, 6) = 'visit:'",
        {"destination_id": destination_id},
    )
    return row[0] if row else 0


def count_failures(tx: Write, run: Run, now_us: int, patience: Patience) -> None:
    """In a row, over all deliveries of a destination: enough of them and it is left alone for a
    while where nobody answers, and as many as allowed switch a webhook off.
    """
    # every workspace: as `pause`
    tx.run(
        "update destinations set failures = failures * :kept + :failed,"
        " paused_until = case when :down = 1 and :rest_after > 0"
        " and failures * :kept + :failed >= :rest_after and paused_until < :rest_until"
        " then :rest_until else paused_until end,"
        " disabled_reason = case when disabled_at is null and kind = 'webhook' and :most > 0"
        " and :failed > 0 and failures * :kept + :failed >= :most then 'failures'"
        " else disabled_reason end,"
        " disabled_at = case when disabled_at is null and kind = 'webhook' and :most > 0"
        " and :failed > 0 and failures * :kept + :failed >= :most then :now else disabled_at end"
        " where id = :id and (failures > 0 or :failed > 0)",
        {
            "id": run.destination_id,
            "kept": 0 if run.succeeded else 1,
            "failed": run.failed,
            "down": int(run.down),
            "most": patience.disable_after,
            "rest_after": patience.rest_after,
            "rest_until": now_us + patience.rest_us,
            "now": now_us,
        },
    )
