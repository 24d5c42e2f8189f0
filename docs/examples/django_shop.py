"""A shop on Django: the cookie, the tag, three ways to sign in, and a checkout.

Settings, views and addresses in one file; run `wsgi` or `asgi`. `who` stands for your provider and
your own check of `state`, `pay` for your processor.
"""

import os
from typing import Any
from urllib.parse import urlencode

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from headwater.client import Headwater
from headwater.client.checkout import Checkout, Desk, stripe_params
from headwater.client.checkout.django import urls
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
settings.configure(
    SECRET_KEY=os.environ["SECRET"],
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    HEADWATER={"client": client, "proxy_path": "/hw"},
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MIDDLEWARE=[
        "headwater.client.middleware.django.HeadwaterMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
    ],
)
django.setup()


def who(code: str) -> str | None:
    """Whom the provider answers for; None where it refuses."""
    return code.removeprefix("code-of-") if code.startswith("code-of-") else None


def page(request: Any) -> HttpResponse:
    return HttpResponse('<script async src="/hw.js" data-key="pk_…"></script>')


def leave(request: Any) -> HttpResponse:
    linking = "user" in request.session
    state = signin.begin(request.headwater, linking=linking, by_cookie=True)
    return HttpResponseRedirect(f"https://id.test/authorize?{urlencode({'state': state})}")


@csrf_exempt
def come_back(request: Any) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    arrival = signin.finish(request.headwater, given.get("state", ""))
    user = who(given.get("code", ""))
    if user is None:
        return HttpResponseRedirect(signin.back("/sign-in", arrival))
    signin.attach(arrival, user, customer_email=f"{user}@mail.test")
    request.session["user"] = user
    return HttpResponseRedirect("/account")


def mail(request: Any) -> HttpResponse:
    token = signin.begin(request.headwater, lasts_s=3600)
    return HttpResponse(f"/callback?{urlencode({'state': token, 'code': 'code-of-mia'})}")


def account(request: Any) -> HttpResponse:
    user = request.session.get("user")
    if user is None:
        return HttpResponseRedirect(signin.back("/sign-in", signin.finish(request.headwater)))
    attached = signin.keep_up(request.headwater, user)
    return HttpResponse(f"{user} {attached.outcome}")


def pay(checkout: Checkout) -> str:
    """`stripe.checkout.Session.create(**params, …).url`, say."""
    params = stripe_params(checkout, mode="subscription")
    return f"https://pay.test/{checkout.id}?{urlencode(params['metadata'])}"


desk = Desk(
    client,
    authenticate=lambda request: request.header("authorization").removeprefix("Bearer ") or None,
    create=pay,
    tiers=["standard", "pro"],
)
urlpatterns = [
    path("", page),
    path("leave", leave),
    path("callback", come_back),
    path("mail", mail),
    path("account", account),
    *urls(desk),
]
wsgi, asgi = get_wsgi_application(), get_asgi_application()
