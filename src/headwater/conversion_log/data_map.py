"""What each column holds: ids, and two texts of the caller, which can be erased."""

from headwater.kit.privacy import OPAQUE_ID, OPERATIONAL, DataMap, personal

DATA_MAP: DataMap = {
    "conversion_log": {
        "workspace_id": OPAQUE_ID,
        "id": OPAQUE_ID,
        "call": OPERATIONAL,
        "outcome": OPERATIONAL,
        "status": OPERATIONAL,
        "code": OPERATIONAL,
        "message": personal("set to null"),
        "field": OPERATIONAL,
        "customer_external_id": personal("set to null"),
        "link_number": OPAQUE_ID,
        "result_kind": OPERATIONAL,
        "result_id": OPAQUE_ID,
        "at": OPERATIONAL,
    },
}
