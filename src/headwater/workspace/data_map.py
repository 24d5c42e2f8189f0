"""What each column holds: tenants, their keys and domains, and the server's own secrets."""

from headwater.kit.privacy import MONEY, OPAQUE_ID, OPERATIONAL, SECRET, DataMap

DATA_MAP: DataMap = {
    "secrets": {
        "name": OPERATIONAL,
        "value": SECRET,
    },
    "daily_salts": {
        "day": OPERATIONAL,
        "salt": SECRET,
    },
    "workspaces": {
        "id": OPAQUE_ID,
        "slug": OPERATIONAL,
        "currency": MONEY,
        "click_param": OPERATIONAL,
        "allowed_hostnames": OPERATIONAL,
        "tag": OPERATIONAL,
        "salt": SECRET,
        "sandbox": OPERATIONAL,
        "clock_ahead": OPERATIONAL,
        "created_at": OPERATIONAL,
    },
    "api_keys": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "kind": OPERATIONAL,
        "hash": SECRET,
        "hint": OPERATIONAL,
        "created_at": OPERATIONAL,
    },
    "domains": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "host": OPERATIONAL,
        "created_at": OPERATIONAL,
        "is_primary": OPERATIONAL,
        "archived": OPERATIONAL,
        "placeholder": OPERATIONAL,
        "expired_url": OPERATIONAL,
        "not_found_url": OPERATIONAL,
        "logo": OPERATIONAL,
        "asset_links": OPERATIONAL,
        "apple_app_site_association": OPERATIONAL,
        "updated_at": OPERATIONAL,
        "held": OPERATIONAL,
        "verified_at": OPERATIONAL,
        "look_at": OPERATIONAL,
        "looked_at": OPERATIONAL,
        "misses": OPERATIONAL,
        "finding": OPERATIONAL,
    },
}
