"""What each column holds: where a picture came from is erased at once, its file soon after."""

from headwater.kit.privacy import OPAQUE_ID, OPERATIONAL, DataMap, personal

DATA_MAP: DataMap = {
    "avatars": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "customer_id": OPAQUE_ID,
        "state": OPERATIONAL,
        "source": personal("set to null; the picture is deleted, then the row"),
        "digest": personal("set to null"),
        "attempts": OPERATIONAL,
        "next_at": OPERATIONAL,
        "reason": OPERATIONAL,
        "created_at": OPERATIONAL,
    },
}
