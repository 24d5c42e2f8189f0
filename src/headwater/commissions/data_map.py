"""What each column holds: ids and money."""

from headwater.kit.privacy import MONEY, OPAQUE_ID, OPERATIONAL, DataMap

DATA_MAP: DataMap = {
    "commissions": {
        "id": OPAQUE_ID,
        "workspace_id": OPAQUE_ID,
        "program_id": OPAQUE_ID,
        "partner_id": OPAQUE_ID,
        "customer_id": OPAQUE_ID,
        "kind": OPERATIONAL,
        "conversion_id": OPAQUE_ID,
        "link_number": OPAQUE_ID,
        "reward_id": OPAQUE_ID,
        "sale_amount": MONEY,
        "earnings": MONEY,
        "currency": MONEY,
        "created_at": OPERATIONAL,
        "paid_at": OPERATIONAL,
        "due_at": OPERATIONAL,
        "quantity": OPERATIONAL,
    },
}
