"""A shop on Starlette: the cookie, the tag, three ways to sign in, and a checkout.

Run it with `uvicorn starlette_shop:app`. `who` stands for your provider
and your own check of `state`, `pay` for your processor.
"""

import os
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
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


def who(code: str) -> str | None:
    """Whom the provider answers for; None where it refuses."""
    return code.removeprefix("code-of-") if code.startswith("code-of-") else None


async def page(request: Request) -> Response:
    return HTMLResponse('<script async src="/hw.js" data-key="pk_…"></script>')


async def leave(request: Request) -> Response:
    visit = visit_of(request.scope)
    linking = "user" in request.session
    state = signin.begin(visit, linking=linking, by_cookie=True)
    return RedirectResponse(f"https://id.test/authorize?{urlencode({'state': state})}")


async def come_back(request: Request) -> Response:
    sent = (await request.body()).decode() if request.method == "POST" else request.url.query
    given = dict(parse_qsl(sent))
    visit = visit_of(request.scope)
    arrival = signin.finish(visit, given.get("state", ""))
    user = who(given.get("code", ""))
    if user is None:
        return RedirectResponse(signin.back("/sign-in", arrival), 303)
    await signin.attach_async(arrival, user, customer_email=f"{user}@mail.test")
    request.session["user"] = user
    return RedirectResponse("/account", 303)


async def mail(request: Request) -> Response:
    token = signin.begin(visit_of(request.scope), lasts_s=3600)
    return PlainTextResponse(f"/callback?{urlencode({'state': token, 'code': 'code-of-mia'})}")


async def account(request: Request) -> Response:
    user = request.session.get("user")
    if user is None:
        back = signin.back("/sign-in", signin.finish(visit_of(request.scope)))
        return RedirectResponse(back, 303)
    attached = await signin.keep_up_async(visit_of(request.scope), user)
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
app = Starlette(
    routes=[
        Route("/", page),
        Route("/leave", leave),
        Route("/callback", come_back, methods=["GET", "POST"]),
        Route("/mail", mail),
        Route("/account", account),
        *(Route(path, CheckoutApp(desk)) for path in PATHS),
    ],
    middleware=[
        Middleware(HeadwaterMiddleware, client=client, proxy_path="/hw"),
        Middleware(SessionMiddleware, secret_key=os.environ["SECRET"]),
    ],
)
