"""Sends events as Stripe does, signed by its official package."""

import time
from typing import Any

from stripe import WebhookSignature

from tests.billing.shapes import encoded
from tests.http.world import World
from tests.support import Answer

SECRET = "whsec_of_the_tests"


def header(body: bytes, *, secret: str = SECRET, ago_s: int = 0) -> str:
    at = int(time.time()) - ago_s
    return str(WebhookSignature.generate_signature_header(body.decode(), secret, at))


def send(
    world: World, endpoint: str, said: dict[str, Any], *, secret: str = SECRET, ago_s: int = 0
) -> Answer:
    """An event, filled up where a test does not say more."""
    event = {"object": "event", "created": 1_780_000_000, "livemode": True, "data": {"object": {}}}
    body = encoded(event | said)
    signed = {"stripe-signature": header(body, secret=secret, ago_s=ago_s), "authorization": ""}
    return world.client.call("POST", f"/billing/stripe/{endpoint}", raw=body, headers=signed)
