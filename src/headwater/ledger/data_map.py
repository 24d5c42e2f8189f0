"""What each column holds: ids and money; account names are made of ids."""

from headwater.kit.privacy import MONEY, OPAQUE_ID, OPERATIONAL, DataMap

DATA_MAP: DataMap = {
    "ledger_entries": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "kind": OPERATIONAL,
        "source_id": OPAQUE_ID,
        "commission_id": OPAQUE_ID,
        "debit_account": OPAQUE_ID,
        "credit_account": OPAQUE_ID,
        "amount": MONEY,
        "currency": MONEY,
        "at": OPERATIONAL,
    },
}
