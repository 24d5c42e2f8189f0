"""What each column holds: ids and digests of content without personal text."""

from headwater.kit.privacy import OPAQUE_ID, OPERATIONAL, PSEUDONYMOUS, DataMap

DATA_MAP: DataMap = {
    "journal": {
        "position": OPERATIONAL,
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "kind": OPERATIONAL,
        "subject_id": OPAQUE_ID,
        "digest": PSEUDONYMOUS,
        "at": OPERATIONAL,
        "seq": OPERATIONAL,
        "hash": OPERATIONAL,
    },
}
