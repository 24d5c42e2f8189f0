"""What each column holds: ids and reasons, so that erasing a person touches no decision."""

from headwater.kit.privacy import OPAQUE_ID, OPERATIONAL, PSEUDONYMOUS, DataMap

DATA_MAP: DataMap = {
    "receipts": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "kind": OPERATIONAL,
        "conversion_id": OPAQUE_ID,
        "customer_id": OPAQUE_ID,
        "link_number": OPAQUE_ID,
        "program_id": OPAQUE_ID,
        "partner_id": OPAQUE_ID,
        "first_touch": OPERATIONAL,  # Receipt.restatable
        "body": PSEUDONYMOUS,
        "decided_at": OPERATIONAL,
    },
    "restatements": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "receipt_id": OPAQUE_ID,
        "click_id": PSEUDONYMOUS,
        "touched_at": OPERATIONAL,
        "at": OPERATIONAL,
    },
}
