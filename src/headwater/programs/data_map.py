"""What each column holds: terms are public to partners; partners are persons."""

from headwater.kit.privacy import MONEY, OPAQUE_ID, OPERATIONAL, DataMap, personal

DATA_MAP: DataMap = {
    "programs": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "name": OPERATIONAL,
        "attribution_model": OPERATIONAL,
        "window_days": OPERATIONAL,
        "self_referral": OPERATIONAL,
        "holding_days": OPERATIONAL,
        "created_at": OPERATIONAL,
    },
    "rewards": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "program_id": OPAQUE_ID,
        "event": OPERATIONAL,
        "kind": OPERATIONAL,
        "amount_minor": MONEY,
        "basis_points": MONEY,
        "created_at": OPERATIONAL,
    },
    "partners": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "name": personal("replaced by the id"),
        "email": personal("replaced by the id; unique in the workspace"),
        "username": personal("set to null"),
        "country": personal("set to null"),
        "created_at": OPERATIONAL,
    },
    "enrolments": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "program_id": OPAQUE_ID,
        "partner_id": OPAQUE_ID,
        "tenant_id": personal("set to null: it may be an e-mail address"),
        "earned": MONEY,
        "created_at": OPERATIONAL,
        "stopped_at": OPERATIONAL,
    },
}
