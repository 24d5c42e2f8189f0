"""What a waiting call waits for, as text; the inbox keeps a commitment to it."""

import msgspec

from headwater.conversions import name_key


def joined(*parts: object) -> str:
    """Unambiguous about where one part ends, whatever callers put into them."""
    return msgspec.json.encode(parts).decode()


def customer_token(external_id: str) -> str:
    return joined("customer", external_id)


def lead_token(external_id: str, event_name: str) -> str:
    return joined("lead", external_id, name_key(event_name))


def rate_token(currency: str) -> str:
    return joined("rate", currency)


def sale_token(invoice_id: str) -> str:
    return joined("sale", invoice_id)
