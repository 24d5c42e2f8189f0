"""What a webhook message is about, in the words of the truth; messages of others are left out."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_CLOCK_TOLERANCE_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How this run calls things on the server, to tell its own messages from others."""

    prefix: str
    links: dict[str, int]
    partners: dict[str, str]

    def local(self, wire: Any) -> str | None:
        """Take the run's prefix off a name, or say that it is not one of this run."""
        text = str(wire or "")
        return text.removeprefix(self.prefix) if text.startswith(self.prefix) else None


def keys_of(event: str, data: dict[str, Any], names: Names) -> list[str]:
    """Name the facts a message tells; an empty list for those of another run."""
    if event == "link.clicked":
        told = data.get("clicks") or [data]
        clicks = [c for c in told if c["link"]["id"] in names.links]
        return [f"click|{c['click']['id']}" for c in clicks]
    customer = names.local((data.get("customer") or {}).get("externalId"))
    if customer is None:
        return []
    if event == "lead.created":
        return [f"lead|{customer}|{data['eventName']}"]
    if event == "sale.created":
        return [f"sale|{_sale_name(data, names)}"]
    return [_commission_key(customer, data, names)]


def commission_key(customer: str, conversion_id: str, partner: str, cents: int) -> str:
    """Name a commission by all that makes it one."""
    return f"commission|{customer}|{conversion_id}|{partner}|{cents}"


def signature_is_right(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Check a Standard Webhooks signature and the age of its timestamp."""
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > _CLOCK_TOLERANCE_S:
        return False
    signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(one, f"v1,{digest}") for one in given)


def _sale_name(data: dict[str, Any], names: Names) -> str:
    """Read the sale's name from its invoice, or from the event name where it has none."""
    invoice = names.local(data["sale"].get("invoiceId"))
    bare = str(data["eventName"]).removeprefix("Purchase ")
    return invoice or names.local(bare) or bare


def _commission_key(customer: str, data: dict[str, Any], names: Names) -> str:
    cents = data.get("originalEarnings", data.get("earnings"))
    partner = (data.get("partner") or {}).get("id") or data.get("partnerId")
    return commission_key(
        customer,
        str(data["conversionId"]),
        names.partners.get(str(partner), str(partner)),
        int(cents or 0),
    )
