"""What each column holds: a person; the id and the sums stay when the person goes."""

from headwater.kit.privacy import MONEY, OPAQUE_ID, OPERATIONAL, DataMap, personal

DATA_MAP: DataMap = {
    "customers": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "external_id": personal("replaced by the id: it may be an e-mail address"),
        "name": personal("set to null"),
        "email": personal("set to null"),
        "avatar": personal("set to null"),
        "sales": OPERATIONAL,
        "sale_amount": MONEY,
        "first_sale_at": OPERATIONAL,
        "created_at": OPERATIONAL,
        "stripe_customer_id": personal("set to null"),
        "country": personal("set to null"),
        "subscription_canceled_at": personal("set to null"),
        "erased_at": OPERATIONAL,
    },
    "former_names": {
        "customer_id": OPAQUE_ID,
        "external_id": personal("the row is deleted"),
        "workspace_id": OPAQUE_ID,
        "until": OPERATIONAL,
    },
}
