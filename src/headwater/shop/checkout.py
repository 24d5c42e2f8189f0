"""From the choice of a plan to the sale that Headwater hears of."""

import asyncio
import hashlib
import hmac
import json
import logging
from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect

from headwater.client import HeadwaterError
from headwater.client import Request as Seen
from headwater.client.checkout import Checkout, CheckoutRefused, Desk, stripe_params
from headwater.client.checkout.asgi import CheckoutApp
from headwater.shop import inside, sql
from headwater.shop.money import CURRENCY, PRICES, price, shown
from headwater.shop.pages import filled, of_shop
from headwater.shop.parts import HttpRequest, Shop, at_app, by_bearer, me, to_page, visit_of
from headwater.shop.settings import CARD, Settings

lines = logging.getLogger(__name__)

SIGNATURE = "card-signature"


def desk(shop: Shop) -> CheckoutApp:
    """`POST /customers/cloud-subscription-checkout` and `/{tier}`."""

    def authenticate(request: Seen) -> str | None:
        return by_bearer(shop, request)

    async def create(checkout: Checkout) -> str:
        order = {
            "id": checkout.id,
            "user_id": checkout.customer,
            "tier": checkout.tier or "standard",
            "cycle": checkout.cycle,
            "amount": price(checkout.tier, checkout.cycle),
            "attribution": json.dumps(dict(checkout.attribution), sort_keys=True),
        }
        shop.store.call(sql.insert_order, order)
        return await asyncio.to_thread(_session, shop, checkout, order)

    return CheckoutApp(
        Desk(shop.client, authenticate=authenticate, create=create, tiers=tuple(PRICES))
    )


def _session(shop: Shop, checkout: Checkout, order: dict[str, Any]) -> str:
    """A session at the processor, one for one checkout; its address."""
    params = stripe_params(checkout, metadata={"order": checkout.id})
    asked = {
        "idempotency_key": checkout.id,
        "amount": order["amount"],
        "currency": CURRENCY,
        "success_url": at_app(shop, f"/thanks?order={checkout.id}"),
        "cancel_url": at_app(shop, "/plans"),
        "webhook": "/webhooks/card",
        **params,
    }
    body = json.dumps(asked).encode()
    signed = {SIGNATURE: signature(shop.settings, body)}
    status, made = inside.called(shop.settings, CARD, "/sessions", body, signed)
    if status != 201:
        raise CheckoutRefused(502, "The payment page cannot be reached. Try again in a minute.")
    return str(made["url"])


@post("/webhooks/card")
async def paid(request: HttpRequest, shop: Shop) -> Response[None]:
    """The processor says it again until it is answered 2xx, so the sale is reported before that;
    under its invoice it counts once. What Headwater cannot use it keeps, and says why: saying it
    again would change nothing.
    """
    body = await request.body()
    if not is_signed(shop.settings, request, body):
        return Response(None, status_code=401)
    payment = json.loads(body)
    order = shop.store.call(sql.order, payment["metadata"].get("order", ""))
    if order is None:
        return Response(None, status_code=404)
    shop.store.call(sql.set_paid, order["id"], payment["id"])
    try:
        await shop.client.sale_async(
            order["user_id"],
            payment["amount"],
            currency=payment["currency"],
            event_name="Subscription",
            payment_processor="custom",
            invoice_id=payment["id"],
            metadata=payment["metadata"],
        )
    except HeadwaterError as error:
        lines.warning("sale_not_used status=%s code=%s", error.status, error.code)
        if error.passing:
            return Response(None, status_code=503)
    shop.store.call(sql.set_reported, order["id"])
    return Response(None, status_code=200)


@get("/thanks", sync_to_thread=False)
def thanks(request: HttpRequest, shop: Shop, order: str = "") -> Response[str] | Redirect:
    """Whoever comes here may have paid; what the processor said counts."""
    mine = me(request, shop)
    row = shop.store.call(sql.order, order) if mine else None
    if mine is None or row is None or row["user_id"] != mine.user.id:
        return to_page("/account")
    body = filled(
        "thanks.html",
        tier=row["tier"],
        amount=shown(row["amount"]),
        state="paid" if row["payment"] else "open",
        words="It is paid." if row["payment"] else "We wait for your bank …",
    )
    return of_shop(shop.settings, visit_of(request), "Thank you", body, who=mine.said)


def signature(settings: Settings, body: bytes) -> str:
    """With a secret the shop and the processor share, whichever of them speaks."""
    key = hashlib.sha256(f"card {settings.secret_key}".encode()).digest()
    return hmac.new(key, body, "sha256").hexdigest()


def is_signed(settings: Settings, request: HttpRequest, body: bytes) -> bool:
    return hmac.compare_digest(request.headers.get(SIGNATURE, ""), signature(settings, body))
