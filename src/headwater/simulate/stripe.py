"""Events in the shapes Stripe documents, signed as Stripe signs them; made by hand."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headwater.simulate.lives import Life

API_VERSION = "2026-10-28.endive"
DAY_S = 86_400
Json = dict[str, Any]


def signature(secret: str, body: Json) -> str:
    """Sign a body as it goes out: the second, a dot, the body; by the real clock."""
    at = int(time.time())
    signed = f"{at}.{json.dumps(body)}".encode()
    return f"t={at},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def event(kind: str, own: Json, at: int, before: Json | None = None) -> Json:
    """Wrap an object: the same event has the same id each time it is sent."""
    data: Json = {"object": own}
    if before is not None:
        data["previous_attributes"] = before
    return {
        "id": f"evt_{kind}_{own['id']}_{own.get('status', '')}",
        "object": "event",
        "api_version": API_VERSION,
        "created": at,
        "data": data,
        "livemode": False,
        "type": kind,
    }


def subscribed(life: Life, status: str, began: int, at: int) -> Json:
    """Tell how the subscription of a life is by then."""
    own: Json = {
        "id": f"sub_{life.number}",
        "object": "subscription",
        "customer": f"cus_{life.number}",
        "status": status,
        "metadata": {"hw_customer": life.name},
        "start_date": began,
        "trial_start": began if life.trial else None,
        "trial_end": began + 30 * DAY_S if life.trial else None,
        "ended_at": at if status == "canceled" else None,
        "items": {"object": "list", "data": [{"price": {"id": "price_pro"}}]},
    }
    kinds = {"active": "updated" if life.trial else "created", "canceled": "deleted"}
    return event(f"customer.subscription.{kinds.get(status, 'created')}", own, at)


def paid(life: Life, month: int, at: int) -> list[Json]:
    """Tell of a month's invoice, and of the payment that paid it."""
    invoice_id = life.invoice(month)
    details = {"subscription": f"sub_{life.number}", "metadata": {"hw_customer": life.name}}
    own: Json = {
        "id": invoice_id,
        "object": "invoice",
        "customer": f"cus_{life.number}",
        "currency": "usd",
        "status": "paid",
        "billing_reason": "subscription_cycle",
        "subtotal": life.price,
        "total": life.price,
        "total_excluding_tax": life.price,
        "total_taxes": [],
        "amount_due": life.price,
        "amount_paid": life.price,
        "amount_remaining": 0,
        "discounts": [],
        "metadata": {},
        "parent": {"type": "subscription_details", "subscription_details": details},
        "lines": {"object": "list", "data": []},
        "status_transitions": {"paid_at": at},
    }
    payment = {"type": "payment_intent", "payment_intent": f"pi_{invoice_id}"}
    link: Json = {
        "id": f"inpay_{invoice_id}",
        "object": "invoice_payment",
        "invoice": invoice_id,
        "payment": payment,
        "status": "paid",
    }
    return [event("invoice.paid", own, at), event("invoice_payment.paid", link, at)]


def taken_back(life: Life, month: int, why: str, at: int) -> Json:
    """Tell of the refund or the dispute of all of a month's payment."""
    intent = f"pi_{life.invoice(month)}"
    if why == "dispute":
        own: Json = {
            "id": f"dp_{life.invoice(month)}",
            "object": "dispute",
            "charge": f"ch_{intent}",
            "payment_intent": intent,
            "amount": life.price,
            "currency": "usd",
            "reason": "fraudulent",
            "status": "needs_response",
            "created": at,
        }
        return event("charge.dispute.created", own, at)
    charge: Json = {
        "id": f"ch_{intent}",
        "object": "charge",
        "payment_intent": intent,
        "amount": life.price,
        "amount_captured": life.price,
        "amount_refunded": life.price,
        "refunded": True,
        "currency": "usd",
        "customer": f"cus_{life.number}",
        "metadata": {},
    }
    return event("charge.refunded", charge, at, before={"amount_refunded": 0})
