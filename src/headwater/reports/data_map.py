"""What each column holds: which touch is to be told to whom; the row goes with its touch."""

from headwater.kit.privacy import OPAQUE_ID, DataMap

DATA_MAP: DataMap = {
    "visits_to_tell": {
        "destination_id": OPAQUE_ID,
        "touch_id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
    },
}
