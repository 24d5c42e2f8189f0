"""`headwater verify`: the proof that the books are right."""

import msgspec

from headwater.cli.options import Data, Database, Json, configured
from headwater.cli.store import opened


def verify(*, data: Data = None, database: Database = None, json_: Json = False) -> int:
    """Trial balance, counters against facts, journal and chain. Exit 1 names each difference."""
    from headwater.audit import audit

    with opened(configured(data, database), must_exist=True) as app:
        result = app.db.read_now(audit)
    if json_:
        print(msgspec.json.encode(result).decode())
    else:
        print("\n".join(result.lines()))
    return 1 if result.differences else 0
