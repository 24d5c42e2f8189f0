"""What each column holds: Stripe's ids stay, what they say of a person can go."""

from headwater.kit.privacy import (
    OPAQUE_ID,
    OPERATIONAL,
    PSEUDONYMOUS,
    SECRET,
    DataMap,
    personal,
)

DATA_MAP: DataMap = {
    "stripe_endpoints": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "mode": OPERATIONAL,
        "amount": OPERATIONAL,
        "taxes": OPERATIONAL,
        "secret": SECRET,
        "old_secret": SECRET,
        "old_secret_until": OPERATIONAL,
        "created_at": OPERATIONAL,
        "deleted_at": OPERATIONAL,
    },
    "stripe_events": {
        "workspace_id": OPAQUE_ID,
        "id": OPAQUE_ID,
        "endpoint_id": OPAQUE_ID,
        "kind": OPERATIONAL,
        "happened_at": OPERATIONAL,
        "received_at": OPERATIONAL,
        "state": OPERATIONAL,
        "reason": OPERATIONAL,
        "waits_for": PSEUDONYMOUS,
        "next_at": OPERATIONAL,
        "tries": OPERATIONAL,
        "settled_at": OPERATIONAL,
        "results": OPAQUE_ID,
    },
    "stripe_bodies": {
        "workspace_id": OPAQUE_ID,
        "event_id": OPAQUE_ID,
        "received_at": OPERATIONAL,
        "body": personal("the row is deleted; an event that waits is then not applied"),
    },
    "stripe_objects": {
        "workspace_id": OPAQUE_ID,
        "kind": OPERATIONAL,
        "id": PSEUDONYMOUS,
        "owner": PSEUDONYMOUS,
        "said": personal("of a customer replaced by the word that they were erased"),
    },
}
