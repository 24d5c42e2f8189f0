"""A shop on FastAPI: the cookie, the tag, signing in with a provider, and a checkout.

Run it with `uvicorn fastapi_shop:app`. `who` stands for your provider
and your own check of `state`, `pay` for your processor.
"""

import os
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Cookie, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from headwater.client import Headwater
from headwater.client.checkout import Checkout, Desk, stripe_params
from headwater.client.checkout.asgi import PATHS, CheckoutApp
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
app = FastAPI()
app.add_middleware(HeadwaterMiddleware, client=client, proxy_path="/hw")


def who(code: str) -> str | None:
    """Whom the provider answers for; None where it refuses."""
    return code.removeprefix("code-of-") if code.startswith("code-of-") else None


@app.get("/")
async def page() -> HTMLResponse:
    return HTMLResponse('<script async src="/hw.js" data-key="pk_…"></script>')


@app.get("/leave")
async def leave(request: Request) -> RedirectResponse:
    state = signin.begin(visit_of(request.scope))
    return RedirectResponse(f"https://id.test/authorize?{urlencode({'state': state})}")


@app.get("/callback")
async def come_back(request: Request, state: str = "", code: str = "") -> RedirectResponse:
    arrival = signin.finish(visit_of(request.scope), state)
    user = who(code)
    if user is None:
        return RedirectResponse(signin.back("/sign-in", arrival), 303)
    await signin.attach_async(arrival, user, customer_email=f"{user}@mail.test")
    response = RedirectResponse("/account", 303)
    response.set_cookie("user", user, httponly=True)  # your session, signed
    return response


@app.get("/account")
async def account(request: Request, user: Annotated[str | None, Cookie()] = None) -> HTMLResponse:
    attached = await signin.keep_up_async(visit_of(request.scope), user or "")
    return HTMLResponse(f"{user} {attached.outcome}")


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
app.router.routes.extend(Route(path, CheckoutApp(desk)) for path in PATHS)
