"""What each column holds: a visitor is a keyed hash; what a browser says can be erased."""

from headwater.kit.privacy import OPAQUE_ID, OPERATIONAL, PSEUDONYMOUS, DataMap, personal

DATA_MAP: DataMap = {
    "clicks": {
        "link_number": OPAQUE_ID,
        "hour": OPERATIONAL,
        "visitor": PSEUDONYMOUS,
        "workspace_id": OPAQUE_ID,
        "click_id": PSEUDONYMOUS,
        "first_at": OPERATIONAL,
        "class": OPERATIONAL,
        "counted": OPERATIONAL,
        "counted_in": OPAQUE_ID,
        "user_agent": personal("set to null"),
        "referrer": personal("set to null"),
        "url": personal("set to null"),
        "trigger": OPERATIONAL,
    },
    "imported_clicks": {
        "workspace_id": OPAQUE_ID,
        "click_id": PSEUDONYMOUS,
        "link_number": OPAQUE_ID,
        "hour": OPERATIONAL,
        "visitor": PSEUDONYMOUS,
    },
    "announced_clicks": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "customer_id": OPAQUE_ID,
        "click_id": PSEUDONYMOUS,
        "link_number": OPAQUE_ID,
        "clicked_at": OPERATIONAL,
        "created_at": OPERATIONAL,
    },
    "hits": {
        "position": OPERATIONAL,
        "group_id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "link_number": OPAQUE_ID,
        "hour": OPERATIONAL,
        "visitor": PSEUDONYMOUS,
        "at": OPERATIONAL,
        "class": OPERATIONAL,
        "reason": OPERATIONAL,
    },
    "attributions": {
        "customer_id": OPAQUE_ID,
        "provider": OPERATIONAL,
        "workspace_id": OPAQUE_ID,
        "click_id": PSEUDONYMOUS,
        "link_number": OPAQUE_ID,
        "touched_at": OPERATIONAL,
        "created_at": OPERATIONAL,
    },
}
