"""Checkouts that keep where the buyer came from, and give it to whoever takes the payment.

A desk answers `POST /customers/cloud-subscription-checkout` and `/{tier}`; the frameworks' ways to
mount it are `headwater.client.checkout.asgi`, `.django` and `.flask`.
"""

from headwater.client.checkout.desk import Answer, Checkout, CheckoutRefused, Desk
from headwater.client.checkout.fields import accept
from headwater.client.checkout.processor import stripe_params

__all__ = ["Answer", "Checkout", "CheckoutRefused", "Desk", "accept", "stripe_params"]
