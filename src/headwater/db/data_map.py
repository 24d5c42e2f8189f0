"""What each column holds: what the store keeps for itself."""

from headwater.kit.privacy import OPERATIONAL, DataMap

DATA_MAP: DataMap = {
    "schema_migrations": {
        "number": OPERATIONAL,
        "name": OPERATIONAL,
        "checksum": OPERATIONAL,
        "applied_at": OPERATIONAL,
    },
    "cursors": {
        "name": OPERATIONAL,
        "value": OPERATIONAL,
    },
}
