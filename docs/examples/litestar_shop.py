"""A shop on Litestar: the cookie, the tag, signing in with a provider, and a checkout.

Run it with `uvicorn litestar_shop:app`. `who` stands for your provider
and your own check of `state`, `pay` for your processor.
"""

import os
from typing import Any
from urllib.parse import urlencode

from litestar import Litestar, MediaType, Request, Response, asgi, get
from litestar.response import Redirect

from headwater.client import Headwater
from headwater.client.checkout import Checkout, Desk, stripe_params
from headwater.client.checkout.asgi import CheckoutApp
from headwater.client.middleware.asgi import HeadwaterMiddleware, visit_of
from headwater.client.signin import SignIn

client = Headwater(
    os.environ["TRACK_URL"],
    os.environ["TRACK_SECRET_KEY"],
    os.environ["TRACK_PUBLISHABLE_KEY"],
    domains=["shop.test"],
    consent="granted",
    trusted_proxies=["127.0.0.1/32"],
)
signin = SignIn(client, "app")


def who(code: str) -> str | None:
    """Whom the provider answers for; None where it refuses."""
    return code.removeprefix("code-of-") if code.startswith("code-of-") else None


@get("/", media_type=MediaType.HTML)
async def page() -> str:
    return '<script async src="/hw.js" data-key="pk_…"></script>'


@get("/leave")
async def leave(request: Request[Any, Any, Any]) -> Redirect:
    state = signin.begin(visit_of(request.scope))
    return Redirect(f"https://id.test/authorize?{urlencode({'state': state})}")


@get("/callback")
async def come_back(request: Request[Any, Any, Any]) -> Response[Any]:
    given = request.query_params
    arrival = signin.finish(visit_of(request.scope), given.get("state", ""))
    user = who(given.get("code", ""))
    if user is None:
        return Redirect(signin.back("/sign-in", arrival), status_code=303)
    attached = await signin.attach_async(arrival, user, customer_email=f"{user}@mail.test")
    return Response(f"{user} {attached.outcome}")


async def pay(checkout: Checkout) -> str:
    """`await stripe.checkout.Session.create_async(**params, …)`, say."""
    params = stripe_params(checkout, mode="subscription")
    return f"https://pay.test/{checkout.id}?{urlencode(params['metadata'])}"


desk = Desk(
    client,
    authenticate=lambda request: request.header("authorization").removeprefix("Bearer ") or None,
    create=pay,
    tiers=["standard", "pro"],
)
checkout = asgi("/customers/cloud-subscription-checkout", is_mount=True, copy_scope=False)(
    CheckoutApp(desk)
)
shop = Litestar([page, leave, come_back, checkout])
# Around the whole, not in `middleware`: that is asked only for addresses Litestar knows.
app = HeadwaterMiddleware(shop, client, proxy_path="/hw")
