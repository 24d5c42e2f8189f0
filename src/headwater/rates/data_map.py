"""What each column holds: nothing about persons."""

from headwater.kit.privacy import MONEY, OPAQUE_ID, OPERATIONAL, DataMap

DATA_MAP: DataMap = {
    "rates": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "currency": MONEY,
        "day": OPERATIONAL,
        "rate": MONEY,
        "source": OPERATIONAL,
        "created_at": OPERATIONAL,
    },
}
