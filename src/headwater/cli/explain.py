"""`headwater explain <id>`."""

import msgspec

from headwater.cli.options import Data, Database, Json, configured
from headwater.cli.store import opened


def explain(
    reference: str, /, *, data: Data = None, database: Database = None, json_: Json = False
) -> None:
    """Why a conversion was credited so: id of a receipt, lead, sale, refund or commission."""
    from headwater import receipts
    from headwater.explain import explain as explain_decision
    from headwater.kit.problems import not_found

    with opened(configured(data, database), must_exist=True) as app:
        owner = app.db.read_now(receipts.workspace_of, reference)
        if owner is None:
            raise not_found("receipt, conversion or commission", reference)
        found = app.db.read_now(explain_decision, owner, reference)
    if json_:
        print(msgspec.json.encode(found).decode())
    else:
        print("\n".join(found["explanation"]))
