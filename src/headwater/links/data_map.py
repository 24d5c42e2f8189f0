"""What each column holds: a link is published by its owner; `comments` is a note about it."""

from headwater.kit.privacy import MONEY, OPAQUE_ID, OPERATIONAL, DataMap, personal

DATA_MAP: DataMap = {
    "links": {
        "number": OPAQUE_ID,
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "host": OPERATIONAL,
        "key": OPERATIONAL,
        "key_folded": OPERATIONAL,
        "url": OPERATIONAL,
        "external_id": OPAQUE_ID,
        "tenant_id": personal("set to null: it may be an e-mail address"),
        "program_id": OPAQUE_ID,
        "partner_id": OPAQUE_ID,
        "track_conversion": OPERATIONAL,
        "archived": OPERATIONAL,
        "title": OPERATIONAL,
        "description": OPERATIONAL,
        "comments": personal("set to null"),
        "created_at": OPERATIONAL,
        "updated_at": OPERATIONAL,
    },
    "link_counters": {
        "link_number": OPAQUE_ID,
        "hits": OPERATIONAL,
        "clicks": OPERATIONAL,
        "leads": OPERATIONAL,
        "conversions": OPERATIONAL,
        "sales": OPERATIONAL,
        "sale_amount": MONEY,
        "earnings": MONEY,
        "last_clicked": OPERATIONAL,
    },
}
