"""Stripe's objects as its official package knows them; a field it does not know is refused."""

import json
from typing import Any

import stripe
from stripe import checkout, radar

from headwater.billing.stripe.shape import API_VERSION

Json = dict[str, Any]


def shaped(kind: type[stripe.StripeObject], values: Json) -> Json:
    """Values of an object of this type; older fields have builders of their own (`older.py`)."""
    known = {name for each in kind.__mro__ for name in getattr(each, "__annotations__", {})}
    strange = set(values) - known
    assert not strange, f"{kind.__name__} has no {sorted(strange)} in {stripe.api_version}"
    return values


def event(
    kind: str, own: Json, at: int, *, number: str = "1", before: Json | None = None,
    live: bool = True,
) -> Json:  # fmt: skip
    """`at` in seconds; the id says what it is, so that the same one is the same event."""
    data: Json = {"object": own}
    if before is not None:
        data["previous_attributes"] = before
    values = {
        "id": f"evt_{kind}_{own.get('id')}_{number}",
        "object": "event",
        "api_version": API_VERSION,
        "created": at,
        "data": data,
        "livemode": live,
        "pending_webhooks": 1,
        "request": None,
        "type": kind,
    }
    return shaped(stripe.Event, values)


def encoded(said: Json) -> bytes:
    return json.dumps(said, indent=2).encode()


def customer(stripe_id: str, **fields: Any) -> Json:
    values = {"id": stripe_id, "object": "customer", "livemode": True, "metadata": {}} | fields
    return shaped(stripe.Customer, values)


def session(session_id: str, customer_id: str | None, **fields: Any) -> Json:
    values = {
        "id": session_id,
        "object": "checkout.session",
        "customer": customer_id,
        "customer_details": {"email": None, "name": None},
        "client_reference_id": None,
        "metadata": {},
        "mode": "payment",
        "payment_status": "paid",
        "invoice": None,
        "payment_intent": None,
        "subscription": None,
        "amount_total": 2900,
        "currency": "usd",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "discounts": [],
        "currency_conversion": None,
    }
    return shaped(checkout.Session, values | fields)


def line(price: str, amount: int, *, proration: bool = False) -> Json:
    values = {
        "id": f"il_{price}",
        "object": "line_item",
        "amount": amount,
        "currency": "usd",
        "parent": {
            "type": "subscription_item_details",
            "subscription_item_details": {"proration": proration},
        },
        "pricing": {
            "type": "price_details",
            "price_details": {"price": price, "product": "prod_1"},
        },
    }
    return shaped(stripe.InvoiceLineItem, values)


def invoice(invoice_id: str, customer_id: str, total: int, at: int, **fields: Any) -> Json:
    """Paid at that second, without taxes; `subscription` and `of_plan` (its metadata) go into the
    parent.
    """
    subscription, of_plan = fields.pop("subscription", None), fields.pop("of_plan", {})
    details = {"subscription": subscription, "metadata": of_plan}
    parent = {"type": "subscription_details", "subscription_details": details}
    values = {
        "id": invoice_id,
        "object": "invoice",
        "customer": customer_id,
        "customer_email": None,
        "customer_name": None,
        "currency": "usd",
        "status": "paid",
        "billing_reason": "subscription_cycle" if subscription else "manual",
        "subtotal": total,
        "total": total,
        "total_excluding_tax": total,
        "total_taxes": [],
        "amount_due": max(total, 0),
        "amount_paid": max(total, 0),
        "amount_remaining": 0,
        "pre_payment_credit_notes_amount": 0,
        "post_payment_credit_notes_amount": 0,
        "discounts": [],
        "metadata": {},
        "parent": parent if subscription else None,
        "lines": {"object": "list", "data": [line("price_pro", total)]},
        "status_transitions": {"paid_at": at},
    }
    return shaped(stripe.Invoice, values | fields)


def below_zero(invoice_id: str, customer_id: str, earlier: str, amount: int, at: int) -> Json:
    """A downgrade: so much of an earlier invoice goes to the customer's balance."""
    own = line("price_pro", -amount, proration=True)
    items = {"credited_items": {"invoice": earlier, "invoice_line_items": ["il_1"]}}
    own["parent"]["subscription_item_details"]["proration_details"] = items
    lines = {"object": "list", "data": [own]}
    return invoice(invoice_id, customer_id, -amount, at, subscription="sub_1", lines=lines)


def invoice_payment(invoice_id: str, intent: str) -> Json:
    values = {
        "id": f"inpay_{intent}",
        "object": "invoice_payment",
        "invoice": invoice_id,
        "payment": {"type": "payment_intent", "payment_intent": intent},
        "status": "paid",
    }
    return shaped(stripe.InvoicePayment, values)


def charge(charge_id: str, intent: str | None, amount: int, refunded: int = 0, **more: Any) -> Json:
    values = {
        "id": charge_id,
        "object": "charge",
        "payment_intent": intent,
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": refunded,
        "refunded": refunded == amount,
        "currency": "usd",
        "customer": None,
        "metadata": {},
    }
    return shaped(stripe.Charge, values | more)


def dispute(dispute_id: str, charge_id: str, intent: str | None, **more: Any) -> Json:
    values = {
        "id": dispute_id,
        "object": "dispute",
        "charge": charge_id,
        "payment_intent": intent,
        "amount": 900,
        "currency": "usd",
        "reason": "fraudulent",
        "status": "needs_response",
        "created": 0,
    }
    return shaped(stripe.Dispute, values | more)


def fraud_warning(charge_id: str, intent: str) -> Json:
    values = {
        "id": f"issfr_{charge_id}",
        "object": "radar.early_fraud_warning",
        "charge": charge_id,
        "payment_intent": intent,
        "fraud_type": "misc",
        "actionable": True,
    }
    return shaped(radar.EarlyFraudWarning, values)


def subscription(subscription_id: str, customer_id: str, status: str, **more: Any) -> Json:
    values = {
        "id": subscription_id,
        "object": "subscription",
        "customer": customer_id,
        "status": status,
        "metadata": {},
        "start_date": 0,
        "trial_start": None,
        "trial_end": None,
        "ended_at": None,
        "items": {"object": "list", "data": [{"price": {"id": "price_pro"}}]},
    }
    return shaped(stripe.Subscription, values | more)


def credit_note(note_id: str, invoice_id: str, amount: int, **more: Any) -> Json:
    """Given to the customer's balance after the payment."""
    values = {
        "id": note_id,
        "object": "credit_note",
        "invoice": invoice_id,
        "amount": amount,
        "status": "issued",
        "created": 0,
        "out_of_band_amount": None,
        "post_payment_amount": amount,
        "pre_payment_amount": 0,
        "reason": "order_change",
        "refunds": [],
    }
    return shaped(stripe.CreditNote, values | more)


def promotion_code(promo_id: str, code: str) -> Json:
    values = {"id": promo_id, "object": "promotion_code", "code": code, "active": True}
    return shaped(stripe.PromotionCode, values)


def discount(discount_id: str, promo_id: str | None, coupon: str = "co_1") -> Json:
    values = {
        "id": discount_id,
        "object": "discount",
        "promotion_code": promo_id,
        "source": {"type": "coupon", "coupon": coupon},
    }
    return shaped(stripe.Discount, values)
