"""What each column holds: the caller's key, a hash of the request, a reference to the result."""

from headwater.kit.privacy import OPAQUE_ID, OPERATIONAL, PSEUDONYMOUS, DataMap

DATA_MAP: DataMap = {
    "idempotency_keys": {
        "workspace_id": OPAQUE_ID,
        "key": PSEUDONYMOUS,
        "fingerprint": PSEUDONYMOUS,
        "result_kind": OPERATIONAL,
        "result_id": OPAQUE_ID,
        "created_at": OPERATIONAL,
    },
}
