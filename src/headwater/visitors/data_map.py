"""What each column holds: a browser's id and all it came by stand for a person and go with them."""

from headwater.kit.privacy import OPAQUE_ID, OPERATIONAL, PSEUDONYMOUS, DataMap, personal

_ROW = "the row is deleted"

DATA_MAP: DataMap = {
    "visitors": {
        "workspace_id": OPAQUE_ID,
        "id": personal(_ROW),
        "customer_id": OPAQUE_ID,
        "claimed_at": OPERATIONAL,
        "first_at": OPERATIONAL,
        "last_at": OPERATIONAL,
    },
    "touches": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "event_id": PSEUDONYMOUS,
        "visitor_id": personal(_ROW),
        "customer_id": OPAQUE_ID,
        "source": OPERATIONAL,
        "at": OPERATIONAL,
        "received_at": OPERATIONAL,
        "expires_at": OPERATIONAL,
        "url": personal(_ROW),
        "referrer": personal(_ROW),
        "click_id": PSEUDONYMOUS,
        "partner": OPERATIONAL,
        "coupon": OPERATIONAL,
        "referral": personal(_ROW),
        "utm": OPERATIONAL,
        "ids": personal(_ROW),
        "fingerprint": PSEUDONYMOUS,
        "measurement": OPERATIONAL,
        "sharing": OPERATIONAL,
        "personal": OPERATIONAL,
        "consent_source": OPERATIONAL,
        "claimed_at": OPERATIONAL,
        "new_customer": OPERATIONAL,
    },
    "checkouts": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "checkout_id": OPAQUE_ID,
        "customer_external_id": personal(_ROW),
        "visitor_id": personal(_ROW),
        "attribution": personal(_ROW),
        "metadata": personal(_ROW),
        "client_reference_id": personal(_ROW),
        "created_at": OPERATIONAL,
    },
}
