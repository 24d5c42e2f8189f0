"""A shop on Flask: the cookie, the tag, three ways to sign in, and a checkout.

Run it with `flask --app flask_shop run`. `who` stands for your provider
and your own check of `state`, `pay` for your processor.
"""

import os
from urllib.parse import urlencode

from flask import Flask, redirect, request, session
from flask.typing import ResponseReturnValue

from headwater.client import Headwater
from headwater.client.checkout import Checkout, Desk, stripe_params
from headwater.client.checkout.flask import blueprint
from headwater.client.middleware.flask import HeadwaterMiddleware, visit_of
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
app = Flask(__name__)
app.secret_key = os.environ["SECRET"]
app.wsgi_app = HeadwaterMiddleware(app.wsgi_app, client, "/hw")  # type: ignore[method-assign]


def who(code: str) -> str | None:
    """Whom the provider answers for; None where it refuses."""
    return code.removeprefix("code-of-") if code.startswith("code-of-") else None


@app.get("/")
def page() -> ResponseReturnValue:
    return '<script async src="/hw.js" data-key="pk_…"></script>'


@app.get("/leave")
def leave() -> ResponseReturnValue:
    visit = visit_of(request.environ)
    linking = "user" in session
    state = signin.begin(visit, linking=linking, by_cookie=True)
    return redirect(f"https://id.test/authorize?{urlencode({'state': state})}")


@app.route("/callback", methods=["GET", "POST"])
def come_back() -> ResponseReturnValue:
    given = request.form if request.method == "POST" else request.args
    visit = visit_of(request.environ)
    arrival = signin.finish(visit, given.get("state", ""))
    user = who(given.get("code", ""))
    if user is None:
        return redirect(signin.back("/sign-in", arrival), 303)
    signin.attach(arrival, user, customer_email=f"{user}@mail.test")
    session["user"] = user
    return redirect("/account", 303)


@app.get("/mail")
def mail() -> ResponseReturnValue:
    token = signin.begin(visit_of(request.environ), lasts_s=3600)
    return f"/callback?{urlencode({'state': token, 'code': 'code-of-mia'})}"


@app.get("/account")
def account() -> ResponseReturnValue:
    visit = visit_of(request.environ)
    user = session.get("user")
    if user is None:
        return redirect(signin.back("/sign-in", signin.finish(visit)), 303)
    attached = signin.keep_up(visit, user)
    return f"{user} {attached.outcome}"


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
app.register_blueprint(blueprint(desk))
