"""What each column holds: what was sent is erasable; that it was sent is not personal."""

from headwater.kit.privacy import OPAQUE_ID, OPERATIONAL, SECRET, DataMap, personal

DATA_MAP: DataMap = {
    "webhooks": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "name": OPERATIONAL,
        "url": SECRET,
        "secret": SECRET,
        "triggers": OPERATIONAL,
        "disabled_at": OPERATIONAL,
        "paused_until": OPERATIONAL,
        "created_at": OPERATIONAL,
        "failures": OPERATIONAL,
        "deleted_at": OPERATIONAL,
        "old_secret": SECRET,
        "old_secret_until": OPERATIONAL,
    },
    "messages": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "event": OPERATIONAL,
        "subject_id": OPAQUE_ID,
        "created_at": OPERATIONAL,
    },
    "message_bodies": {
        "message_id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "body": personal("the row is deleted; its deliveries then end as body_erased"),
    },
    "deliveries": {
        "position": OPERATIONAL,
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "webhook_id": OPAQUE_ID,
        "message_id": OPAQUE_ID,
        "order_key": OPAQUE_ID,
        "state": OPERATIONAL,
        "attempts": OPERATIONAL,
        "failures": OPERATIONAL,
        "next_at": OPERATIONAL,
        "lease": OPERATIONAL,
        "last_error": OPERATIONAL,
        "created_at": OPERATIONAL,
        "delivered_at": OPERATIONAL,
    },
    "attempts": {
        "position": OPERATIONAL,
        "delivery_id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "at": OPERATIONAL,
        "duration_ms": OPERATIONAL,
        "status": OPERATIONAL,
        "outcome": OPERATIONAL,
        "error": OPERATIONAL,
    },
}
