"""What each column holds: keys are commitments; the call as it came is a row that can be erased."""

from headwater.kit.privacy import OPAQUE_ID, OPERATIONAL, PSEUDONYMOUS, DataMap, personal

DATA_MAP: DataMap = {
    "inbox": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "kind": OPERATIONAL,
        "reason": OPERATIONAL,
        "field": OPERATIONAL,
        "state": OPERATIONAL,
        "natural_key": PSEUDONYMOUS,
        "waits_for": PSEUDONYMOUS,
        "content_hash": PSEUDONYMOUS,
        "ready": OPERATIONAL,
        "received_at": OPERATIONAL,
        "resolved_at": OPERATIONAL,
        "result_kind": OPERATIONAL,
        "result_id": OPAQUE_ID,
    },
    "inbox_bodies": {
        "inbox_id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "body": personal("the row is deleted; the call can then no longer be replayed"),
    },
}
