from headwater.conversion_log import sql
from headwater.db import Write
from headwater.kit.ids import lowest_id

CHUNK = 1000  # rows deleted at once, so that no other write waits long


def forget(tx: Write, workspace_id: str, customer_external_id: str, before_us: int | None) -> None:
    """What was said in this name, or what was said in it before then."""
    ceiling = None if before_us is None else lowest_id("req_", before_us)
    sql.forget(tx, workspace_id, customer_external_id, ceiling)


def sweep(tx: Write, workspace_id: str, before_us: int) -> bool:
    """Delete the oldest entries of before then; whether there may be more."""
    floor = lowest_id("req_", before_us)
    return sql.delete_before(tx, workspace_id, floor, CHUNK) == CHUNK
